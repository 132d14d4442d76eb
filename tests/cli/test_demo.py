"""`nanie demo` as a whole: the real program, the real worker, the bundled samples."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from urllib.error import URLError
from urllib.request import urlopen

import pytest

WITHIN_S = 60


def nanie(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "nanie_actors", *arguments]


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm", "PYTHONUTF8": "1"}


class Terminal:
    """A program in a terminal of its own."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            arguments, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)
        self.shown = ""

    def read_until(self, text: str) -> None:
        """Wait until the program has shown a text."""
        deadline = monotonic() + WITHIN_S
        while text not in self.shown:
            ready, _, _ = select.select([self._ours], [], [], deadline - monotonic())
            assert ready, self.shown
            self.shown += os.read(self._ours, 1 << 16).decode("utf-8", "replace")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@pytest.fixture
def terminal(environment: dict[str, str]) -> Iterator[Terminal]:
    terminal = Terminal(nanie("demo", "--quick"), environment)
    yield terminal
    terminal.close()


def test_without_a_terminal_it_ends_by_itself_and_leaves_a_clean_state(
    environment: dict[str, str], home: Path
) -> None:
    done = subprocess.run(
        nanie("demo"), env=environment, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    for told in ("anna   is answered LINKED", "ben    ◂ ", "eve    is answered GROUP_SELECTION_REQUIRED"):
        assert told in done.stdout
    timelines = list((home / "nanie-demo" / "memory").glob("*/timeline.json"))
    assert sum(len(json.loads(path.read_bytes())) for path in timelines) > 10
    assert not (home / "nanie-demo" / "run" / "nanie.sock").exists()


def test_in_a_terminal_it_stays_up_for_the_other_commands_until_control_c(
    terminal: Terminal, environment: dict[str, str]
) -> None:
    terminal.read_until("until Ctrl-C")
    listed = subprocess.run(
        nanie("groups", "--json", "--state", "nanie-demo"),
        env=environment,
        capture_output=True,
        timeout=WITHIN_S,
        check=True,
    )
    assert sorted(group["conversations"] for group in json.loads(listed.stdout))[-2:] == [1, 2]
    sent = subprocess.run(
        nanie("send", "anna", "ADD_EVENT", "text=bottle 120 ml", "--state", "nanie-demo"),
        env=environment,
        capture_output=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert sent.returncode == 0
    terminal.shown = ""
    terminal.read_until("ben    ◂ ")  # what one conversation adds, the other one of its group is shown
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.process.wait(WITHIN_S) == 0


def test_in_a_terminal_the_page_is_served_while_it_stays_up(environment: dict[str, str]) -> None:
    terminal = Terminal(nanie("demo", "--quick", "--ui"), environment)
    try:
        terminal.read_until("until Ctrl-C")
        terminal.read_until("In a browser, too")
        found = re.search(r"http://127\.0\.0\.1:\d+", terminal.shown)
        assert found is not None
        with urlopen(f"{found[0]}/healthz", timeout=WITHIN_S) as answer:  # our own server
            assert json.load(answer)["ok"]
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.wait(WITHIN_S) == 0
        with pytest.raises(URLError):
            urlopen(f"{found[0]}/healthz", timeout=WITHIN_S)
    finally:
        terminal.close()


def test_without_a_terminal_no_page_is_served(environment: dict[str, str]) -> None:
    done = subprocess.run(
        nanie("demo", "--quick", "--ui"),
        env=environment,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "http:" not in done.stdout


def test_it_leaves_the_state_of_a_real_worker_alone(environment: dict[str, str], home: Path) -> None:
    (home / "nanie").mkdir()
    (home / "nanie" / "mappings.json").write_text("{}")
    done = subprocess.run(
        nanie("demo", "--state", "nanie"), env=environment, capture_output=True, timeout=WITHIN_S, check=False
    )
    assert done.returncode == 1
    assert [path.name for path in (home / "nanie").iterdir()] == ["mappings.json"]
