"""`nanie run --whatsapp neonize` as a whole: worker, bridge and library are real, WhatsApp is absent."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from bridges import bridge
from fake_bridge import message, refused
from processes import Nanie, worker
from sessions import pair_for_the_library

from nanie_actors.storage.layout import StateLayout
from nanie_actors.whatsapp.live.journal_writer import JournalWriter
from nanie_actors.whatsapp.live.reports import Unreachable
from nanie_actors.whatsapp.live.session import is_held, look_at_session

WITHIN_S = 60.0
NEONIZE = ("--whatsapp", "neonize")
NO_NETWORK = "http://127.0.0.1:1"


@pytest.fixture
def hole() -> Iterator[str]:
    """A proxy that accepts and never answers: dialling through it lasts as long as a test needs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def paired(tmp_path: Path) -> Path:
    """A state folder with a session that the library itself made."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    with bridge(state, product=True, proxy=NO_NETWORK) as made:
        made.until(Unreachable)
        made.ended()
    (state / "noise.log").unlink()
    pair_for_the_library(state)
    assert look_at_session(StateLayout(state)).account.startswith("49170")
    return state


def told(state: Path) -> list[str]:
    """What the worker's log says of the account so far."""
    lines = (state.parent / "stderr.log").read_bytes().splitlines(keepends=True)
    events = [orjson.loads(line)["event"] for line in lines if line.endswith(b"\n")]
    return [event.removeprefix("whatsapp: ") for event in events if event.startswith("whatsapp: ")]


def wait_until_told(nanie: Nanie, state: Path, word: str, times: int = 1) -> str:
    """The last of so many lines about the account with that word; they are waited for."""
    deadline = time.monotonic() + WITHIN_S
    while len(found := [line for line in told(state) if word in line]) < times:
        assert nanie.process.poll() is None
        assert time.monotonic() < deadline, told(state)
        time.sleep(0.01)
    return found[times - 1]


def wait_until_free(state: Path) -> None:
    """Until no bridge holds the session."""
    deadline = time.monotonic() + WITHIN_S
    while is_held(StateLayout(state).session_lock):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_without_an_account_the_worker_stays_up_answers_and_says_how_to_pair(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with worker(state, *NEONIZE) as nanie:
        assert "nanie pair" in wait_until_told(nanie, state, "unpaired")
        nanie.until_reply(nanie.send("one", "START_STANDALONE"), "STATUS")
        assert nanie.until_reply(nanie.send("one", "GET_STATUS"), "DATA")["data"]["events"] == []
        assert nanie.end() == 0
    assert not StateLayout(state).whatsapp.exists()


def test_without_a_network_it_tries_again_and_again_and_ends_cleanly(paired: Path) -> None:
    with worker(paired, *NEONIZE, HTTPS_PROXY=NO_NETWORK, NANIE_WHATSAPP__FIRST_RETRY_S="0.1") as nanie:
        assert "dial" in wait_until_told(nanie, paired, "offline")
        wait_until_told(nanie, paired, "offline", times=3)
        nanie.until_reply(nanie.send("one", "START_STANDALONE"), "STATUS")
        assert nanie.end() == 0
    assert not is_held(StateLayout(paired).session_lock)
    states = [line.split()[0] for line in told(paired) if not line.startswith("process")]
    assert states[:4] == ["connecting", "offline", "connecting", "offline"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_still_dialling_ends_in_time_and_leaves_no_bridge(
    paired: Path, hole: str, number: signal.Signals
) -> None:
    with worker(paired, *NEONIZE, HTTPS_PROXY=hole) as nanie:
        wait_until_told(nanie, paired, "process")
        assert is_held(StateLayout(paired).session_lock)
        nanie.process.send_signal(number)
        assert nanie.process.wait(WITHIN_S) == 0
    assert not is_held(StateLayout(paired).session_lock)


def test_a_killed_worker_leaves_no_bridge(paired: Path, hole: str) -> None:
    with worker(paired, *NEONIZE, HTTPS_PROXY=hole) as nanie:
        wait_until_told(nanie, paired, "process")
        nanie.kill()
    wait_until_free(paired)


def test_what_the_journal_holds_reaches_the_group_and_a_recording(tmp_path: Path) -> None:
    """It was left by a worker that died; nobody needs to be connected for it."""
    state, recording = tmp_path / "state", tmp_path / "recording.jsonl"
    layout = StateLayout(state)
    layout.whatsapp.mkdir(parents=True, mode=0o700)
    writer = JournalWriter(layout.ingress_journal, segment_bytes=1_000)
    writer.open()
    for number in range(1, 31):
        writer.append([message(f"text {number}", f"M{number}")], refused)
    writer.close()
    with worker(state, *NEONIZE, "--record", str(recording)) as nanie:
        wait_until_told(nanie, state, "unpaired")
        groups = nanie.until_reply(nanie.send("one", "LIST_GROUPS"), "DATA")["data"]["groups"]
        nanie.until_reply(nanie.send("one", "SELECT_GROUP", groupId=groups[0]["id"]), "DATA")
        assert nanie.end() == 0
    recorded = [orjson.loads(line) for line in recording.read_bytes().splitlines()]
    texts = [line["data"]["message"]["text"] for line in recorded if line["event"] == "message_arrived"]
    assert texts == [f"text {number}" for number in range(1, 31)]
