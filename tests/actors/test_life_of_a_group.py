"""Groups start, sleep, wake, fail and come back; nothing that was told is lost, doubled or out of order."""

from __future__ import annotations

from errno import ENOSPC
from random import Random
from typing import Any

import pytest
from household import Household
from hypothesis import given, settings
from hypothesis import strategies as st
from making import GROUP, NOON, OTHER_GROUP, message

from nanie_actors.messages import PassivateGroup, SnapshotAll, Unquarantine
from nanie_actors.model import ConnectionChanged, GroupId, GroupSeen, MessageArrived
from nanie_actors.storage.disk import Lane
from nanie_actors.storage.shared_log import SharedLog

SLEEP_S = 600.0


def linked(**sections: Any) -> Household:
    """One conversation linked to one group."""
    house = Household(**sections)
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    return house


def arrive(house: Household, *texts: str, first: int = 1) -> None:
    for number, text in enumerate(texts, first):
        house.tell(MessageArrived(message(number, text)))


def test_nobody_is_told_before_an_event_is_on_disk() -> None:
    """Law 2: an event counts as accepted when it is on disk; only then is anybody told."""
    house = linked()
    arrive(house, "fed")
    house.dispatcher.run_until_idle()
    assert house.pushes("one") == []
    assert house.tree.ingress.inside == 1
    house.run()
    assert house.shown("one") == ["fed"]
    assert house.tree.ingress.inside == 0


def test_a_message_takes_effect_once_over_sleep_and_crash() -> None:
    """Law 3."""
    house = linked()
    arrive(house, "fed")
    arrive(house, "fed")
    house.wait(2 * SLEEP_S)
    assert house.life(f"group/{GROUP}") is None
    arrive(house, "fed")
    house.run()
    house.crash()
    arrive(house, "fed", "slept")
    house.run()
    assert house.shown("one") == ["fed", "slept"]


def test_an_idle_group_sleeps_with_its_files_whole_and_an_event_wakes_it() -> None:
    house = linked()
    arrive(house, "fed")
    house.wait(2 * SLEEP_S)
    assert house.life(f"group/{GROUP}") is None
    assert [event["label"] for event in house.file(GROUP)] == ["fed"]
    assert house.tree.log.groups() == []
    arrive(house, "slept", first=2)
    house.run()
    assert house.shown("one") == ["fed", "slept"]


def test_a_command_wakes_a_sleeping_group() -> None:
    house = linked()
    arrive(house, "fed")
    house.wait(2 * SLEEP_S)
    assert [e["label"] for e in house.say("one", "GET_STATUS")[0]["data"]["events"]] == ["fed"]


def test_a_sleeping_groups_conversations_sleep_as_well() -> None:
    house = linked()
    house.wait(2 * SLEEP_S)
    house.wait(2 * SLEEP_S)
    assert house.life("conversation/one") is None


def test_what_arrives_while_a_group_goes_to_sleep_reaches_its_successor_in_order() -> None:
    """Law 2 and 4: the lease is revoked before the stop; nobody else can send to a stopping group."""
    house = linked()
    house.clock.advance(0.1)
    arrive(house, "1")
    house.run()
    house.clock.advance(SLEEP_S + 1)
    sent = 1
    while house.dispatcher.run_one() or house.disk.run():
        if sent < 30:
            sent += 1
            arrive(house, str(sent), first=sent)
    house.run()
    assert house.shown("one") == [str(n) for n in range(1, 31)]
    assert house.dead_letters.total() == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 400), max_size=6), st.booleans())
def test_no_interleaving_of_sleep_crash_and_traffic_loses_doubles_or_reorders(
    seed: int, crashes: list[int], power_loss: bool
) -> None:
    """Laws 1 to 4, over schedules of the hand-run dispatcher; whoever was not settled is sent again."""
    random = Random(seed)
    house = Household(schedule=random)
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), GroupSeen(OTHER_GROUP, NOON, "Club", 3))
    house.run()
    house.link("one", GROUP)
    house.link("two", OTHER_GROUP)
    settled, step = 0, 0
    total = 12
    while settled < total:
        house.tell(GroupSeen(OTHER_GROUP, NOON, "Club", 3))
        for number in range(settled + 1, total + 1):
            house.tell(MessageArrived(message(number, f"a{number:02}")))
            house.tell(MessageArrived(message(number, f"b{number:02}", group=OTHER_GROUP)))
        while house.dispatcher.run_one() or house.disk.run():
            step += 1
            if step in crashes:
                house.crash(power_loss=power_loss)
                break
            if random.random() < 0.02:
                house.clock.advance(SLEEP_S)
        else:
            settled = total
    house.run()
    for conversation, letter in (("one", "a"), ("two", "b")):
        events = house.say(conversation, "GET_STATUS")[0]["data"]["events"]
        assert [e["label"] for e in events] == [f"{letter}{n:02}" for n in range(1, total + 1)]
    assert house.failures == []
    assert house.dead_letters.total() == 0
    assert house.tree.ingress.inside == 0


def test_a_crash_loses_nothing_that_was_pushed() -> None:
    house = linked()
    arrive(house, *[str(n) for n in range(20)])
    house.run()
    shown = house.shown("one")
    house.crash(power_loss=True)
    house.run()
    assert house.say("one", "GET_STATUS")[0]["data"]["events"] != []
    assert house.shown("one") == shown


def test_the_revision_never_goes_back_over_a_crash() -> None:
    house = linked()
    arrive(house, "fed", "slept")
    house.run()
    before = house.say("one", "GET_STATUS")[0]["data"]["revision"]
    house.crash()
    house.run()
    assert house.say("one", "GET_STATUS")[0]["data"]["revision"] == before
    arrive(house, "bath", first=3)
    house.run()
    assert house.pushes("one")[-1]["data"]["revision"] > before


# ── failures ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_failing_message_is_tried_again_and_then_the_group_is_quarantined() -> None:
    house = linked()
    arrive(house, "fed", "boom", "slept")
    house.wait(60)
    assert house.life(f"group/{GROUP}") is None
    (answer,) = house.say("one", "GET_STATUS")
    assert answer["code"] == "UNAVAILABLE"
    assert "boom" not in answer["error"]
    assert house.tree.ingress.inside == 0
    assert house.dead_letters.total() == 0


def decide(house: Household, group: GroupId, *, skip: bool) -> list[bool]:
    answers: list[bool] = []
    house.tree.registry.tell(Unquarantine(group, skip, answers.append))
    house.run()
    return answers


def test_a_quarantined_group_skips_its_poison_and_takes_up_the_rest_in_order() -> None:
    house = linked()
    arrive(house, "fed", "boom", "slept")
    house.wait(60)
    arrive(house, "bath", first=4)
    house.run()
    assert decide(house, GROUP, skip=True) == [True]
    assert house.shown("one") == ["fed", "slept", "bath"]
    assert house.tree.ingress.inside == 0


def test_a_quarantined_group_is_retried_when_its_cause_is_gone() -> None:
    house = linked()
    arrive(house, "fed", "boom", "slept")
    house.wait(60)
    house.extractor.poison = None
    assert decide(house, GROUP, skip=False) == [True]
    (status,) = house.say("one", "GET_STATUS")
    assert [e["label"] for e in status["data"]["events"]] == ["fed", "boom", "slept"]
    assert decide(house, GROUP, skip=False) == [False]


def test_what_a_quarantined_group_was_told_survives_a_crash() -> None:
    house = linked()
    arrive(house, "boom", "slept")
    house.wait(60)
    arrive(house, "bath", first=3)
    house.run()
    house.extractor.poison = None
    house.crash()
    house.run()
    context = house.say("one", "GET_CONTEXT")[0]["data"]["context"]
    assert [m["text"] for m in context["messages"]] == ["boom", "slept", "bath"]


def test_a_failing_group_holds_up_nobody_else() -> None:
    """Law 5."""
    house = linked()
    house.tell(GroupSeen(OTHER_GROUP, NOON, "Club", 3))
    house.run()
    house.link("two", OTHER_GROUP)
    arrive(house, "boom")
    house.tell(MessageArrived(message(1, "ran", group=OTHER_GROUP)))
    house.run()
    assert house.shown("two") == ["ran"]


def test_damaged_files_stop_their_group_alone_and_are_kept() -> None:
    house = linked()
    house.tell(GroupSeen(OTHER_GROUP, NOON, "Club", 3))
    arrive(house, "fed")
    house.run()
    house.link("two", OTHER_GROUP)
    assert house.stop()
    path = house.layout.timeline(GROUP)
    house.disk.replace(path, b"garbage", lane=Lane.BULK, done=lambda _: None)
    house.run()
    house.crash()
    assert house.say("one", "GET_STATUS")[0]["code"] == "UNAVAILABLE"
    assert house.say("two", "GET_STATUS")[0]["type"] == "DATA"
    assert house.disk.read(path) == b"garbage"


def test_a_link_in_the_middle_of_a_snapshot_extracts_every_logged_message() -> None:
    """What a snapshot is just writing is in the message log neither of the last one nor of the next."""
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    for first in range(0, 990, 90):
        arrive(house, *[f"{n:04}" for n in range(first, first + 90)], first=first + 1)
        house.run()
    house.put("one", {"action": "SELECT_GROUP", "groupId": GROUP})
    house.dispatcher.run_until_idle()
    arrive(house, *[f"{n:04}" for n in range(990, 1_020)], first=991)
    progressed = True
    while progressed:
        house.dispatcher.run_until_idle()
        progressed = bool(house.disk.run_batch(Lane.COMMIT)) or house.disk.run_one(Lane.BULK)
    house.run()
    assert house.shown("one") == [f"{n:04}" for n in range(520, 1_020)]
    assert house.stop()
    assert len(house.file(GROUP)) == 1_020


# ── a disk that refuses ─────────────────────────────────────────────────────────────────────────────────


def test_a_full_disk_refuses_commands_keeps_events_and_recovers() -> None:
    house = linked()
    arrive(house, "fed")
    house.run()
    house.disk.files.fail("write", ENOSPC, name=".log", count=10_000)
    house.disk.files.fail("open_append", ENOSPC, name=".log", count=10_000)
    arrive(house, "slept", first=2)
    house.run()
    assert house.shown("one") == ["fed"]
    (answer,) = house.say("one", "ADD_EVENT", text="bath")
    assert answer["code"] == "UNAVAILABLE"
    assert [e["label"] for e in house.say("one", "GET_STATUS")[0]["data"]["events"]] == ["fed"]
    arrive(house, "woke", first=3)
    house.run()
    assert house.tree.ingress.inside == 2
    house.disk.files.heal()
    house.wait(5)
    assert house.shown("one") == ["fed", "slept", "woke"]
    assert house.tree.ingress.inside == 0


def test_a_snapshot_that_fails_loses_nothing() -> None:
    house = linked()
    arrive(house, "fed")
    house.run()
    house.disk.files.fail("open_new", ENOSPC, name="timeline", count=10_000)
    results: list[object] = []
    house.tree.registry.tell(SnapshotAll(None, results.append))
    house.run()
    assert "failed" in repr(results)
    house.wait(2 * SLEEP_S)
    assert house.life(f"group/{GROUP}") is not None
    house.disk.files.heal()
    arrive(house, "slept", first=2)
    house.wait(2 * SLEEP_S)
    assert [event["label"] for event in house.file(GROUP)] == ["fed", "slept"]


# ── the whole ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_snapshot_on_demand_makes_the_files_equal_the_live_timeline() -> None:
    house = linked()
    arrive(house, "fed")
    house.run()
    results: list[object] = []
    house.tree.registry.tell(SnapshotAll(GROUP, results.append))
    house.run()
    assert len(results) == 1
    assert [event["label"] for event in house.file(GROUP)] == ["fed"]


def test_a_clean_stop_leaves_files_that_equal_the_live_timelines() -> None:
    """Law 10."""
    house = linked()
    arrive(house, "fed", "slept")
    assert house.stop()
    assert [event["label"] for event in house.file(GROUP)] == ["fed", "slept"]
    assert {report.name for report in house.system.reports()} == {"guardian", "registry", "gateway"}
    assert house.tree.log.groups() == []


def test_a_segment_of_the_shared_log_goes_when_its_groups_have_caught_up() -> None:
    house = linked(storage={"segment_bytes": 65_536, "segments": 2})
    for number in range(1, 1_500):
        arrive(house, "x" * 100, first=number)
        if number % 100 == 0:
            house.run()
    house.run()
    log: SharedLog = house.tree.log
    assert log.stats().segments <= 4
    assert len(house.say("one", "GET_STATUS")[0]["data"]["events"]) == 500


def test_a_log_that_was_never_told_of_a_groups_files_is_told_at_the_next_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A crash between the last write of the files and the word to the shared log."""
    house = linked()
    arrive(house, "fed")
    monkeypatch.setattr(house.tree.log, "caught_up", lambda *_: None)
    assert house.stop()
    assert house.tree.log.groups() == [GROUP]
    house.crash()
    house.run()
    assert house.tree.log.groups() == []
    assert house.say("one", "GET_STATUS")[0]["data"]["events"][0]["label"] == "fed"


def test_what_is_no_group_is_counted_and_dropped() -> None:
    house = Household()
    house.tell(MessageArrived(message(1, group=GroupId("status@broadcast"))))
    house.tell(MessageArrived(message(1, group=GroupId("../../etc@g.us"))))
    house.tell(ConnectionChanged("phone", "online"))
    house.run()
    gateway = house.system.find("gateway")
    assert gateway is not None
    assert house.tree.ingress.inside == 0
    assert len(house.system) == 3


def test_a_group_that_is_told_to_go_on_after_a_failed_sleep_does_so() -> None:
    house = linked()
    assert PassivateGroup().erase is False
    house.disk.files.fail("open_new", ENOSPC, name="group", count=10_000)
    arrive(house, "fed")
    house.wait(2 * SLEEP_S)
    house.disk.files.heal()
    arrive(house, "slept", first=2)
    house.run()
    assert house.shown("one") == ["fed", "slept"]


@pytest.mark.parametrize("group", [GROUP])
def test_another_conversation_sees_nothing_of_a_group_it_is_not_linked_to(group: GroupId) -> None:
    house = linked()
    house.tell(GroupSeen(OTHER_GROUP, NOON, "Club", 3))
    house.run()
    house.link("two", OTHER_GROUP)
    arrive(house, "our secret")
    house.run()
    to_two = b"".join(out.body for out, _ in house.transport.out if out.conversation == "two")
    assert b"secret" not in to_two
    assert group.encode() not in to_two


def test_a_group_that_failed_before_it_could_go_to_sleep_stays_awake() -> None:
    """Its successor finds the order to sleep in the mailbox, while the registry has taken it back."""
    house = linked()
    house.actor(f"group/{GROUP}").tell(PassivateGroup(False))
    house.run()
    assert house.own_words(f"group/{GROUP}")["life"] == "active"
    house.say("one", "ADD_EVENT", text="bath")
    assert [text.text for text, _ in house.phone.sent] == ["bath"]
