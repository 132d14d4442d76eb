"""What the worker's side relies on in a bridge, asked of the real one and of the fake that its tests use.

The real one dials meanwhile: its network is a proxy that takes the call and never answers.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import Empty, Queue
from typing import Literal

import fake_bridge
import pytest

from nanie_actors.storage.layout import StateLayout
from nanie_actors.whatsapp.live.bridge_arguments import BridgeArguments
from nanie_actors.whatsapp.live.child import COMMAND, BridgeProcess
from nanie_actors.whatsapp.live.link import Link
from nanie_actors.whatsapp.live.orders import RefreshOrder, SendOrder, StopOrder
from nanie_actors.whatsapp.live.reports import Report, SendReport, Started, Unreachable
from nanie_actors.whatsapp.live.session import is_held, look_at_session

WITHIN_S = 60.0
GROUP = "120363000000000001@g.us"


class Running:
    """A bridge, seen as the worker sees it."""

    def __init__(self, state: Path, command: Sequence[str]) -> None:
        self.reports: Queue[Report] = Queue()
        self._end: Queue[str] = Queue()
        self.bridge = BridgeProcess(
            BridgeArguments("run", 0, state), self.reports.put, self._end.put, command
        )
        self.bridge.start()

    def next(self) -> Report:
        return self.reports.get(timeout=WITHIN_S)

    def ended(self) -> str:
        """How; and all that it said is in `reports`."""
        why = self._end.get(timeout=WITHIN_S)
        assert self.bridge.join(WITHIN_S)
        return why

    def rest(self) -> list[Report]:
        """What it said and nobody heard yet; after its end."""
        rest = []
        while True:
            try:
                rest.append(self.reports.get_nowait())
            except Empty:
                return rest


@pytest.fixture(params=["real", "fake"])
def command(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sequence[str]]:
    """What starts a bridge of either kind."""
    kind: Literal["real", "fake"] = request.param
    if kind == "fake":
        yield fake_bridge.command([])
        return
    for name in [name for name in os.environ if "proxy" in name.lower()]:
        monkeypatch.delenv(name)
    with socket.create_server(("127.0.0.1", 0)) as hole:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{hole.getsockname()[1]}")
        yield COMMAND


@pytest.fixture
def start(tmp_path: Path, command: Sequence[str]) -> Iterator[Callable[[], Running]]:
    """Starts bridges on one state directory; none is left at the end."""
    started: list[Running] = []

    def start() -> Running:
        started.append(Running(tmp_path, command))
        return started[-1]

    yield start
    for running in started:
        running.bridge.kill()
        assert running.bridge.join(WITHIN_S)


def test_its_first_word_names_its_process(start: Callable[[], Running]) -> None:
    running = start()
    first = running.next()
    assert isinstance(first, Started)
    assert first.pid == running.bridge.pid
    assert first.library


def test_it_holds_the_session_from_its_first_word_to_its_end(
    start: Callable[[], Running], tmp_path: Path
) -> None:
    layout = StateLayout(tmp_path)
    running = start()
    running.next()
    assert look_at_session(layout).in_use
    running.bridge.kill()
    running.ended()
    assert not is_held(layout.session_lock)


def test_a_second_one_says_so_and_goes(start: Callable[[], Running]) -> None:
    first = start()
    first.next()
    second = start()
    assert second.next() == Unreachable("another process uses this session")
    assert "status 1" in second.ended()
    assert first.bridge.order(RefreshOrder())


def test_it_stops_when_it_is_told_to(start: Callable[[], Running]) -> None:
    running = start()
    running.next()
    running.bridge.stop()
    assert "status 0" in running.ended()


def test_it_may_be_told_to_stop_twice_and_before_its_first_word(start: Callable[[], Running]) -> None:
    running = start()
    running.bridge.order(StopOrder())
    running.bridge.order(StopOrder())
    assert "status 0" in running.ended()


def test_every_order_to_send_has_one_answer_even_where_the_stop_follows_it(
    start: Callable[[], Running],
) -> None:
    running = start()
    running.next()
    for number in range(3):
        running.bridge.order(SendOrder(f"text {number}", GROUP, "milk"))
    running.bridge.stop()
    running.ended()
    answers = [report for report in running.rest() if isinstance(report, SendReport)]
    assert sorted(answer.outbox_id for answer in answers) == ["text 0", "text 1", "text 2"]


def test_it_outlives_no_worker(tmp_path: Path, command: Sequence[str]) -> None:
    """The end of the link is the end of the worker, however that came about: it ends by itself."""
    ours, theirs = socket.socketpair()
    link = Link(ours)
    with theirs:
        words = BridgeArguments("run", theirs.fileno(), tmp_path).command_line()
        process = subprocess.Popen([*command, *words], pass_fds=[theirs.fileno()], stdout=subprocess.DEVNULL)
    try:
        assert isinstance(next(iter(link.receive())), Started)
        link.close()
        assert process.wait(WITHIN_S) == 0
    finally:
        process.kill()
        process.wait(WITHIN_S)
