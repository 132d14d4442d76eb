"""Messages are kept for so many days; the events that were read from them stay."""

from __future__ import annotations

from errno import EIO
from typing import Any

import orjson
import pytest
from household import Household
from hypothesis import given
from hypothesis import strategies as st
from making import GROUP, NOON, OTHER_GROUP, message

from nanie_actors.actors.retention import DAY_MS, GROUPS_AT_ONCE
from nanie_actors.messages import SnapshotAll
from nanie_actors.model import (
    EpochMs,
    GroupId,
    GroupSeen,
    MessageArrived,
    MessageEdited,
    MessageId,
    MessageRevoked,
    SenderId,
)
from nanie_actors.timeline.message_log import is_older, younger

DAYS = 30
NOW = EpochMs(1_764_000_000_000)
"""When a Household begins."""


def house_with(**groups: Any) -> Household:
    house = Household(groups={"message_days": DAYS, **groups})
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    return house


def arrive(house: Household, number: int, text: str, *, days_ago: float, group: GroupId = GROUP) -> None:
    at = EpochMs(int(NOW - days_ago * DAY_MS))
    house.tell(MessageArrived(message(number, text, at=at, group=group)))
    house.run()


def a_day_passes(house: Household) -> None:
    """In a few steps: what is due now and then is due once."""
    house.run()
    for _ in range(3):
        house.clock.advance(28_800.0)
        house.wait(70)


def logged(house: Household, group: GroupId = GROUP) -> list[str]:
    """The texts in the group's message log on disk."""
    blob = house.disk.read(house.layout.memory(group) / "messages.jsonl") or b""
    return [orjson.loads(line).get("text", "") for line in blob.splitlines()]


def everything(house: Household, group: GroupId = GROUP) -> bytes:
    """All of the group's own files but its timeline."""
    folder = house.layout.memory(group)
    names = [name for name in house.disk.listdir(folder) if name != "timeline.json"]
    return b"".join(house.disk.read(folder / name) or b"" for name in names)


def context(house: Household) -> dict[str, Any]:
    (answer,) = house.say("one", "GET_CONTEXT")
    return dict(answer["data"]["context"])


def test_old_messages_go_and_their_events_stay() -> None:
    house = house_with()
    arrive(house, 1, "ancient", days_ago=DAYS + 1)
    arrive(house, 2, "recent", days_ago=1)
    house.wait(70)
    assert logged(house) == ["recent"]
    assert b"ancient" not in everything(house)
    assert house.shown("one") == ["ancient", "recent"]
    assert [entry["text"] for entry in context(house)["messages"]] == ["recent"]


def test_they_go_when_their_time_has_come() -> None:
    house = house_with()
    arrive(house, 1, "soon old", days_ago=DAYS - 0.5)
    house.wait(70)
    assert context(house)["messages"] != []
    a_day_passes(house)
    assert logged(house) == []
    assert b"soon old" not in everything(house)


def test_a_group_that_sleeps_is_woken_for_it() -> None:
    house = house_with(passivate_after_s=30.0)
    arrive(house, 1, "soon old", days_ago=DAYS - 0.5)
    house.wait(200)
    assert house.life(f"group/{GROUP}") is None
    a_day_passes(house)
    assert b"soon old" not in everything(house)


def test_what_went_is_gone_after_a_restart_and_does_not_come_back_by_a_resync() -> None:
    house = house_with()
    arrive(house, 1, "ancient", days_ago=DAYS + 1)
    house.wait(70)
    house.crash(power_loss=True)
    house.run()
    assert context(house)["messages"] == []
    assert house.say("one", "RESYNC_HISTORY")[-1]["text"] == "HISTORY_RESYNCED"
    arrive(house, 1, "ancient", days_ago=DAYS + 1)
    (status,) = house.say("one", "GET_STATUS")
    assert [event["label"] for event in status["data"]["events"]] == ["ancient"]
    assert context(house)["messages"] == []


def test_what_was_done_to_an_old_message_goes_with_it() -> None:
    house = house_with()
    old = EpochMs(NOW - (DAYS + 1) * DAY_MS)
    arrive(house, 1, "first", days_ago=DAYS + 1)
    house.tell(MessageEdited(GROUP, MessageId("M1"), SenderId("alice"), "Alice", EpochMs(old + 9), "second"))
    house.tell(MessageRevoked(GROUP, MessageId("M1"), SenderId("alice"), EpochMs(old + 99)))
    house.wait(70)
    assert logged(house) == []
    assert b"second" not in everything(house)


def test_every_group_has_its_turn_however_many_there_are() -> None:
    house = Household(groups={"message_days": DAYS})
    groups = [GroupId(f"{120363000000001000 + number}@g.us") for number in range(3 * GROUPS_AT_ONCE)]
    for group in groups:
        house.tell(GroupSeen(group, NOON, "Some", 3))
        at = EpochMs(NOW - (DAYS + 1) * DAY_MS)
        house.tell(MessageArrived(message(1, "ancient", at=at, group=group)))
    house.run()
    assert house.stop()
    house.crash()
    house.wait(120)
    assert not any(b"ancient" in everything(house, group) for group in groups)


def test_nothing_is_written_where_nothing_is_old() -> None:
    house = house_with()
    arrive(house, 1, "recent", days_ago=1)
    house.wait(50)
    before = house.disk.files.calls
    house.wait(200)
    assert house.disk.files.calls == before


def test_the_log_is_written_anew_only_when_something_is_old() -> None:
    house = house_with()
    arrive(house, 1, "ancient", days_ago=DAYS + 1)
    house.wait(70)
    house.disk.files.fail("open_new", EIO, name="rewritten", count=1_000)
    arrive(house, 2, "recent", days_ago=1)
    results: list[Any] = []
    house.tree.registry.tell(SnapshotAll(GROUP, results.append))
    house.run()
    assert results[0].failed == {}
    assert logged(house) == ["recent"]


def test_without_a_number_of_days_everything_is_kept() -> None:
    house = house_with(message_days=0)
    arrive(house, 1, "ancient", days_ago=3_650)
    a_day_passes(house)
    assert [entry["text"] for entry in context(house)["messages"]] == ["ancient"]


def test_a_disk_that_refuses_is_tried_again_the_next_day(caplog: pytest.LogCaptureFixture) -> None:
    house = house_with()
    arrive(house, 1, "ancient", days_ago=DAYS + 1)
    house.disk.files.fail("open_new", EIO, name="rewritten", count=1_000)
    house.wait(70)
    assert "tomorrow" in caplog.text
    house.disk.files.heal()
    a_day_passes(house)
    assert b"ancient" not in everything(house)
    assert house.shown("one") == ["ancient"]


def test_another_group_keeps_its_messages() -> None:
    house = house_with()
    house.tell(GroupSeen(OTHER_GROUP, NOON, "Club", 3))
    arrive(house, 1, "ancient", days_ago=DAYS + 1)
    arrive(house, 1, "young", days_ago=1, group=OTHER_GROUP)
    house.wait(70)
    assert house.stop()
    assert logged(house, OTHER_GROUP) == ["young"]


# ── the lines ───────────────────────────────────────────────────────────────────────────────────────────


def line(number: int, kind: str, at: int) -> dict[str, Any]:
    return {"id": f"M{number}", "sender": "alice", kind: at, "text": f"{number} {at}"}


LINES = st.lists(
    st.builds(line, st.integers(0, 5), st.sampled_from(["at", "editedAt", "deletedAt"]), st.integers(0, 10))
)


@given(LINES, st.integers(0, 10).map(EpochMs))
def test_no_line_that_is_left_is_old_or_about_an_old_message(
    lines: list[dict[str, Any]], before: EpochMs
) -> None:
    left = list(younger(lines, before))
    assert not any(is_older(kept, before) for kept in left)
    assert [kept for kept in lines if kept in left] == left or len(left) < len(lines)
    for kept in left:
        if "at" not in kept:
            came = [
                other for other in lines[: lines.index(kept)] if other["id"] == kept["id"] and "at" in other
            ]
            assert not any(is_older(other, before) for other in came)


@given(LINES)
def test_nothing_is_left_out_where_nothing_is_old(lines: list[dict[str, Any]]) -> None:
    assert list(younger(lines, EpochMs(0))) == lines
