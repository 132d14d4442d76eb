"""Commands and their output as a Markdown page shows them. Pure.

A block fenced as `console` holds commands after `$ ` and, below each, what it prints. `…` within a line is
any text, alone on a line any number of lines. A command that shows no line may print anything. Below a
command that reads, `→ ` is what it is given and `← ` what it writes. A block right below
`<!-- not run: why -->` is only shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<why>[^\n]+) -->\n\n?)?```console\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
_ISOLATES = re.compile("[\u2066-\u2069]")
"""What is printed around right-to-left words: invisible, and not copied into a page."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A command, the lines below it, what it is given, and why it is only shown (empty: it is run)."""

    command: str
    prints: tuple[str, ...]
    given: tuple[str, ...]
    not_run: str

    @property
    def only_looks(self) -> bool:
        """Whether it may be given again until what it shows has come about, as a person looks again."""
        return self.command.startswith(
            ("cat ", "nanie dump", "nanie groups", "nanie health", "nanie timeline")
        )

    def agrees_with(self, printed: str) -> bool:
        """Whether this is what the page says that it prints."""
        if not self.prints:
            return True
        lines = [_ISOLATES.sub("", line).rstrip() for line in printed.splitlines()]
        return re.fullmatch(_pattern(self.prints), "".join(f"{line}\n" for line in lines)) is not None


def shown_in(page: str) -> Iterator[Shown]:
    """The commands of a page, in their order."""
    for block in _BLOCK.finditer(page):
        command, *below = re.split(r"^\$ ", block["body"], flags=re.MULTILINE)
        assert not command, f"a block begins with what no command prints: {command}"
        for part in below:
            first, *lines = part.splitlines()
            given = tuple(line[2:] for line in lines if line.startswith("→ "))
            prints = tuple(line.removeprefix("← ").rstrip() for line in lines if not line.startswith("→ "))
            yield Shown(first, prints, given, block["why"] or "")


def _pattern(prints: tuple[str, ...]) -> str:
    return "".join(
        r"(?:.*\n)*?" if line == "…" else ".*?".join(map(re.escape, line.split("…"))) + r"\n"
        for line in prints
    )
