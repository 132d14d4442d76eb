"""A recorded stream: what was put comes back, and a bad line is named."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import GROUP, NOON, message, messages, texts, times

from nanie_actors.errors import SourceError
from nanie_actors.model import (
    ConnectionChanged,
    GroupSeen,
    Inbound,
    MessageArrived,
    MessageEdited,
    MessageId,
    MessageRevoked,
    SenderId,
)
from nanie_actors.whatsapp.edge import nobody_waits
from nanie_actors.whatsapp.memory import MemorySource
from nanie_actors.whatsapp.opening import open_sources
from nanie_actors.whatsapp.recording import RecordingIngress, decode_event, encode_event

events: st.SearchStrategy[Inbound] = st.one_of(
    st.builds(MessageArrived, messages),
    st.builds(
        MessageEdited, st.just(GROUP), st.just(MessageId("M1")), st.just(SenderId("a")), texts, times, texts
    ),
    st.builds(MessageRevoked, st.just(GROUP), st.just(MessageId("M1")), st.just(SenderId("a")), times),
    st.builds(GroupSeen, st.just(GROUP), times, st.none() | texts, st.none() | st.integers(0, 1024)),
    st.builds(ConnectionChanged, texts, st.sampled_from(["offline", "online", "finished"]), texts),
)


class Ingress:
    def __init__(self) -> None:
        self.events: list[Inbound] = []
        self.ended = Event()

    def put(self, event: Inbound, settled: Callable[[], None] = nobody_waits) -> None:
        self.events.append(event)
        settled()
        if isinstance(event, ConnectionChanged) and event.state in ("finished", "failed"):
            self.ended.set()


@given(events)
def test_an_event_survives_its_line(event: Inbound) -> None:
    assert decode_event(encode_event(event)) == event


@given(st.binary(max_size=200))
def test_any_other_line_is_refused(line: bytes) -> None:
    with pytest.raises(SourceError):
        decode_event(line)


def test_a_recording_is_for_its_owner_only_and_replays(tmp_path: Path) -> None:
    path, inner = tmp_path / "stream.jsonl", Ingress()
    told: list[Inbound] = [
        GroupSeen(GROUP, NOON, "Family", 3),
        MessageArrived(message(1)),
        MessageArrived(message(2)),
    ]
    with RecordingIngress(inner, path) as recording:
        for event in told:
            recording.put(event)
    assert inner.events == told
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    (source,) = open_sources(path, zone=ZoneInfo("UTC"))
    again = Ingress()
    source.start(again)
    assert again.ended.wait(20)
    source.stop()
    assert [event for event in again.events if not isinstance(event, ConnectionChanged)] == told


def test_a_bad_line_is_named(tmp_path: Path) -> None:

    path = tmp_path / "stream.jsonl"
    path.write_bytes(
        encode_event(MessageArrived(message(1)))
        + b"\nnonsense\n"
        + encode_event(MessageArrived(message(2)))
        + b"\n"
    )
    with pytest.raises(SourceError, match="2"):
        open_sources(path, zone=ZoneInfo("UTC"))


def test_the_source_in_memory_puts_what_is_pushed_in_order() -> None:
    source, ingress = MemorySource(), Ingress()
    told = [MessageArrived(message(number)) for number in range(20)]
    source.push(*told)
    source.finish()
    source.start(ingress)
    assert ingress.ended.wait(20)
    source.stop()
    assert [event for event in ingress.events if not isinstance(event, ConnectionChanged)] == told
