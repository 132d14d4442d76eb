"""The site: what it is made of, and that a link which leads nowhere stops its build."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.site.command_line import command_line
from config.site.messages import commands, error_codes
from config.site.outside_links import as_the_site_has_them, copies_for
from nanie_actors.cli.app import COMMANDS
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
    assert "\n```text\nnanie send anna LIST_GROUPS\n" in text


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


def test_what_leads_nowhere_stops_the_build(tmp_path: Path) -> None:
    for folder in ("config", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("SECURITY.md", "CHANGELOG.md", "LICENSE", "Dockerfile", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "src").symlink_to(ROOT / "src")
    with (tmp_path / "docs" / "http.md").open("a", encoding="utf-8") as page:
        page.write("\n[a](gone-1.md) [b](settings.md#gone-2) [c](../config/gone-3.toml) [d](#gone-4)\n")
    with (tmp_path / "README.md").open("a", encoding="utf-8") as page:
        page.write("\n[e](docs/gone-5.md) [f](docs/http.md#gone-6)\n")
    (tmp_path / "docs" / "gone-7.md").write_text("# In no menu\n", "utf-8")
    build = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", "config/mkdocs.yml"],
        cwd=tmp_path,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert build.returncode != 0
    assert set(re.findall(r"gone-\d", build.stderr)) == {f"gone-{number}" for number in range(1, 8)}
    warnings = [line for line in build.stderr.splitlines() if line.startswith("WARNING")]
    assert len(warnings) <= 7, warnings
