"""The bridge as a process: heard to its last word, reaped, and nothing of it left."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import fake_bridge
import pytest

from nanie_actors.whatsapp.live.bridge_arguments import BridgeArguments
from nanie_actors.whatsapp.live.child import BridgeProcess
from nanie_actors.whatsapp.live.orders import RefreshOrder, SendOrder
from nanie_actors.whatsapp.live.reports import Connected, Report, SendReport, Started

WITHIN_S = 30.0
SAYS_SOMETHING_ODD = """
import socket, sys, time
link = socket.socket(fileno=int(sys.argv[3]))
link.sendall(b'{"Odd":{}}\\n')
time.sleep(60)
"""
LEAVES_SOMEBODY_BEHIND = """
import subprocess
print(subprocess.Popen(["sleep", "60"]).pid)
"""


class Heard:
    """A bridge that plays a script, and what came of it."""

    def __init__(
        self, state: Path, *script: list[Any], command: tuple[str, ...] | None = None, **more: Any
    ) -> None:
        self.reports: Queue[Report] = Queue()
        self.end: Queue[str] = Queue()
        self.bridge = BridgeProcess(
            BridgeArguments("run", 0, state),
            self.reports.put,
            self.end.put,
            command or fake_bridge.command(list(script)),
            **more,
        )

    def started(self) -> Heard:
        self.bridge.start()
        return self

    def next(self) -> Report:
        return self.reports.get(timeout=WITHIN_S)

    def ended(self) -> str:
        why = self.end.get(timeout=WITHIN_S)
        assert self.bridge.join(WITHIN_S)
        return why


@pytest.fixture
def hear(tmp_path: Path) -> Iterator[Callable[..., Heard]]:
    """Starts bridges; afterwards no descriptor is open that was not before, and no process is left."""
    before = len(os.listdir("/dev/fd"))
    made: list[Heard] = []

    def start(*script: list[Any], **more: Any) -> Heard:
        made.append(Heard(tmp_path, *script, **more))
        return made[-1].started()

    yield start
    for heard in made:
        heard.bridge.kill()
        assert heard.bridge.join(WITHIN_S)
    assert len(os.listdir("/dev/fd")) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_reports_come_in_order_and_a_stopped_bridge_ends(hear: Callable[..., Heard]) -> None:
    heard = hear(["say", "Connected", {"account": "me"}])
    assert heard.next() == Started(heard.bridge.pid or 0, "fake")
    assert heard.next() == Connected("me")
    assert heard.bridge.order(SendOrder("1", fake_bridge.GROUP, "milk"))
    assert heard.next() == SendReport("1", "sent", "3EB0", 1_000)
    heard.bridge.stop()
    assert heard.ended() == "the bridge to WhatsApp ended by itself (status 0)"
    assert not heard.bridge.order(RefreshOrder())


def test_its_log_lines_come_into_ours(hear: Callable[..., Heard], caplog: pytest.LogCaptureFixture) -> None:
    line = {"level": logging.WARNING, "logger": "nanie_actors.whatsapp.bridge.x", "text": "100% odd"}
    heard = hear(["say", "Said", line], ["say", "Connected", {"account": "me"}])
    assert [type(heard.next()), type(heard.next())] == [Started, Connected]
    heard.bridge.stop()
    heard.ended()
    assert ("nanie_actors.whatsapp.bridge.x", logging.WARNING, "100% odd") in caplog.record_tuples


def test_after_an_abort_the_end_of_what_it_printed_is_in_the_log(
    hear: Callable[..., Heard], caplog: pytest.LogCaptureFixture
) -> None:
    heard = hear(["print", "x" * 100_000 + "panic: \x1b[31mnil"], ["abort"])
    assert heard.ended() == "the bridge to WhatsApp was ended by SIGABRT"
    (told,) = [text for _, level, text in caplog.record_tuples if level == logging.ERROR]
    assert told.endswith("panic:  [31mnil")
    assert len(told) < 4_300


@pytest.mark.parametrize("end", [["exit", 3], ["kill"]])
def test_otherwise_nothing_that_it_printed_is_shown(
    hear: Callable[..., Heard], caplog: pytest.LogCaptureFixture, end: list[Any]
) -> None:
    """It may hold what somebody wrote."""
    why = hear(["print", "a private text"], end).ended()
    assert why in (
        "the bridge to WhatsApp ended by itself (status 3)",
        "the bridge to WhatsApp was ended by SIGKILL",
    )
    assert caplog.record_tuples == []


def test_a_bridge_that_cannot_even_begin_points_to_the_doctor(hear: Callable[..., Heard]) -> None:
    assert "nanie doctor" in hear(command=("/bin/false",)).ended()


def test_what_it_printed_before_it_could_begin_is_in_the_log(
    hear: Callable[..., Heard], caplog: pytest.LogCaptureFixture
) -> None:
    """No library is loaded yet that could print what somebody wrote."""
    script = "import sys; sys.exit('ImportError: failed to find libmagic')"
    hear(command=(sys.executable, "-c", script)).ended()
    assert "failed to find libmagic" in caplog.text


def test_a_report_that_cannot_be_understood_ends_the_bridge(hear: Callable[..., Heard]) -> None:
    heard = hear(command=(sys.executable, "-c", SAYS_SOMETHING_ODD))
    assert heard.ended() == "the bridge to WhatsApp was ended by SIGKILL"


def test_a_grandchild_that_holds_the_output_holds_nobody_up(
    hear: Callable[..., Heard], caplog: pytest.LogCaptureFixture
) -> None:
    hear(command=(sys.executable, "-c", LEAVES_SOMEBODY_BEHIND)).ended()
    (told,) = [text for _, level, text in caplog.record_tuples if level == logging.ERROR]
    os.kill(int(told.rpartition(" ")[2]), signal.SIGKILL)


def test_a_program_that_is_not_there_is_an_error_at_once(tmp_path: Path) -> None:
    before = len(os.listdir("/dev/fd"))
    heard = Heard(tmp_path, command=("/no/such/program",))
    with pytest.raises(FileNotFoundError):
        heard.started()
    assert not heard.bridge.order(RefreshOrder())
    heard.bridge.kill()
    assert heard.bridge.join(0)
    assert len(os.listdir("/dev/fd")) == before


def test_a_bridge_that_takes_no_orders_is_killed(hear: Callable[..., Heard]) -> None:
    """Half an order may be in the link: nothing after it would be understood."""
    heard = hear(["freeze"], order_within_s=0.05)
    heard.next()
    while heard.bridge.order(SendOrder("1", fake_bridge.GROUP, "x" * 50_000)):
        pass
    assert heard.ended() == "the bridge to WhatsApp was ended by SIGKILL"
