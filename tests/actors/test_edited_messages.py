"""Edits and deletions in the whole tree of actors: durable, shown, and never lost on the way to the disk."""

from __future__ import annotations

from dataclasses import replace
from errno import ENOSPC
from typing import Any

import orjson
import pytest
from household import Household
from making import GROUP, NOON, message

from nanie_actors.messages import SnapshotAll
from nanie_actors.model import (
    EpochMs,
    GroupSeen,
    MessageArrived,
    MessageEdited,
    MessageId,
    MessageRevoked,
    SenderId,
)

ALICE = SenderId("alice")
FIRST = MessageArrived(message(1, "fed"))
EDIT = MessageEdited(GROUP, MessageId("M1"), ALICE, "Alice", EpochMs(NOON + 300_000), "bathed")
GONE = MessageRevoked(GROUP, MessageId("M1"), ALICE, EpochMs(NOON + 600_000))


@pytest.fixture
def house() -> Household:
    """One conversation linked to one group."""
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    return house


def events(house: Household) -> list[dict[str, Any]]:
    return list(house.say("one", "GET_STATUS")[0]["data"]["events"])


def log(house: Household) -> list[dict[str, Any]]:
    blob = house.disk.read(house.layout.memory(GROUP) / "messages.jsonl") or b""
    return [orjson.loads(line) for line in blob.splitlines()]


def test_a_burst_of_a_message_and_its_edit_ends_at_the_messages_time(house: Household) -> None:
    """The message is not on disk yet when its edit is decided."""
    house.tell(FIRST, EDIT)
    house.run()
    (event,) = events(house)
    assert (event["label"], event["timestamp"]) == ("bathed", NOON + 60_000)
    assert event["history"] == [
        {"label": "fed", "details": "fed", "type": "other", "timestamp": NOON + 60_000, "until": EDIT.at}
    ]


def test_a_burst_of_an_edit_and_the_message_that_it_overtook_ends_alike(house: Household) -> None:
    house.tell(EDIT, FIRST)
    house.run()
    (event,) = events(house)
    assert (event["label"], event["timestamp"], len(event["history"])) == ("bathed", NOON + 60_000, 1)


@pytest.mark.parametrize("stopped", [False, True])
def test_history_is_durable(house: Household, stopped: bool) -> None:
    house.tell(FIRST, EDIT)
    house.run()
    before = events(house)
    if stopped:
        house.stop()
        assert house.file(GROUP) == before
    house.crash(power_loss=True)
    house.tell(EDIT, FIRST)
    house.run()
    assert events(house) == before


def test_what_a_deletion_took_away_is_in_the_groups_data(house: Household) -> None:
    house.tell(FIRST, EDIT, GONE)
    house.run()
    assert events(house) == []
    house.crash(power_loss=True)
    house.run()
    assert house.stop()
    (removed,) = [event for line in log(house) for event in line.get("removed", ())]
    assert (removed["label"], removed["history"][0]["label"]) == ("bathed", "fed")
    assert house.file(GROUP) == []


def test_an_edit_from_before_anybody_listened_is_shown_as_one() -> None:
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), FIRST, EDIT)
    house.run()
    house.link("one", GROUP)
    (event,) = events(house)
    assert (event["label"], event["timestamp"], event["editedAt"]) == ("bathed", NOON + 60_000, EDIT.at)
    house.say("one", "RESYNC_HISTORY")
    assert events(house) == [event]


def test_an_edit_of_a_message_of_the_last_run_finds_its_time_in_the_files(house: Household) -> None:
    house.tell(FIRST, *(MessageArrived(message(number, "")) for number in range(2, 200)))
    house.run()
    house.stop()
    house.crash()
    house.tell(EDIT)
    house.run()
    (event,) = events(house)
    assert (event["label"], event["timestamp"]) == ("bathed", NOON + 60_000)


def test_what_was_taken_away_survives_a_crash_in_the_middle_of_a_snapshot(house: Household) -> None:
    """The timeline is written already, and that it counts is not: the records are applied to it once more."""
    house.tell(FIRST, MessageArrived(message(2, "slept")))
    house.run()
    house.stop()
    house.crash()
    house.run()
    shorter = replace(EDIT, message_id=MessageId("M2"), text="")
    house.tell(GONE, shorter)
    house.run()
    house.disk.files.fail("open_new", ENOSPC, name="group.json", count=1)
    house.tree.registry.tell(SnapshotAll(None, lambda _: None))
    house.run()
    assert house.file(GROUP) == []
    house.crash(power_loss=True)
    house.run()
    house.stop()
    removed = [
        (event["label"], "deletedAt" in line) for line in log(house) for event in line.get("removed", ())
    ]
    assert removed == [("fed", True), ("slept", False)]
