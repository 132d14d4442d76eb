"""The list of decisions, out of the pages themselves: who writes one has nothing to add anywhere else."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "adr"


def decisions() -> list[str]:
    """The pages of single decisions, by their numbers, as the menu names them."""
    return [f"{FOLDER.name}/{path.name}" for path in sorted(FOLDER.glob("[0-9]*.md"))]


def decision_list() -> str:
    """Markdown: a link to each, beside its number and title."""
    pages = [FOLDER / Path(page).name for page in decisions()]
    return "\n".join(f"- [{_title(page)}]({page.name})" for page in pages)


def _title(page: Path) -> str:
    first, _, _ = page.read_text("utf-8").partition("\n")
    return first.removeprefix("# ")
