"""`nanie pair`: what a person or a program is shown, how it ends, and that it leaves nothing behind."""

from __future__ import annotations

import fcntl
import io
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import segno
from click.testing import CliRunner, Result
from fake_bridge import command
from rich.console import Console, ConsoleDimensions

from nanie_actors.cli.app import main
from nanie_actors.cli.pairing_views import TerminalView
from nanie_actors.qr_code import BORDER, qr_lines
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.state_lock import StateLock
from nanie_actors.whatsapp.live import pairing
from nanie_actors.whatsapp.live.bridge_arguments import BridgeArguments
from nanie_actors.whatsapp.live.pairing import Attempt, Ended
from nanie_actors.whatsapp.live.reports import (
    Grown,
    Paired,
    PairingFailed,
    Pulse,
    QrShown,
    Report,
    Started,
)

WITHIN_S = 60.0
ACCOUNT = "491700000000@s.whatsapp.net"
QR = "https://wa.me/settings/linked_devices#2@" + "Ab3/" * 55
PAIRED = ["say", "Paired", {"account": ACCOUNT}]
TIMEOUT = ["say", "PairingFailed", {"kind": "timeout", "why": "Nobody linked the device in time."}]
GONE = ["exit", 0]

KILLED_WHILE_WRITING = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA cache_size = 5")
database.execute("BEGIN IMMEDIATE")
database.execute("CREATE TABLE names (name TEXT)")
database.executemany("INSERT INTO names VALUES (?)", [("half written" * 50,)] * 2_000)
os.kill(os.getpid(), 9)
"""


def qr(data: str = QR) -> list[Any]:
    return ["say", "QrShown", {"data": data}]


@pytest.fixture
def layout(home: Path) -> StateLayout:
    """The usual state directory, not there yet."""
    return StateLayout(home / "nanie")


@pytest.fixture
def bridge(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let bridges play these scripts, one start each, and wait for no history."""
    monkeypatch.setattr(pairing, "BEGINS_S", 0.0)
    monkeypatch.setattr(pairing, "QUIET_S", 0.0)

    def play(*scripts: list[list[Any]]) -> None:
        monkeypatch.setattr(pairing, "Attempt", partial(Attempt, command=command(*scripts)))

    return play


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["pair", *arguments])


def steps(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def make_session(path: Path, *devices: str) -> None:
    """As much of the library's database as is looked at."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE whatsmeow_device (jid TEXT PRIMARY KEY, registration_id BIGINT)")
        database.executemany("INSERT INTO whatsmeow_device VALUES (?, 7)", [(jid,) for jid in devices])


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """The session in the hands of a bridge."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def bridges_of(layout: StateLayout) -> list[int]:
    """The processes that were started, by the fake's own notes."""
    return [int(line) for line in (layout.root / "starts").read_text().split()]


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


# What is shown ----------------------------------------------------------------------------------------------


def test_programs_get_a_line_of_json_for_each_step(layout: StateLayout, bridge: Any) -> None:
    bridge([qr("2@first"), qr("2@second"), PAIRED])
    result = run("--json")
    assert result.exit_code == 0, result.stderr
    assert steps(result) == [
        {"step": "qr", "data": "2@first", "place": 1, "lives_s": 60.0},
        {"step": "qr", "data": "2@second", "place": 2, "lives_s": 20.0},
        {"step": "linked", "account": ACCOUNT},
        {"step": "done"},
    ]
    assert all(map(is_gone, bridges_of(layout)))


def test_programs_get_the_failure_as_a_step_and_people_as_a_line(bridge: Any) -> None:
    bridge([qr(), TIMEOUT, GONE])
    result = run("--json")
    assert result.exit_code == 1
    assert steps(result)[-1] == {
        "step": "failed",
        "kind": "timeout",
        "why": "Nobody linked the device in time.",
    }
    assert result.stderr == "nanie: Nobody linked the device in time.\n"


def test_into_a_pipe_every_code_is_printed_once(bridge: Any) -> None:
    bridge([qr("2@first"), qr("2@second"), PAIRED])
    result = run()
    assert result.exit_code == 0
    for data in ("2@first", "2@second"):
        assert result.stdout.count("\n".join(qr_lines(data, inverted=True))) == 1
    assert "Good for 60 s.\n" in result.stdout
    assert "Good for 20 s.\n" in result.stdout
    assert "\x1b" not in result.stdout
    assert result.stdout.endswith("The account is linked. Next: nanie run --whatsapp neonize\n")


def test_a_code_to_type_is_asked_for_with_the_phones_number(bridge: Any) -> None:
    bridge([["say", "CodeShown", {"code": "ABCD-EFGH"}], PAIRED])
    result = run("--code", "+49 (170) 000-0000")
    assert result.exit_code == 0, result.stderr
    assert "then type: ABCD-EFGH\n" in result.stdout
    assert "Link with phone number instead" in result.stdout


@pytest.mark.parametrize("number", ["0170 0000000", "+49", "+49170000000000000", "me", ""])
def test_what_is_no_international_number_is_wrong_usage(number: str) -> None:
    result = run("--code", number)
    assert result.exit_code == 2
    assert "country code" in result.stderr


def test_a_state_directory_of_ones_own_is_named_in_what_to_do_next(bridge: Any) -> None:
    bridge([PAIRED])
    result = run("--state", "my state")
    assert result.stdout.endswith("Next: nanie run --whatsapp neonize --state 'my state'\n")


def test_with_a_running_worker_there_is_nothing_to_do_next(layout: StateLayout, bridge: Any) -> None:
    bridge([PAIRED])
    with StateLock(layout.root):
        assert run().stdout.endswith("The running worker connects by itself.\n")


# When nothing can be linked ---------------------------------------------------------------------------------


def test_an_account_that_is_linked_already_is_left_alone(layout: StateLayout) -> None:
    make_session(layout.session, ACCOUNT)
    before = layout.session.read_bytes()
    result = run()
    assert result.exit_code == 1
    assert "is linked already" in result.stderr
    assert "nanie pair --again" in result.stderr
    assert layout.session.read_bytes() == before


@pytest.mark.parametrize("again", [[], ["--again"]])
def test_a_session_that_a_worker_uses_is_left_alone(layout: StateLayout, again: list[str]) -> None:
    make_session(layout.session, ACCOUNT)
    with held(layout.session_lock):
        result = run(*again)
    assert result.exit_code == 1
    assert "a running worker uses it" in result.stderr
    assert sorted(path.name for path in layout.whatsapp.iterdir()) == ["session.db", "session.lock"]


def test_two_pairings_at_once_are_one_too_many(layout: StateLayout) -> None:
    with held(layout.session_lock):
        result = run()
    assert (result.exit_code, "another nanie pair" in result.stderr) == (1, True)


def test_a_session_that_cannot_be_read_is_not_written_over(layout: StateLayout) -> None:
    layout.whatsapp.mkdir(parents=True)
    layout.session.write_bytes(b"not a database at all" * 100)
    result = run()
    assert (result.exit_code, "cannot be read" in result.stderr) == (1, True)
    assert layout.session.read_bytes().startswith(b"not a database")


def test_a_session_that_may_be_mended_is_not_given_up(layout: StateLayout) -> None:
    """What a killed bridge was about to write: whoever may write to the file rolls it back."""
    make_session(layout.session, ACCOUNT)
    subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING, str(layout.session)], check=False)
    result = run()
    assert (result.exit_code, "starting the worker may mend it" in result.stderr) == (1, True)


def test_a_bridge_that_dies_is_told_with_where_to_look(bridge: Any) -> None:
    bridge([qr(), ["abort"]])
    result = run()
    assert result.exit_code == 1
    assert "SIGABRT" in result.stderr
    assert "nanie doctor" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_state_directory_that_cannot_be_made_is_told(home: Path) -> None:
    (home / "nanie").write_bytes(b"")
    result = run()
    assert result.exit_code == 1
    assert "cannot be used" in result.stderr


# Linking again ----------------------------------------------------------------------------------------------


def test_linking_again_puts_the_old_session_aside_and_keeps_it(layout: StateLayout, bridge: Any) -> None:
    make_session(layout.session, ACCOUNT)
    before = layout.session.read_bytes()
    bridge([["await", "linked"], PAIRED])

    def link_meanwhile() -> None:
        while not (layout.root / "starts").exists():
            threading.Event().wait(0.005)
        make_session(layout.session, "491700000009:1@s.whatsapp.net")
        (layout.root / "linked").touch()

    phone = threading.Thread(target=link_meanwhile)
    phone.start()
    result = run("--again")
    phone.join()
    assert result.exit_code == 0, result.stderr
    assert (layout.whatsapp / "session-1.db").read_bytes() == before
    assert "session-1.db" in result.stderr
    assert layout.session.read_bytes() != before


def test_a_pairing_that_fails_leaves_the_session_as_it_was(layout: StateLayout, bridge: Any) -> None:
    make_session(layout.session, ACCOUNT)
    before = layout.session.read_bytes()
    bridge([TIMEOUT, GONE])
    assert run("--again").exit_code == 1
    assert layout.session.read_bytes() == before
    assert not (layout.whatsapp / "session-1.db").exists()


def test_linking_again_without_a_session_is_linking(bridge: Any) -> None:
    bridge([PAIRED])
    assert run("--again").exit_code == 0


# One attempt, with time in the test's hands -----------------------------------------------------------------


class Views:
    """Notes what it is to show."""

    def __init__(self) -> None:
        self.shown: list[tuple[Any, ...]] = []

    def qr(self, data: str, place: int, lives_s: float) -> None:
        self.shown.append(("qr", data, place, lives_s))

    def code(self, code: str, lives_s: float) -> None:
        self.shown.append(("code", code, lives_s))

    def linked(self, account: str) -> None:
        self.shown.append(("linked", account))

    def history(self, entries: int) -> None:
        self.shown.append(("history", entries))

    def passing(self) -> None:
        pass


class Played(Attempt):
    """An attempt whose bridge is a list of reports, and of seconds that pass without one.

    An exception in the list is raised, as Ctrl-C raises one where a report is waited for.
    """

    def __init__(self, *told: Report | Ended | float | BaseException) -> None:
        self.view = Views()
        self.now = 0.0
        self._told = list(told)
        arguments = BridgeArguments("pair", link_fd=0, state=Path("nowhere"))
        super().__init__(arguments, self.view, clock=lambda: self.now)

    def _next(self, within_s: float) -> Report | Ended | None:
        if self._told and not isinstance(self._told[0], float):
            told = self._told.pop(0)
            if isinstance(told, BaseException):
                raise told
            assert not isinstance(told, float)
            return told
        self.now += within_s
        if self._told:
            left = self._told.pop(0)
            assert isinstance(left, float)
            if left > within_s:
                self._told.insert(0, left - within_s)
        return None


def test_history_is_waited_for_until_it_pauses() -> None:
    attempt = Played(Paired(ACCOUNT), 15.0, Grown(8), 9.0, Grown(9), 9.0, Grown(12))
    assert attempt.run() is None
    assert attempt.now == pytest.approx(15 + 9 + 9 + pairing.QUIET_S)
    assert attempt.view.shown[1:] == [("history", 1), ("history", 2), ("history", 5)]


def test_a_phone_that_sends_no_history_is_not_waited_for_long() -> None:
    attempt = Played(Paired(ACCOUNT))
    assert attempt.run() is None
    assert attempt.now == pytest.approx(pairing.BEGINS_S)


def test_history_without_an_end_is_the_workers() -> None:
    endless = [report for number in range(1, 100) for report in (Grown(number), 5.0)]
    attempt = Played(Paired(ACCOUNT), *endless)
    assert attempt.run() is None
    assert attempt.now == pytest.approx(pairing.HISTORY_S)


def test_a_bridge_that_ends_after_the_linking_has_linked() -> None:
    attempt = Played(Paired(ACCOUNT), Ended("the bridge ended"))
    assert attempt.run() is None
    assert attempt.now == 0.0


def test_a_bridge_without_a_sign_of_life_is_given_up() -> None:
    attempt = Played(Started(7, "x"), QrShown(QR), 30.0, Pulse({}))
    failure = attempt.run()
    assert failure is not None
    assert "does not answer" in failure.why
    assert attempt.now == pytest.approx(30 + pairing.SILENT_S, abs=1.0)


def test_ctrl_c_after_the_linking_only_cuts_the_history_short() -> None:
    attempt = Played(Paired(ACCOUNT), Grown(1), KeyboardInterrupt())
    assert attempt.run() is None
    assert attempt.view.shown == [("linked", ACCOUNT), ("history", 1)]


def test_ctrl_c_before_the_linking_ends_the_attempt() -> None:
    with pytest.raises(KeyboardInterrupt):
        Played(QrShown(QR), KeyboardInterrupt()).run()


def test_a_failure_of_the_pairing_is_told_in_its_own_words() -> None:
    failure = PairingFailed("passkey", "This account asks for a passkey.")
    assert Played(failure).run() == failure


# On a terminal ----------------------------------------------------------------------------------------------


class Screen:
    """A terminal of a size, and what is drawn on it."""

    def __init__(self, width: int, height: int, **more: Any) -> None:
        self.file = io.StringIO()
        self.now = 0.0
        self.console = Console(
            file=self.file,
            force_terminal=True,
            width=width,
            height=height,
            legacy_windows=False,
            _environ={"TERM": "xterm-256color"},
            **more,
        )
        self.view = TerminalView(self.console, clock=lambda: self.now)

    def latest(self) -> str:
        """What was drawn since this was asked for last."""
        drawn = self.file.getvalue()
        self.file.seek(0)
        self.file.truncate()
        return drawn


def test_a_code_is_black_on_white_whatever_the_colours_of_the_terminal_are() -> None:
    screen = Screen(120, 60, color_system="truecolor")
    with screen.view as view:
        view.qr(QR, 1, 60.0)
        drawn = screen.latest()
    assert "38;2;0;0;0" in drawn
    assert "48;2;255;255;255" in drawn
    assert all(line in drawn for line in qr_lines(QR))
    assert "(code 1 of 6)" in drawn


def test_without_colours_the_light_modules_are_drawn() -> None:
    screen = Screen(120, 60, color_system=None)
    with screen.view as view:
        view.qr(QR, 1, 60.0)
        drawn = screen.latest()
    assert all(line in drawn for line in qr_lines(QR, inverted=True))


def test_the_time_that_is_left_counts_down_and_a_fresh_code_begins_anew() -> None:
    screen = Screen(120, 60)
    with screen.view as view:
        view.qr(QR, 1, 60.0)
        screen.now = 42.0
        screen.latest()
        view.passing()
        assert "another 18 s" in screen.latest()
        view.qr(QR, 2, 20.0)
        assert "another 20 s" in screen.latest()
        screen.now = 100.0
        view.passing()
        assert "another 0 s" in screen.latest()


def test_a_window_that_is_too_small_is_told_and_looked_at_again() -> None:
    screen = Screen(80, 24)
    first = qr_lines(QR)[len(qr_lines(QR)) // 2]
    with screen.view as view:
        view.qr(QR, 1, 60.0)
        drawn = screen.latest()
        assert f"{len(first)} columns" in drawn
        assert "nanie pair --code" in drawn
        assert first not in drawn
        screen.console.size = ConsoleDimensions(120, 60)
        view.passing()
        assert first in screen.latest()


def test_a_code_to_type_can_be_read_from_afar() -> None:
    screen = Screen(100, 30)
    with screen.view as view:
        view.code("ABCD-EFGH", 160.0)
        drawn = screen.latest()
    assert "A B C D - E F G H" in drawn
    assert "another 160 s" in drawn


def test_the_cursor_comes_back_and_the_code_goes_whatever_happens() -> None:
    screen = Screen(120, 60)
    with suppress(KeyboardInterrupt), screen.view as view:
        view.qr(QR, 1, 60.0)
        raise KeyboardInterrupt
    drawn = screen.latest()
    assert drawn.rindex("\x1b[?25h") > drawn.rindex("\x1b[?25l")
    assert "\x1b[2K" in drawn[drawn.rindex("another") :]


def test_the_drawn_code_is_the_code() -> None:
    """Two modules a character: taken apart again they are the modules that the encoder gave."""
    matrix = segno.make(QR, error="l").matrix_iter(border=BORDER)
    expected = [[bool(module) for module in row] for row in matrix]
    upper = {" ": False, "▀": True, "▄": False, "█": True}
    lower = {" ": False, "▀": False, "▄": True, "█": True}
    rows: list[list[bool]] = []
    for line in qr_lines(QR):
        rows += [[upper[sign] for sign in line], [lower[sign] for sign in line]]
    assert rows[: len(expected)] == expected
    assert not any(map(any, rows[len(expected) :]))


# The program itself -----------------------------------------------------------------------------------------


def nanie_pair(home: Path, proxy: str) -> subprocess.Popen[str]:
    """The real program with the real library, and a network that is only this proxy."""
    clean = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    return subprocess.Popen(
        [sys.executable, "-m", "nanie_actors", "pair", "--json"],
        cwd=home,
        env={**clean, "HTTPS_PROXY": proxy},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_without_a_network_the_real_library_fails_in_clear_words(layout: StateLayout, home: Path) -> None:
    with nanie_pair(home, "http://127.0.0.1:1") as process:
        out, errors = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 1
    assert json.loads(out.splitlines()[-1])["kind"] == "unreachable"
    assert errors.startswith("nanie: WhatsApp could not be reached: look at the network")
    assert errors.count("\n") == 1
    assert {path.stat().st_mode & 0o077 for path in layout.root.rglob("*")} == {0}


def test_ctrl_c_ends_at_once_and_leaves_nothing_running(layout: StateLayout, home: Path) -> None:
    """While the real library dials: the proxy takes the call and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as hole:
        hole.settimeout(WITHIN_S)
        with nanie_pair(home, f"http://127.0.0.1:{hole.getsockname()[1]}") as process:
            call, _ = hole.accept()
            with call:
                process.send_signal(signal.SIGINT)
                _, errors = process.communicate(timeout=WITHIN_S)
                assert process.returncode == 130
                assert "Traceback" not in errors
                call.settimeout(WITHIN_S)
                while call.recv(4096):
                    pass  # the end of it is the end of the bridge, whose socket this was
    with held_at_once(layout.session_lock):
        pass


@contextmanager
def held_at_once(lock: Path) -> Iterator[None]:
    """Nobody has the lock."""
    descriptor = os.open(lock, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
