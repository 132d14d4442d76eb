"""Every command that README.md and the tutorial show is run, and prints what they show."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell_session import ShellSession, Step, shell_session
from shown_commands import Shown, shown_in

from nanie_actors.samples import sample_paths

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/tutorial.md")
OWN_CHAT = "WhatsApp Chat with Family.txt"
"""The reader's own export, as README.md calls it."""

AGAIN_S = 0.1
PATIENCE_S = 60.0
"""For what comes about in its own time; a green test waits only as long as it takes."""

NOT_RUN = {
    "README.md": [
        "make run                      # sets everything up, then plays bundled sample chats",
        "make test                     # sets everything up, then runs all tests",
        "nanie pair                          # shows a QR code: phone → Linked devices → Link a device",
        "nanie run --whatsapp neonize &",
        "nanie groups                        # the account's groups; link one as above",
        "export NANIE_SUPABASE__URL=https://abcdefgh.supabase.co NANIE_SUPABASE__KEY=…    # the service key",
        "nanie run --whatsapp neonize --router supabase",
    ],
    "docs/tutorial.md": ["make run"],
}
"""What is shown and cannot be run in a test; why stands above each block, in the pages."""


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder like a checkout that was set up, with the reader's chat in it."""
    folder = tmp_path / "checkout"
    program = folder / ".venv" / "bin" / "nanie"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m nanie_actors "$@"\n')
    program.chmod(0o700)
    (folder / "src").symlink_to(ROOT / "src")
    (sample,) = (path for path in sample_paths() if path.name == "mia.txt")
    told = [line for line in sample.read_text("utf-8").splitlines() if "created group" not in line]
    (folder / OWN_CHAT).write_text("\n".join(told), "utf-8")
    return folder


@pytest.fixture
def shell(checkout: Path, tmp_path: Path) -> Iterator[ShellSession]:
    aside = tmp_path / "aside"
    aside.mkdir()
    environment = {
        "PATH": f"{checkout}/.venv/bin:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "TZ": "Europe/Berlin",
        "COLUMNS": "120",
        "NANIE_LOG__FORMAT": "human",  # as in a terminal
        "NANIE_WEB__LISTEN": "127.0.0.1:0",  # any free port: several tests run at a time
    }
    with shell_session(checkout, aside, environment) as session:
        yield session


def carry_out(shell: ShellSession, shown: Shown) -> Step:
    """Give a command; look again, where it only looks, until it says what is shown or patience ends."""
    step = shell.give(shown.command, shown.given)
    until = time.monotonic() + PATIENCE_S
    while (step.status or not shown.agrees_with(step.printed)) and time.monotonic() < until:
        if shown.only_looks:
            step = shell.give(shown.command, shown.given)
        elif not shown.command.endswith("&"):
            break
        time.sleep(AGAIN_S)
    return step


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_shows_is_what_happens(name: str, shell: ShellSession) -> None:
    for shown in shown_in(page(name)):
        if not shown.not_run:
            step = carry_out(shell, shown)
            assert step.status == 0, f"{shown.command}: exit status {step.status}\n{step.printed}"
            assert shown.agrees_with(step.printed), "\n".join(
                [shown.command, *shown.prints, "but:", step.printed]
            )


@pytest.mark.parametrize("name", PAGES)
def test_what_is_only_shown_is_listed_here(name: str) -> None:
    assert [shown.command for shown in shown_in(page(name)) if shown.not_run] == NOT_RUN[name]
