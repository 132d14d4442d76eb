"""Taking in: what is learned is saved first, history comes in parts, no fault of ours costs an event."""

from __future__ import annotations

import dataclasses
import threading
from base64 import b64decode
from contextlib import suppress
from errno import ENOSPC
from typing import Any

import pytest
from journals import FOLDER, ROOT, SEGMENT_BYTES
from neonize_events import GROUP, conversation, group_info, history, past, said, serialized, words

from nanie_actors.model import GroupSeen, MessageArrived
from nanie_actors.storage.accidents import Cut
from nanie_actors.storage.folders import Folders
from nanie_actors.storage.lines import unseal
from nanie_actors.storage.memory_files import MemoryFiles
from nanie_actors.whatsapp.bridge.converter import PART, Converter
from nanie_actors.whatsapp.bridge.counts import Counts
from nanie_actors.whatsapp.bridge.intake import Intake
from nanie_actors.whatsapp.bridge.stubbornness import GivenUp, Stubbornness
from nanie_actors.whatsapp.bridge.unconverted import Unconverted
from nanie_actors.whatsapp.live.identities import People
from nanie_actors.whatsapp.live.journal import Entry
from nanie_actors.whatsapp.live.journal_reader import JournalReader
from nanie_actors.whatsapp.live.journal_writer import JournalWriter

PEOPLE = ROOT / "whatsapp" / "identities.jsonl"
PHONE = "491700000077@s.whatsapp.net"
UNCONVERTED = ROOT / "whatsapp" / "unconverted.jsonl"


class Bridge:
    """An intake with everything it writes to."""

    def __init__(self, files: MemoryFiles | None = None) -> None:
        self.files = files or MemoryFiles(ROOT)
        Folders(self.files).ensure(FOLDER)
        self.stuck: list[Any] = []
        self.grown: list[int] = []
        self.counts = Counts()
        self.stubbornness = Stubbornness(self.stuck.append, retry_s=0.0)
        journal = JournalWriter(FOLDER, segment_bytes=SEGMENT_BYTES, files=self.files)
        journal.open()
        people = People(PEOPLE, self.files)
        self.converter = Converter(people)
        self.intake = Intake(
            self.converter,
            people,
            journal,
            Unconverted(UNCONVERTED, self.files),
            self.stubbornness,
            self.counts,
            self.grown.append,
        )

    def entries(self) -> list[Entry]:
        return list(JournalReader(FOLDER, self.files).read_from(1))

    def kept(self) -> list[dict[str, Any]]:
        return [unseal(line) for line in self.files.read(UNCONVERTED).splitlines()]


def test_one_event_is_one_entry_and_its_number_is_told() -> None:
    bridge = Bridge()
    assert bridge.intake.take(said("milk", "M1")) == ()
    assert bridge.intake.take(said("nap", "M2")) == ()
    texts = [
        event.message.text
        for entry in bridge.entries()
        for event in entry.events
        if isinstance(event, MessageArrived)
    ]
    assert texts == ["milk", "nap"]
    assert bridge.grown == [1, 2]
    assert bridge.counts.snapshot() == {"message": 2, "journaled": 2}


def test_what_concerns_no_group_is_counted_and_leaves_no_entry() -> None:
    bridge = Bridge()
    bridge.intake.take(said("hi", chat="491700000001@s.whatsapp.net"))
    assert bridge.entries() == []
    assert bridge.counts.snapshot() == {"direct_chat": 1}


def test_history_is_journaled_in_parts() -> None:
    """A chunk can hold thousands of messages; an entry is what a reader takes at once."""
    bridge = Bridge()
    messages = [past(words(f"text {number}"), f"M{number}") for number in range(PART + 10)]
    bridge.intake.take(history(conversation(*messages)))
    sizes = [len(entry.events) for entry in bridge.entries()]
    assert max(sizes) == PART
    assert len(sizes) == 2
    assert bridge.grown == [1, 2]
    assert bridge.counts.snapshot()["history"] == 1


def test_groups_are_journaled_with_what_they_are_called() -> None:
    bridge = Bridge()
    bridge.intake.see_groups([group_info()])
    ((seen,),) = [entry.events for entry in bridge.entries()]
    assert isinstance(seen, GroupSeen)
    assert (seen.group, seen.joined) == (GROUP, True)


def test_wherever_it_is_cut_off_no_entry_relies_on_what_was_not_saved() -> None:
    """People first, then the journal: a sender in it is known to every later bridge under the same id."""
    for calls in range(40):
        bridge = Bridge()
        bridge.files.cut_after(calls)
        with suppress(Cut):
            bridge.intake.take(said("milk", "M1", sender="222000000000077:3@lid", alt=PHONE))
        bridge.files.power_loss(lambda most: most)
        people = People(PEOPLE, bridge.files)
        for entry in bridge.entries():
            for event in entry.events:
                assert isinstance(event, MessageArrived)
                assert people.resolve(PHONE) == event.message.sender


def test_an_event_that_fails_is_kept_with_its_type_and_what_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bridge = Bridge()
    monkeypatch.setattr(bridge.converter, "convert", _fail)
    events = [said("one", "M1"), said("two", "M2")]
    for event in events:
        assert bridge.intake.take(event) == ()
    kept = bridge.kept()
    assert [(line["k"], line["w"]) for line in kept] == [("Message", "KeyError")] * 2
    assert [b64decode(line["d"]) for line in kept] == [serialized(event) for event in events]
    assert bridge.entries() == []


def test_a_text_that_json_cannot_hold_is_kept_and_the_next_entry_has_its_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bridge = Bridge()
    whole = bridge.converter.convert
    monkeypatch.setattr(bridge.converter, "convert", _with_lone_surrogate(whole))
    bridge.intake.take(said("one", "M1"))
    monkeypatch.setattr(bridge.converter, "convert", whole)
    bridge.intake.take(said("two", "M2"))
    assert len(bridge.kept()) == 1
    assert [entry.number for entry in bridge.entries()] == [1]


def test_a_disk_that_refuses_is_told_once_and_nothing_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    bridge = Bridge()
    bridge.files.fail("write", ENOSPC, count=5)
    bridge.intake.take(said("milk", "M1"))
    assert len(bridge.entries()) == 1
    assert len(bridge.stuck) == 1
    bridge.files.fail("write", ENOSPC, count=1)
    bridge.intake.take(said("nap", "M2"))
    assert len(bridge.stuck) == 2
    assert "takes again" in caplog.text


def test_keeping_a_raw_event_is_as_stubborn_as_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    bridge = Bridge()
    monkeypatch.setattr(bridge.converter, "convert", _fail)
    bridge.files.fail("write", ENOSPC, count=1, taken=7)
    bridge.files.fail("sync", ENOSPC, count=1)
    bridge.intake.take(said("one", "M1"))
    good = [
        line
        for line in bridge.files.read(UNCONVERTED).splitlines()
        if line.startswith(b"{") and line.endswith(b"}")
    ]
    assert {unseal(line)["k"] for line in good} == {"Message"}


def test_whoever_waits_for_the_disk_gives_up_when_the_process_ends() -> None:
    bridge = Bridge()
    bridge.files.fail("write", ENOSPC, count=1_000_000)
    outcome: list[str] = []

    def take() -> None:
        try:
            bridge.intake.take(said("milk", "M1"))
        except GivenUp:
            outcome.append("given up")

    taking = threading.Thread(target=take)
    taking.start()
    bridge.intake.close()
    taking.join(30)
    assert outcome == ["given up"]


def _fail(_: object) -> Any:
    raise KeyError("a text of somebody")


def _with_lone_surrogate(convert: Any) -> Any:
    def changed(event: object) -> Any:
        converted = convert(event)
        (arrived,) = converted.events
        message = dataclasses.replace(arrived.message, text="\ud800")
        return dataclasses.replace(converted, events=(dataclasses.replace(arrived, message=message),))

    return changed
