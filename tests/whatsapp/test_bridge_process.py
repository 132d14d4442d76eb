"""The bridge as a process, with the real library: events fired through its C entry, ends of every kind.

A test waits for what must happen and never for time; the deadlines are met only by a failure.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from bridges import bridge
from neonize_events import GROUP, said, serialized

from nanie_actors.whatsapp.bridge.library import (
    ConnectedEv,
    DisconnectedEv,
    LoggedOutEv,
)
from nanie_actors.whatsapp.live.orders import RefreshOrder, SendOrder, StopOrder
from nanie_actors.whatsapp.live.reports import (
    Connected,
    Disconnected,
    Grown,
    JournalStuck,
    LoggedOut,
    Paired,
    PairingFailed,
    Pulse,
    QrShown,
    Said,
    SendReport,
    Started,
    Unreachable,
)


def texts(first: int, last: int) -> list[str]:
    return [f"text {number}" for number in range(first, last + 1)]


def messages(first: int, last: int) -> list[object]:
    return [said(f"text {number}", f"M{number}") for number in range(first, last + 1)]


@pytest.fixture
def hole() -> Iterator[str]:
    """A proxy that accepts and never answers: dialling through it lasts as long as a test needs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("_attempt", range(4))
def test_a_bridge_whose_worker_is_gone_before_it_connects_keeps_what_still_comes(
    tmp_path: Path, _attempt: int
) -> None:
    """Whether anything comes is a matter of milliseconds; what has come is on the disk."""
    with bridge(tmp_path, connect="held", until_disconnect=True, listen=False) as running:
        running.hand_in(*messages(1, 40))
        running.worker_end.close()
        assert running.ended() == 0
        assert len(running.texts()) >= running.entered


def test_an_event_is_in_the_journal_before_the_callback_returns(tmp_path: Path) -> None:
    with bridge(tmp_path, connect="held") as running:
        for number in range(1, 6):
            running.fire(*messages(number, number))
            assert running.texts() == texts(1, number)
        running.order(StopOrder())
        assert running.ended() == 0
        assert running.told(Grown)[-1] == Grown(5)
        assert running.told(Pulse)[-1].counts["message"] == 5
        assert running.told(Said) == []


def test_what_was_handed_in_before_the_workers_death_is_taken_in_after_it(tmp_path: Path) -> None:
    """kill -9 of the worker loses nothing: its end of the link closes, and the bridge drains and ends."""
    with bridge(tmp_path, connect="held", listen=False) as running:
        holder = subprocess.Popen(
            [sys.executable, "-c", "input()"], pass_fds=[running.worker_end.fileno()], stdin=subprocess.PIPE
        )
        try:
            running.fire(*messages(1, 1))
            running.worker_end.close()
            running.hand_in(*messages(2, 300))
            holder.kill()
            assert running.ended() == 0
        finally:
            holder.kill()
            holder.communicate()
        assert running.texts() == texts(1, 300)


def test_a_killed_bridge_leaves_a_journal_that_is_whole_up_to_the_last_event_taken(tmp_path: Path) -> None:
    with bridge(tmp_path, connect="held") as running:
        running.fire(*messages(1, 20))
        running.hand_in(*messages(21, 400))
        running.wait_entered(21)
        running.kill()
        assert running.ended() == -signal.SIGKILL
        returned = running.returned
    with bridge(tmp_path, connect="held") as again:
        again.until(Started)
        kept = len(again.texts())
        assert again.texts() == texts(1, kept)
        assert kept - returned in (0, 1)  # the one that was in the callback may have got there
        again.fire(*messages(kept + 1, kept + 2))
        assert again.texts() == texts(1, kept + 2)
        assert [entry.number for entry in again.journaled()] == list(range(1, kept + 3))


def test_an_event_that_our_code_fails_on_is_kept_as_it_came_and_the_rest_goes_on(tmp_path: Path) -> None:
    poison = said("poison", "M2")
    with bridge(tmp_path, connect="held") as running:
        running.fire(said("before", "M1"), poison, said("after", "M3"))
        assert running.texts() == ["before", "after"]
        running.order(StopOrder())
        assert running.ended() == 0
        (line,) = running.layout.unconverted.read_bytes().splitlines()
        kept = orjson.loads(line)
        assert kept["k"] == "Message"
        assert kept["w"] == "ZeroDivisionError"
        assert b64decode(kept["d"]) == serialized(poison)
        (told,) = running.told(Said)
        assert "not understood" in told.text
        assert "poison" not in told.text
        assert running.told(Pulse)[-1].counts["unconverted"] == 1


def test_a_full_disk_holds_the_callback_until_it_has_room(tmp_path: Path) -> None:
    """That is the back-pressure: the library's queue fills, and WhatsApp keeps what it did not hand over."""
    full = tmp_path / "full"
    with bridge(tmp_path, connect="held", full=str(full)) as running:
        running.fire(*messages(1, 2))
        full.touch()
        running.hand_in(*messages(3, 5))
        assert "space" in running.until(JournalStuck).why
        running.wait_entered(3)
        assert (running.entered, running.returned) == (3, 2)
        full.unlink()
        running.wait_returned(5)
        assert running.texts() == texts(1, 5)
        assert len(running.told(JournalStuck)) == 1


def test_a_bridge_with_a_full_disk_still_stops_in_time(tmp_path: Path) -> None:
    full = tmp_path / "full"
    with bridge(tmp_path, connect="held", full=str(full), drain_s=0.5) as running:
        running.fire(*messages(1, 1))
        full.touch()
        running.hand_in(*messages(2, 2))
        running.until(JournalStuck)
        running.order(StopOrder())
        assert running.ended() == 0
        assert running.texts() == ["text 1"]


def test_without_a_network_the_bridge_says_so_and_ends(tmp_path: Path, hole: str) -> None:
    """No thread of the library keeps the process; files are for their owner only."""
    port = hole.rpartition(":")[2]
    with bridge(tmp_path, product=True, proxy=f"http://127.0.0.1:{port}0"[:21]) as running:
        assert "dial" in running.until(Unreachable).why
        assert running.ended() == 0
        assert running.told(Started)[0].pid == running.process.pid
        made = [path for path in running.layout.whatsapp.rglob("*") if path.is_file()]
        assert running.layout.session in made
        assert {path.stat().st_mode & 0o777 for path in made} == {0o600}


def test_pairing_without_a_network_fails_as_unreachable(tmp_path: Path) -> None:
    with bridge(tmp_path, "pair", product=True, proxy="http://127.0.0.1:1") as running:
        failure = running.until(PairingFailed)
        assert failure.kind == "unreachable"
        assert "network" in failure.why
        assert running.ended() == 0


@pytest.mark.parametrize("mode", ["run", "pair"])
def test_a_bridge_that_is_still_dialling_stops_when_it_is_told(tmp_path: Path, hole: str, mode: str) -> None:
    with bridge(tmp_path, mode, product=True, proxy=hole) as running:  # type: ignore[arg-type]
        running.until(Started)
        running.order(SendOrder("early", GROUP, "too early"))
        assert running.until(SendReport) == SendReport("early", "failed", why="not connected to WhatsApp")
        running.order(StopOrder())
        assert running.ended() == 0


def test_a_bridge_that_has_paired_goes_on_taking_in(tmp_path: Path) -> None:
    """The phone sends the history at once, and it is sent once."""
    with bridge(tmp_path, "pair", connect="held") as running:
        running.show_code("https://wa.me/settings/linked_devices#2@abc")
        assert running.until(QrShown).data.endswith("#2@abc")
        running.pairing_status("success")
        running.fire(ConnectedEv(status=True), *messages(1, 2))
        running.until(Paired)
        running.until(Connected)
        assert running.texts() == texts(1, 2)
        running.order(StopOrder())
        assert running.ended() == 0
        assert running.told(PairingFailed) == []


def test_a_pairing_that_cannot_succeed_says_why_and_ends_the_process(tmp_path: Path) -> None:
    """The library would show codes for ever, on a thread that cannot be ended."""
    with bridge(tmp_path, "pair", connect="held") as running:
        running.show_code("2@abc")
        running.pairing_status("passkey-request")
        assert running.until(PairingFailed).kind == "passkey"
        assert running.ended() == 0


def test_a_session_that_is_not_paired_is_no_reason_to_pair(tmp_path: Path) -> None:
    with bridge(tmp_path, connect="held") as running:
        running.show_code("2@abc")
        assert running.until(LoggedOut) == LoggedOut("the session is not paired")
        assert running.ended() == 0
        assert running.told(QrShown) == []


def test_a_second_bridge_leaves_the_session_alone(tmp_path: Path) -> None:
    with bridge(tmp_path, connect="held") as first:
        first.until(Started)
        with bridge(tmp_path, product=True) as second:
            assert second.until(Unreachable) == Unreachable("another process uses this session")
            assert second.ended() == 1
        first.fire(*messages(1, 1))
        assert first.texts() == ["text 1"]


def test_the_end_of_the_account_is_told_after_what_was_queued_behind_it(tmp_path: Path) -> None:
    with bridge(tmp_path, connect="held") as running:
        running.hand_in(LoggedOutEv(OnConnect=False, Reason=LoggedOutEv().Reason), *messages(1, 4))
        assert running.until(LoggedOut) == LoggedOut("the device was removed on the phone")
        assert running.texts() == texts(1, 4)
        assert running.ended() == 0


def test_ups_and_downs_are_told_while_the_bridge_goes_on(tmp_path: Path) -> None:
    """Connected comes after the groups were asked for, even where there was no answer."""
    with bridge(tmp_path, connect="held") as running:
        running.fire(ConnectedEv(status=True))
        running.until(Connected)
        running.order(RefreshOrder())
        running.fire(DisconnectedEv(status=True), *messages(1, 1))
        running.until(Disconnected)
        running.order(SendOrder("1", GROUP, "milk"))
        assert running.until(SendReport).outcome == "failed"
        running.order(StopOrder())
        assert running.ended() == 0


def test_signals_of_the_terminal_are_the_parents_business(tmp_path: Path) -> None:
    with bridge(tmp_path, connect="held") as running:
        running.until(Started)
        running.process.send_signal(signal.SIGINT)
        running.process.send_signal(signal.SIGHUP)
        running.fire(*messages(1, 1))
        running.process.send_signal(signal.SIGTERM)
        assert running.ended() == 0
        assert running.texts() == ["text 1"]


def test_a_worker_that_does_not_read_holds_nothing_up(tmp_path: Path) -> None:
    """The journal is the buffer; that it grew is told once, however often it did."""
    with bridge(tmp_path, connect="held", listen=False) as running:
        running.worker_end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        running.fire(*messages(1, 300))
        assert running.texts() == texts(1, 300)
