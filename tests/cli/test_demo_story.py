"""The demo's narration: what is new to a conversation, told once."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from nanie_actors.cli.demo_story import Story

AT = 1735716600000  # Wednesday 2025-01-01 07:30 UTC


def event(number: int, label: str = "Bottle") -> dict[str, Any]:
    return {"id": f"e{number}", "timestamp": AT, "type": "feeding", "label": label}


def update(revision: int, *events: dict[str, Any]) -> dict[str, Any]:
    data = {"groupName": "Mia", "groupId": "1@g.us", "events": list(events), "revision": revision}
    return {"type": "DATA", "update": "TIMELINE", "data": data}


def told(story: Story, conversation: str, message: dict[str, Any]) -> list[str]:
    return [line.text for line in story.tell(conversation, message)]


def test_a_new_event_is_told_with_its_time_and_kind() -> None:
    assert told(Story(UTC), "anna", update(1, event(1))) == [
        "◂ Mia, revision 1: 1 new event",
        "    Wed 07:30  feeding    Bottle",
    ]


def test_only_what_is_new_in_an_update_is_told() -> None:
    story = Story(UTC)
    story.tell("anna", update(1, event(1)))
    assert told(story, "anna", update(2, event(1), event(2, "Left"))) == [
        "◂ Mia, revision 2: 1 new event",
        "    Wed 07:30  feeding    Left",
    ]


def test_the_second_conversation_of_a_group_is_not_told_all_over() -> None:
    story = Story(UTC)
    story.tell("anna", update(1, event(1)))
    assert told(story, "ben", update(1, event(1))) == ["◂ Mia, revision 1: 1 new event, shown above"]


def test_an_event_that_became_different_is_a_change() -> None:
    story = Story(UTC)
    story.tell("anna", update(1, event(1)))
    assert told(story, "anna", update(2, event(1) | {"synced": True})) == [
        "◂ Mia, revision 2: 1 event changed"
    ]


def test_many_new_events_are_cut_to_the_newest() -> None:
    lines = told(Story(UTC), "anna", update(9, *(event(number, f"No {number}") for number in range(9))))
    assert lines[0] == "◂ Mia, revision 9: 9 new events"
    assert lines[1] == "    … 5 earlier ones"
    assert [line[-4:] for line in lines[2:]] == ["No 5", "No 6", "No 7", "No 8"]


def test_what_a_conversation_has_when_it_links_is_not_new_later() -> None:
    story = Story(UTC)
    linked = {"type": "DATA", "data": update(1, event(1))["data"]}
    assert told(story, "anna", linked) == ["has the timeline of Mia: 1 event so far"]
    assert told(story, "anna", update(2, event(1), event(2)))[0].endswith("1 new event")


def test_refusals_are_told_with_their_reason() -> None:
    error = {"type": "ERROR", "code": "FORBIDDEN_GROUP", "error": "There is no such group."}
    assert told(Story(UTC), "eve", error) == ["is answered FORBIDDEN_GROUP: There is no such group."]


def test_what_each_conversation_saw_is_counted() -> None:
    story = Story(UTC)
    for revision in (1, 2):
        story.tell("anna", update(revision, *(event(number) for number in range(revision))))
    seen = story.seen["anna"]
    assert (seen.group, len(seen.events), seen.updates) == ("Mia", 2, 2)
