"""The site: what it is made of, and that a link which leads nowhere stops its build."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from config.site.command_line import command_line
from config.site.decisions import decision_list, decisions
from config.site.messages import commands, error_codes
from config.site.outside_links import as_the_site_has_them, copies_for
from nanie_actors.actors.roster import _MOVES
from nanie_actors.cli.app import COMMANDS
from nanie_actors.protocol import replies
from nanie_actors.protocol.commands import ACTIONS

ROOT = Path(__file__).parents[2]
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("page", "link", "there"),
    [
        ("settings.md", "../config/nanie.toml", "repository/config/nanie.toml"),
        ("howto/x.md", "../../config/nanie.toml", "../repository/config/nanie.toml"),
        ("howto/x.md", "../../SECURITY.md#versions", "../security.md#versions"),
        ("security.md", "docs/adr/0016-link-codes.md", "adr/0016-link-codes.md"),
        ("adr/x.md", "../http.md#limits", "../http.md#limits"),
        ("adr/x.md", "#context", "#context"),
        ("http.md", "https://example.org/a", "https://example.org/a"),
        ("http.md", "../config/gone.toml", "../config/gone.toml"),
    ],
)
def test_a_link_beyond_the_pages_leads_to_a_copy_on_the_site(page: str, link: str, there: str) -> None:
    assert as_the_site_has_them(f"[text]({link})", page) == f"[text]({there})"


def test_only_files_that_are_no_pages_are_copied() -> None:
    text = (
        "[a](../config/nanie.toml) [b](../SECURITY.md) [c](http.md) [d](../config/gone.toml) [e](../config)"
    )
    assert copies_for(text, "docs/settings.md") == {"config/nanie.toml"}


def test_every_command_of_the_program_has_a_section() -> None:
    assert re.findall(r"^## nanie (\w+)$", command_line(), flags=re.MULTILINE) == list(COMMANDS)


def test_an_option_is_told_with_its_default_and_an_example_as_it_is_typed() -> None:
    text = command_line()
    assert re.search(r"^\| `--format \[json\|jsonl\|csv\|ics\|html\]` \| .*default: json", text, re.MULTILINE)
    assert "\n```text\nExamples:\n  nanie send anna LIST_GROUPS\n" in text


def test_every_action_has_a_section_with_its_fields() -> None:
    text = commands()
    assert re.findall(r"^### (\w+)$", text, flags=re.MULTILINE) == list(ACTIONS)
    assert "| `groupId` | required | string | 1 to 512 characters |" in text
    assert "| `eventData.timestamp` | required | integer |" in text


def test_the_protocol_tells_of_every_action_and_every_error_code() -> None:
    """What they do is written by hand; that none is forgotten is held here."""
    told = re.findall(r"^\| `([A-Z_]+)` \|", PROTOCOL.split("## Who may")[0], flags=re.MULTILINE)
    assert sorted(told) == sorted(ACTIONS)
    codes = re.findall(r"^\| `([A-Z_]+)` \|", error_codes(), flags=re.MULTILINE)
    (paragraph,) = re.findall(r"^Error codes: .*?\n\n", PROTOCOL, flags=re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`([A-Z_]+)`", paragraph)) == set(codes)


def test_every_reply_that_is_always_the_same_is_told() -> None:
    fixed = [orjson.loads(value) for value in vars(replies).values() if isinstance(value, bytes)]
    assert len(fixed) >= 5
    assert [reply for reply in fixed if (reply.get("code") or reply["text"]) not in PROTOCOL] == []


def test_every_decision_is_listed_by_its_title() -> None:
    listed = dict(re.findall(r"^- \[\d+\. (.+)\]\((.+)\)$", decision_list(), flags=re.MULTILINE))
    assert listed["Actors run on a pool of threads"] == "0001-actors-on-a-pool.md"
    assert len(listed) == len(decisions()) == len(list((ROOT / "docs" / "adr").glob("0*.md")))


def test_the_life_of_a_group_is_drawn_as_it_is() -> None:
    """Each way in the drawing has a title: from, step, to."""
    drawing = (ROOT / "docs" / "images" / "life-of-a-group.svg").read_text("utf-8")
    moves = {f"{life} {step} {to or 'absent'}" for (life, step), to in _MOVES.items()}
    assert set(re.findall(r"<g>\s*<title>(.*?)</title>", drawing)) == moves | {"absent start active"}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the site is made of."""
    for name in ("config", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("SECURITY.md", "CHANGELOG.md", "LICENSE", "Dockerfile", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "src").symlink_to(ROOT / "src")
    return tmp_path


def build(copy: Path) -> subprocess.CompletedProcess[str]:
    """What `make docs` does."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", "config/mkdocs.yml"],
        cwd=copy,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(copy: Path) -> None:
    done = build(copy)
    assert (done.returncode, "WARNING" in done.stderr) == (0, False), done.stderr
    pages = [path.read_text("utf-8") for path in (copy / "build" / "site").rglob("*.html")]
    assert len(pages) > 40
    loaded = [
        tag
        for page in pages
        for tag in re.findall(r"<(?:script|link|img|iframe|source)\b[^>]*>", page)
        if re.search(r"""(?:src|href)=["']?(?:https?:)?//""", tag)
    ]
    assert loaded == []
    assert not any("<!-- generated" in page for page in pages)


def test_what_leads_nowhere_stops_the_build(copy: Path) -> None:
    with (copy / "docs" / "http.md").open("a", encoding="utf-8") as page:
        page.write("\n[a](gone-1.md) [b](settings.md#gone-2) [c](../config/gone-3.toml) [d](#gone-4)\n")
    with (copy / "README.md").open("a", encoding="utf-8") as page:
        page.write("\n[e](docs/gone-5.md) [f](docs/http.md#gone-6)\n")
    (copy / "docs" / "gone-7.md").write_text("# In no menu\n", "utf-8")
    done = build(copy)
    assert done.returncode != 0
    assert set(re.findall(r"gone-\d", done.stderr)) == {f"gone-{number}" for number in range(1, 8)}
    warnings = [line for line in done.stderr.splitlines() if line.startswith("WARNING")]
    assert len(warnings) <= 7, warnings
