"""A message that somebody follows, from the account to the conversations, in a household run by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from household import Household, Verbatim
from making import GROUP, NOON, OTHER_GROUP, message

from nanie_actors.following.trail import Trail
from nanie_actors.following.trails import MOST_AWAITED, Trails
from nanie_actors.messages import GroupIdle
from nanie_actors.model import ConversationId, GroupId, GroupSeen, MessageArrived, MessageId
from nanie_actors.observability.trails import GroupFollower
from nanie_actors.runtime import ManualClock

WHOLE_WAY = ["received", "routed", "decided", "durable", "applied", "told", "encoded", "accepted"]


class Watcher:
    """Follows one group of a household and keeps the newest trail of each message."""

    def __init__(self, house: Household, group: GroupId = GROUP) -> None:
        self.heard: list[dict[str, Any]] = []
        self.stop: Callable[[], None] = house.tree.trails.follow(GroupFollower(group, self.heard.append))

    def trail(self, number: int) -> dict[str, Any]:
        return [trail for trail in self.heard if trail["message"] == f"M{number}"][-1]

    def stages(self, number: int) -> list[str]:
        return [step["stage"] for step in self.trail(number)["stages"]]


def linked_house(*conversations: str, **more: Any) -> Household:
    house = Household(**more)
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), GroupSeen(OTHER_GROUP, NOON, "Club", 3))
    house.run()
    for conversation in conversations:
        house.link(conversation, GROUP)
    return house


def say(house: Household, number: int, text: str = "bottle", group: GroupId = GROUP) -> None:
    house.tell(MessageArrived(message(number, text, group=group)))
    house.run()


def test_a_message_is_seen_at_every_stage_until_its_conversation_has_it() -> None:
    house = linked_house("anna")
    watcher = Watcher(house)
    say(house, 1)
    trail = watcher.trail(1)
    assert watcher.stages(1) == WHOLE_WAY
    assert [step["actor"] for step in trail["stages"]] == [
        "gateway",
        "gateway",
        *[f"group/{GROUP}"] * 4,
        *["conversation/anna"] * 2,
    ]
    assert (trail["group"], trail["done"]) == (GROUP, True)
    assert [heard["done"] for heard in watcher.heard] == [False] * len(WHOLE_WAY) + [True]


def test_stages_are_told_in_microseconds_since_the_first() -> None:
    house = linked_house("anna")
    watcher = Watcher(house)
    house.clock.advance(100.0)
    house.tell(MessageArrived(message(1)))
    house.clock.advance(0.25)
    house.run()
    at_us = [step["at_us"] for step in watcher.trail(1)["stages"]]
    assert at_us == [0, *[250_000] * (len(WHOLE_WAY) - 1)]


def test_only_the_group_that_is_followed_is_seen_and_only_while_it_is() -> None:
    house = linked_house("anna")
    say(house, 1)
    watcher = Watcher(house)
    say(house, 2, group=OTHER_GROUP)
    assert watcher.heard == []
    watcher.stop()
    say(house, 3)
    assert watcher.heard == []
    assert not house.tree.trails.following


def test_every_conversation_is_waited_for() -> None:
    house = linked_house("anna", "bert")
    watcher = Watcher(house)
    house.transport.open = False
    say(house, 1)
    assert sorted(watcher.stages(1)) == sorted([*WHOLE_WAY[:-1], "encoded"])
    house.transport.waiting.pop(0)(True)
    house.run()
    assert not watcher.trail(1)["done"]
    house.transport.accept()
    house.run()
    assert watcher.trail(1)["done"]
    assert watcher.stages(1).count("accepted") == 2


def test_what_flies_with_a_later_push_is_accepted_with_that() -> None:
    house = linked_house("anna")
    watcher = Watcher(house)
    house.transport.open = False
    for number in (1, 2, 3):
        say(house, number)
    assert [watcher.trail(number)["done"] for number in (1, 2, 3)] == [False] * 3
    house.transport.accept()
    house.run()
    assert [watcher.stages(number) for number in (1, 2, 3)] == [WHOLE_WAY] * 3
    assert [watcher.trail(number)["done"] for number in (1, 2, 3)] == [True] * 3


def test_a_push_that_never_arrives_ends_the_trail_without_being_accepted() -> None:
    house = linked_house("anna")
    watcher = Watcher(house)
    house.transport.open = False
    say(house, 1)
    house.transport.waiting.pop()(False)
    house.run()
    assert (watcher.stages(1), watcher.trail(1)["done"]) == (WHOLE_WAY[:-1], True)


def test_an_answer_that_shows_the_timeline_spares_the_push() -> None:
    house = linked_house("anna")
    watcher = Watcher(house)
    house.transport.open = False
    say(house, 1)
    say(house, 2)
    house.put("anna", {"action": "GET_STATUS"})
    house.run()
    assert (watcher.stages(2), watcher.trail(2)["done"]) == (WHOLE_WAY[:6], True)
    assert not watcher.trail(1)["done"]


def test_who_is_unlinked_is_waited_for_no_more() -> None:
    house = linked_house("anna")
    watcher = Watcher(house)
    house.transport.open = False
    say(house, 1)
    house.put("anna", {"action": "UNLINK_GROUP"})
    house.run()
    assert watcher.trail(1)["done"]


def test_a_message_that_nobody_listens_to_ends_on_the_disk() -> None:
    house = linked_house()
    watcher = Watcher(house)
    say(house, 1)
    assert (watcher.stages(1), watcher.trail(1)["done"]) == (WHOLE_WAY[:5], True)


def test_a_repetition_is_decided_and_that_is_all() -> None:
    house = linked_house("anna")
    say(house, 1)
    watcher = Watcher(house)
    say(house, 1)
    assert (watcher.stages(1), watcher.trail(1)["done"]) == (WHOLE_WAY[:3], True)


def test_a_message_waits_for_a_group_that_goes_to_sleep_and_is_followed_to_its_successor() -> None:
    house = linked_house("anna")
    watcher = Watcher(house)
    house.tree.registry.tell(GroupIdle(GROUP))
    say(house, 1)
    assert watcher.stages(1) == WHOLE_WAY


def test_what_is_tried_again_is_seen_so() -> None:
    house = linked_house("anna", extractor=Verbatim(poison=None))
    watcher = Watcher(house)
    house.disk.files.fail("write", 28, count=1)
    say(house, 1)
    house.wait(5)
    assert watcher.trail(1)["done"]
    assert watcher.stages(1) == WHOLE_WAY


def test_a_message_that_is_put_aside_on_disk_is_over() -> None:
    house = linked_house("anna", supervision={"max_restarts": 0, "window_s": 60.0})
    watcher = Watcher(house)
    say(house, 1, "boom")
    say(house, 2)
    house.wait(5)
    assert (watcher.stages(2), watcher.trail(2)["done"]) == (WHOLE_WAY[:2], True)


def test_a_follower_that_fails_harms_no_message(caplog: pytest.LogCaptureFixture) -> None:
    house = linked_house("anna")

    def fail(_: dict[str, Any]) -> None:
        raise ValueError("the follower failed")

    house.tree.trails.follow(GroupFollower(GROUP, fail))
    say(house, 1)
    assert house.shown("anna") == ["bottle"]
    assert "a follower failed" in caplog.text


def test_trails_that_wait_are_bounded_and_the_oldest_ends_first() -> None:
    trails, ended = Trails(ManualClock()), []

    def ends(trail: dict[str, Any]) -> None:
        if trail["done"]:
            ended.append(trail["message"])

    trails.follow(GroupFollower(GROUP, ends))
    for number in range(MOST_AWAITED + 2):
        trail = trails.begin(MessageArrived(message(number)))
        assert isinstance(trail, Trail)
        trails.told([trail], f"group/{GROUP}", number + 1, [ConversationId("anna")])
        trail.settle()
    assert ended == [MessageId("M0"), MessageId("M1")]
    trails.pushed(ConversationId("anna"), GROUP, MOST_AWAITED + 2, accepted=True)
    assert len(ended) == MOST_AWAITED + 2
