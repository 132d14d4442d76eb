"""The registry's hard cases: children that fail, are given up, or are told things while the worker stops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from household import Household
from making import GROUP, NOON, OTHER_GROUP, message

from nanie_actors.actors.push_ledger import PushLedger
from nanie_actors.messages import Settled, Unquarantine
from nanie_actors.model import ConversationId, GroupSeen, MessageArrived
from nanie_actors.storage.disk import Lane

NAME = f"group/{GROUP}"
INNER_FAULT: Any = Settled(1, None)  # type: ignore[arg-type]
"""A system message that no group can handle."""


def linked(**sections: Any) -> Household:
    """Conversation `one` is linked to one group, `two` to another."""
    house = Household(**sections)
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), GroupSeen(OTHER_GROUP, NOON, "Club", 3))
    house.run()
    house.link("one", GROUP)
    house.link("two", OTHER_GROUP)
    return house


def linked_alone(**sections: Any) -> Household:
    """Conversation `one` is linked to the only group that is awake."""
    house = Household(**sections)
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    arrive(house, "fed")
    house.wait(1)
    return house


def arrive(house: Household, *texts: str, first: int = 1) -> None:
    for number, text in enumerate(texts, first):
        house.tell(MessageArrived(message(number, text)))


def decide(house: Household, *, skip: bool) -> list[bool]:
    answers: list[bool] = []
    house.tree.registry.tell(Unquarantine(GROUP, skip, answers.append))
    house.run()
    return answers


def run_until(house: Household, reached: Callable[[], bool]) -> None:
    """Take single steps up to a moment of interest."""
    while not reached():
        assert house.dispatcher.run_one() or house.disk.run()


def is_draining(house: Household) -> bool:
    """Whether the group, the only one, settles its last things before it sleeps."""
    return bool(house.own_words("registry")["lives"].get("draining"))


def told_to_stop(house: Household) -> bool:
    """Whether the group's files are written and the stop is in its mailbox."""
    depth = next(report.depth for report in house.system.reports() if report.name == NAME)
    return depth == 1 and house.own_words(NAME)["life"] != "draining" and len(house.file(GROUP)) == 1


# ── quarantine ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_group_that_fails_again_after_a_retry_still_has_everything() -> None:
    """Law 9: the poison is kept for `retry` or `skip`, however often it is retried."""
    house = linked()
    arrive(house, "boom", "slept")
    house.wait(60)
    arrive(house, "bath", first=3)
    house.run()
    assert decide(house, skip=False) == [True]
    house.wait(60)
    arrive(house, "woke", first=4)
    house.run()
    house.crash()
    house.wait(60)
    house.extractor.poison = None
    assert decide(house, skip=False) == [True]
    assert house.shown("one") == ["boom", "slept", "bath", "woke"]
    assert house.tree.ingress.inside == 0


def test_a_skip_leaves_out_the_poison_and_nothing_else() -> None:
    house = linked(supervision={"max_restarts": 0})
    house.disk.files.fail("write", 28, name=".log", count=1)
    arrive(house, "fed", "boom", "slept")
    house.run()
    assert decide(house, skip=True) == [True]
    assert house.shown("one") == ["fed", "slept"]
    assert house.tree.ingress.inside == 0


def test_a_skip_of_what_is_no_event_leaves_out_none() -> None:
    """A group whose files were damaged failed on no message at all."""
    house = linked()
    arrive(house, "fed")
    house.run()
    assert house.stop()
    path = house.layout.timeline(GROUP)
    good = house.disk.read(path)
    assert good is not None
    house.disk.replace(path, b"garbage", lane=Lane.BULK, done=lambda _: None)
    house.run()
    house.crash()
    arrive(house, "slept", first=2)
    house.run()
    assert house.tree.ingress.inside == 0
    house.disk.replace(path, good, lane=Lane.BULK, done=lambda _: None)
    house.run()
    assert decide(house, skip=True) == [True]
    assert house.shown("one") == ["fed", "slept"]


def test_what_arrives_while_a_group_is_given_up_is_kept_in_order() -> None:
    """The lease goes back before a group is given up, as before a stop: nobody sends to a closed mailbox."""
    house = linked(supervision={"max_restarts": 0})
    texts = ["1", "2", "boom", *(str(n) for n in range(4, 31))]
    waiting = list(enumerate(texts, 1))
    while house.dispatcher.run_one() or house.disk.run() or waiting:
        if waiting:
            number, text = waiting.pop(0)
            arrive(house, text, first=number)
    assert house.life(NAME) is None
    house.extractor.poison = None
    assert decide(house, skip=False) == [True]
    assert house.shown("one") == texts
    assert "Deliver" not in [note.message_type for note in house.dead_letters.last()]
    assert house.tree.ingress.inside == 0


def test_a_quarantined_group_owes_nothing_to_who_leaves_it() -> None:
    house = linked()
    house.transport.open = False
    arrive(house, "fed")
    house.run()
    assert house.tree.pushes.owes(ConversationId("one"), GROUP)
    arrive(house, "boom", first=2)
    house.wait(60)
    house.say("one", "UNLINK_GROUP")
    assert not house.tree.pushes.owes(ConversationId("one"), GROUP)


def test_foreign_files_beside_the_parked_events_disturb_nobody() -> None:
    house = linked()
    for name in ("notes.txt", "120363000000000001@g.us.jsonl.tmp", "x.jsonl"):
        house.disk.append(house.layout.parked / name, b"x\n", lane=Lane.BULK, done=lambda _: None)
    house.run()
    house.crash()
    house.run()
    assert house.failures == []
    assert house.say("one", "GET_STATUS")[0]["type"] == "DATA"


# ── children that end ───────────────────────────────────────────────────────────────────────────────────


def test_a_group_that_fails_when_it_was_told_to_stop_has_a_successor() -> None:
    house = linked_alone()
    house.clock.advance(601)
    run_until(house, lambda: told_to_stop(house))
    house.actor(NAME).tell_system(INNER_FAULT)
    house.wait(60)
    arrive(house, "slept", first=2)
    house.run()
    assert house.shown("one") == ["fed", "slept"]


def test_a_conversation_that_is_given_up_is_shown_its_timeline_again() -> None:
    house = linked()
    house.transport.poison = b"INVALID_MESSAGE"
    row = house.put("one", '{"action":')
    house.wait(60)
    arrive(house, "fed")
    house.run()
    answers = [orjson.loads(out.body)["code"] for out, _ in house.transport.out if out.in_reply_to == row]
    assert answers == ["INTERNAL"]
    assert house.shown("one") == ["fed"]
    assert house.tree.inbox.inside == 0
    assert house.dead_letters.total() == 0


def test_a_command_of_a_conversation_that_is_given_up_is_answered() -> None:
    house = linked(supervision={"max_restarts": 0})
    row = house.put("one", {"action": "SELECT_GROUP", "groupId": OTHER_GROUP})
    house.dispatcher.run_until_idle()
    house.transport.poison = b'"TIMELINE"'
    arrive(house, "fed")
    house.dispatcher.run_until_idle()
    house.disk.run_batch(Lane.COMMIT)
    house.dispatcher.run_until_idle()
    house.transport.poison = None
    house.wait(60)
    answers = [orjson.loads(out.body)["type"] for out, _ in house.transport.out if out.in_reply_to == row]
    assert answers == ["ERROR"]
    assert house.tree.inbox.inside == 0
    assert house.mappings()["one"]["groupId"] == OTHER_GROUP
    house.tell(MessageArrived(message(1, "ran", group=OTHER_GROUP)))
    house.run()
    assert house.shown("one") == ["ran"]


def test_a_conversation_that_its_next_row_brings_back_is_shown_its_timeline() -> None:
    """It was given up over a push: nothing is left of it but what it is owed."""
    house = linked(supervision={"max_restarts": 0})
    house.transport.poison = b'"TIMELINE"'
    arrive(house, "fed")
    house.run()
    assert house.life("conversation/one") is None
    house.transport.poison = None
    house.say("one", "LIST_GROUPS")
    assert house.shown("one") == ["fed"]
    assert house.tree.pushes.groups() == set()


def test_a_group_that_was_to_be_erased_is_kept_if_it_was_linked_again() -> None:
    """Erasing is for groups that nobody is linked to when it happens, not when it was decided."""
    house = linked(groups={"on_orphaned": "erase"})
    arrive(house, "boom")
    house.run()
    house.say("one", "DELETE_CONVERSATION")
    house.extractor.poison = None
    house.put("three", {"action": "SELECT_GROUP", "groupId": GROUP})
    house.wait(60)
    arrive(house, "slept", first=2)
    house.wait(1_300)
    assert "slept" in [event["label"] for event in house.file(GROUP)]


def test_a_group_that_goes_to_sleep_when_it_should_be_erased_is_erased() -> None:
    house = linked_alone(groups={"on_orphaned": "erase"})
    house.clock.advance(601)
    run_until(house, lambda: is_draining(house))
    house.put("one", {"action": "DELETE_CONVERSATION"})
    house.wait(5)
    assert house.disk.read(house.layout.timeline(GROUP)) is None
    assert house.life(NAME) is None


def test_leaving_a_group_does_not_cancel_what_another_group_owes() -> None:
    """The old group hears of a move when it comes to it, perhaps after the new one has something to show."""

    class Document:
        def load(self) -> None:
            return None

        def save(self, value: object, done: object) -> None:
            """Not saved here."""

    ledger, one = PushLedger(Document()), ConversationId("one")
    ledger.owe(one, OTHER_GROUP, 1)
    ledger.cancel(one, GROUP)
    assert ledger.owes(one, OTHER_GROUP)
    ledger.cancel(one, OTHER_GROUP)
    assert not ledger.owes(one, OTHER_GROUP)


# ── the stop ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_worker_stops_with_a_quarantined_group_that_somebody_is_linked_to() -> None:
    house = linked()
    arrive(house, "boom")
    house.wait(60)
    assert house.stop()


def test_a_command_that_comes_while_its_group_goes_to_sleep_and_the_worker_stops_is_carried_out() -> None:
    house = linked_alone()
    house.clock.advance(601)
    run_until(house, lambda: is_draining(house))
    row = house.put("one", {"action": "ADD_EVENT", "text": "bath"})
    for _ in range(4):
        house.dispatcher.run_one()
    stopped = house.stop_soon()
    house.run()
    answers = [orjson.loads(out.body)["text"] for out, _ in house.transport.out if out.in_reply_to == row]
    assert answers == ["Event added"]
    assert stopped == [True]
    assert [event["label"] for event in house.file(GROUP)] == ["fed", "bath"]


def test_a_row_that_wakes_a_group_while_the_worker_stops_does_not_hold_the_stop_up() -> None:
    house = linked()
    house.wait(1_300)
    assert house.life(NAME) is None
    row = house.put("one", {"action": "GET_STATUS"})
    stopped = house.stop_soon()
    house.run()
    assert stopped == [True]
    assert [out.in_reply_to for out, _ in house.transport.out][-1] == row


def test_the_worker_stops_after_a_conversation_failed_with_replies_on_their_way() -> None:
    house = linked()
    house.transport.open = False
    house.say("one", "LIST_GROUPS")
    house.transport.poison = b"INVALID_MESSAGE"
    house.put("one", '{"action":')
    house.run()
    house.transport.poison = None
    house.wait(5)
    house.transport.accept()
    assert house.stop()


def test_events_that_a_refusing_disk_did_not_take_are_put_aside_at_the_stop() -> None:
    house = linked()
    house.disk.files.fail("write", 28, name=".log", count=10_000)
    house.disk.files.fail("open_append", 28, name=".log", count=10_000)
    arrive(house, "fed")
    house.run()
    stopped = house.stop_soon()
    house.wait(3)
    assert stopped == [True]
    assert house.tree.ingress.inside == 0
    house.disk.files.heal()
    house.crash()
    house.run()
    assert house.shown("one") == ["fed"]


# ── names ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_group_that_is_renamed_while_it_is_being_linked_has_its_new_name() -> None:
    house = linked()
    house.put("one", {"action": "SELECT_GROUP", "groupId": OTHER_GROUP})
    house.dispatcher.run_until_idle()
    house.tell(GroupSeen(OTHER_GROUP, NOON, "The Club", None))
    house.dispatcher.run_until_idle()
    house.disk.run_batch(Lane.COMMIT)
    house.run()
    assert house.mappings()["one"]["groupName"] == "The Club"
    assert house.transport.titles["one"] == "The Club"


def test_a_registry_that_does_not_know_the_gateway_yet_can_be_looked_at() -> None:
    house = Household()
    assert house.own_words("registry")["lives"] == {}
