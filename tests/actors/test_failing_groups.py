"""What a group owes when it fails half-way: nothing is lost, doubled or left waiting."""

from __future__ import annotations

from collections.abc import Callable
from errno import ENOSPC
from typing import Any

import pytest
from household import Household
from making import GROUP, NOON, message

from nanie_actors.actors.gate import Gate
from nanie_actors.actors.group_extraction import LogExtraction
from nanie_actors.actors.group_journal import GroupJournal
from nanie_actors.actors.group_remains import Unsettled
from nanie_actors.messages import AddListener, Deliver, RunCommand, SnapshotAll, Unquarantine
from nanie_actors.model import ConversationId, EpochMs, GroupSeen, MessageArrived, MessageId, RowId
from nanie_actors.protocol.commands import AddEvent
from nanie_actors.router.edge import RouterRow
from nanie_actors.storage.disk import DiskResult, Done, Lane
from nanie_actors.storage.group_files import GroupFiles, SnapshotData
from nanie_actors.timeline.records import GroupDescribed
from nanie_actors.timeline.state import Applied, GroupState
from nanie_actors.whatsapp.edge import SendFailed, Sent

NAME = f"group/{GROUP}"


@pytest.fixture
def house() -> Household:
    """Conversations `one` and `two` are linked to one group."""
    return linked()


def linked(**sections: Any) -> Household:
    house = Household(**sections)
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    house.link("one", GROUP)
    house.link("two", GROUP)
    return house


def arrive(house: Household, *texts: str, first: int = 1) -> None:
    for number, text in enumerate(texts, first):
        house.tell(MessageArrived(message(number, text)))


def failures(house: Household) -> int:
    return next(report.failed for report in house.system.reports() if report.name == NAME)


def fail(house: Household, number: int = 90) -> None:
    """Let the group fail once; it is restarted after a moment, and then handles what it failed at."""
    house.extractor.poison = "boom"
    arrive(house, "boom", first=number)
    house.dispatcher.run_until_idle()
    assert house.life(NAME) == "failed"
    house.extractor.poison = None


def restart(house: Household) -> None:
    """The backoff is over; nothing comes from the disk yet."""
    house.clock.advance(0.2)
    house.dispatcher.run_until_idle()


def fail_once_applying(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that comes after the disk took a record and before anybody was told."""
    apply, faults = GroupState.apply, [RuntimeError("once")]

    def faulty(self: GroupState, seq: int, record: Any) -> Applied:
        if faults:
            raise faults.pop()
        return apply(self, seq, record)

    monkeypatch.setattr(GroupState, "apply", faulty)


def labels(answers: list[dict[str, Any]]) -> list[str]:
    (answer,) = answers
    return [event["label"] for event in answer["data"]["events"]]


# ── while it recovers ───────────────────────────────────────────────────────────────────────────────────


def test_a_timer_of_a_failed_group_does_not_disturb_its_successor(house: Household) -> None:
    house.phone.outcomes = [SendFailed("offline")]
    house.say("one", "ADD_EVENT", text="bath")
    fail(house)
    restart(house)
    house.clock.advance(30)
    house.dispatcher.run_until_idle()
    assert failures(house) == 1
    house.wait(30)
    assert len(house.phone.sent) == 2


def test_the_outcome_of_a_text_that_is_told_to_a_recovering_group_is_not_lost(house: Household) -> None:
    house.phone.hold = True
    house.say("one", "ADD_EVENT", text="bath")
    fail(house)
    restart(house)
    house.phone.sent[0][1](Sent(MessageId("W1"), EpochMs(1)))
    house.dispatcher.run_until_idle()
    assert failures(house) == 1
    house.wait(1)
    events = house.say("one", "GET_STATUS")[0]["data"]["events"]
    assert {e["label"]: e.get("synced") for e in events} == {"bath": True, "boom": None}


def test_restarts_leave_no_timers_behind(house: Household) -> None:
    house.wait(5)
    before = len(house.timers)
    for number in range(90, 94):
        fail(house, number)
        house.wait(10)
    for number in range(3):
        arrive(house, "fed", first=number)
        house.wait(400)
    assert len(house.timers) == before


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many snapshots were under way whenever a group's files were read."""
    under_way, seen = [0], []
    snapshot, load = GroupFiles.snapshot, GroupFiles.load

    def watched_snapshot(self: GroupFiles, data: SnapshotData, done: Done) -> None:
        def over(result: DiskResult) -> None:
            under_way[0] -= 1
            done(result)

        under_way[0] += 1
        snapshot(self, data, over)

    def watched_load(self: GroupFiles, recent: int) -> Any:
        seen.append(under_way[0])
        return load(self, recent)

    monkeypatch.setattr(GroupFiles, "snapshot", watched_snapshot)
    monkeypatch.setattr(GroupFiles, "load", watched_load)
    return seen


def let_the_disk_go_on(house: Household) -> None:
    """One write after the other, and everybody hears of each before the next."""
    while house.disk.run_one(Lane.BULK) or house.disk.run_one(Lane.COMMIT):
        house.dispatcher.run_until_idle()


def test_a_group_is_not_loaded_while_its_predecessor_still_writes_its_files(loads: list[int]) -> None:
    """Law 1: a snapshot is many writes, and a failed group's goes on to its end."""
    house = linked()
    arrive(house, "fed")
    house.run()
    house.tree.registry.tell(SnapshotAll(GROUP, lambda _: None))
    house.dispatcher.run_until_idle()
    loads.clear()
    fail(house)
    restart(house)
    let_the_disk_go_on(house)
    assert loads == [0]
    assert labels(house.say("one", "GET_STATUS")) == ["fed", "boom"]


def test_a_group_that_was_given_up_is_not_loaded_while_its_files_are_still_written(loads: list[int]) -> None:
    house = linked(supervision={"max_restarts": 0})
    arrive(house, "fed")
    house.run()
    house.tree.registry.tell(SnapshotAll(GROUP, lambda _: None))
    house.dispatcher.run_until_idle()
    loads.clear()
    arrive(house, "boom", first=90)
    house.dispatcher.run_until_idle()
    house.tree.registry.tell(Unquarantine(GROUP, True, lambda _: None))
    house.dispatcher.run_until_idle()
    let_the_disk_go_on(house)
    assert loads == [0]
    assert labels(house.say("one", "GET_STATUS")) == ["fed"]


def test_the_revision_does_not_go_back_when_a_snapshot_was_interrupted(house: Household) -> None:
    """The timeline's file may be newer than the one that says which revision it is."""
    arrive(house, "1", "2", "3")
    house.run()
    before = house.say("one", "GET_STATUS")[0]["data"]["revision"]
    house.disk.files.fail("open_new", ENOSPC, name="group", count=1)
    house.tree.registry.tell(SnapshotAll(GROUP, lambda _: None))
    house.run()
    assert len(house.file(GROUP)) == 3
    house.crash()
    house.run()
    assert house.say("one", "GET_STATUS")[0]["data"]["revision"] >= before


# ── what was told and not settled ───────────────────────────────────────────────────────────────────────


def test_a_fault_after_the_disk_took_an_event_leaks_no_place_at_the_ingress(
    house: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(house, "fed", "slept")
    house.dispatcher.run_until_idle()
    fail_once_applying(monkeypatch)
    house.wait(5)
    assert house.tree.ingress.inside == 0
    assert house.shown("one") == ["fed", "slept"]


def test_a_fault_after_the_disk_took_a_command_does_not_lose_its_answer(
    house: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_once_applying(monkeypatch)
    row = house.put("one", {"action": "ADD_EVENT", "text": "bath"})
    house.wait(5)
    answers = [out.body for out, _ in house.transport.out if out.in_reply_to == row]
    assert answers == [b'{"type":"STATUS","text":"Event added","ephemeral":true}']
    assert labels(house.say("one", "GET_STATUS")) == ["bath"]


def test_a_resync_that_a_fault_interrupts_is_answered_at_once(
    house: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not repeated unasked: what it reads may be what the group fails at."""
    arrive(house, "fed")
    house.run()
    next_part, faults = LogExtraction.next_part, [RuntimeError("once")]

    def faulty(self: LogExtraction) -> Any:
        if faults:
            raise faults.pop()
        return next_part(self)

    monkeypatch.setattr(LogExtraction, "next_part", faulty)
    (answer,) = house.say("one", "RESYNC_HISTORY")
    assert answer["code"] == "INTERNAL"
    house.wait(5)
    assert house.say("one", "RESYNC_HISTORY")[0]["text"] == "HISTORY_RESYNCED"


def test_a_logged_message_that_the_extractor_fails_at_does_not_keep_a_group_from_being_linked() -> None:
    """Nobody could skip it: it is in the log."""
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    arrive(house, "fed", "boom", "slept")
    house.run()
    house.link("one", GROUP)
    assert house.shown("one") == ["fed", "slept"]


def test_a_question_that_waits_when_the_group_fails_is_answered_by_the_successor(
    house: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(house, "fed")
    row = house.put("two", {"action": "GET_STATUS"})
    fail_once_applying(monkeypatch)
    house.wait(5)
    assert [out.in_reply_to == row for out, _ in house.transport.out].count(True) == 1
    assert house.shown("two") == ["fed"]


def test_a_message_that_fails_on_its_way_to_the_log_is_settled_once(
    house: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    fly, faults = GroupJournal.fly, [RuntimeError("once")]

    def faulty(self: GroupJournal, last_seq: int, done: Done) -> None:
        if faults:
            raise faults.pop()
        fly(self, last_seq, done)

    monkeypatch.setattr(GroupJournal, "fly", faulty)
    arrive(house, "fed")
    house.wait(5)
    assert house.shown("one") == ["fed"]
    assert house.tree.ingress.inside == 0


def test_what_happens_right_after_a_restart_is_shown_to_everybody_who_listens(house: Household) -> None:
    """The mailbox survives a failure; the listeners have to be known before it goes on."""
    arrive(house, "fed")
    house.run()
    house.tree.registry.tell(SnapshotAll(GROUP, lambda _: None))
    house.run()
    house.extractor.poison = "boom"
    arrive(house, "boom", "slept", first=5)
    house.dispatcher.run_until_idle()
    house.extractor.poison = None
    house.clock.advance(0.2)
    while house.dispatcher.run_one() or house.disk.run():
        house.disk.run()
    assert house.shown("one") == ["fed", "boom", "slept"]


def test_a_snapshot_that_a_failure_interrupts_is_answered(house: Household) -> None:
    arrive(house, "fed")
    house.run()
    results: list[Any] = []
    house.tree.registry.tell(SnapshotAll(GROUP, results.append))
    house.dispatcher.run_until_idle()
    fail(house)
    house.wait(5)
    assert [dict(result.failed).keys() for result in results] == [{GROUP}]


# ── a disk that refuses ─────────────────────────────────────────────────────────────────────────────────


def refuse(house: Household) -> None:
    """The shared log cannot be written any more."""
    house.disk.files.fail("write", ENOSPC, name=".log", count=10_000)
    house.disk.files.fail("open_append", ENOSPC, name=".log", count=10_000)


def test_a_question_behind_a_command_that_the_disk_refuses_is_answered(house: Household) -> None:
    refuse(house)
    house.put("one", {"action": "ADD_EVENT", "text": "bath"})
    assert labels(house.say("two", "GET_STATUS")) == []


def test_a_question_behind_an_event_that_the_disk_refuses_is_answered(house: Household) -> None:
    refuse(house)
    arrive(house, "fed")
    assert labels(house.say("two", "GET_STATUS")) == []
    house.disk.files.heal()
    house.wait(5)
    assert labels(house.say("two", "GET_STATUS")) == ["fed"]


@pytest.mark.parametrize("writes_done", range(5))
def test_a_link_in_the_middle_of_a_snapshot_shows_every_logged_message_once(writes_done: int) -> None:
    """What a snapshot is just writing is perhaps not in the files yet, and not waiting for the next one."""
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    arrive(house, "1", "2")
    house.run()
    house.tree.registry.tell(SnapshotAll(GROUP, lambda _: None))
    house.dispatcher.run_until_idle()
    arrive(house, "3", first=3)
    house.dispatcher.run_until_idle()
    house.disk.run_batch(Lane.COMMIT)
    house.dispatcher.run_until_idle()
    for _ in range(writes_done):
        house.disk.run_one(Lane.BULK)
    conversation = ConversationId("one")
    house.actor(NAME).tell(AddListener(conversation, house.actor("gateway")))
    house.dispatcher.run_until_idle()
    house.run()
    house.link("one", GROUP)
    assert house.shown("one") == ["1", "2", "3"]


def test_two_snapshots_are_answered_when_the_first_cannot_be_written(house: Household) -> None:
    arrive(house, "fed")
    house.run()
    house.disk.files.fail("open_new", ENOSPC, name="timeline", count=1)
    results: list[Any] = []
    house.tree.registry.tell(SnapshotAll(GROUP, results.append))
    house.dispatcher.run_until_idle()
    house.tree.registry.tell(SnapshotAll(GROUP, results.append))
    house.run()
    assert [len(result.failed) for result in results] == [1, 0]


class LogByHand:
    """A log that settles when the test says so."""

    def __init__(self) -> None:
        self.done: list[Done] = []

    def append(self, group: object, lines: object, done: Done) -> None:
        self.done.append(done)

    def tail(self, group: object, done: Callable[[Any], None]) -> None:
        """Not asked here."""

    def caught_up(self, group: object, seq: int) -> None:
        """Not told here."""

    def forget(self, group: object, done: Done) -> None:
        """Not asked here."""


def test_a_refused_command_does_not_count_for_the_event_before_it() -> None:
    """Who waits for an event's record must not go on because a later command was refused."""
    journal = GroupJournal(GROUP, LogByHand(), Unsettled())
    went_on: list[str] = []
    ticket = Gate("test", places=1, per_key=1).admit(GROUP)
    journal.add(GroupDescribed(NOON, "Family", None), Deliver(GroupSeen(GROUP, NOON, "Family", 3), ticket))
    journal.when_settled(lambda: went_on.append("too early"))
    row = RouterRow(RowId("r"), ConversationId("one"), "", "hand")
    command = RunCommand(GROUP, row, None, AddEvent(action="ADD_EVENT", text="x"))  # type: ignore[arg-type]
    journal.add(GroupDescribed(NOON, "Other", None), command)
    journal.fly(0, lambda _: None)
    assert journal.failed() == [command]
    journal.wake_waiters()
    assert went_on == []


# ── listeners, texts, names ─────────────────────────────────────────────────────────────────────────────


def test_a_group_that_is_left_and_joined_at_once_stays_active() -> None:
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3), MessageArrived(message(1, "fed")))
    house.run()
    house.link("one", GROUP)
    house.put("one", {"action": "UNLINK_GROUP"})
    house.put("two", {"action": "SELECT_GROUP", "groupId": GROUP})
    house.dispatcher.run_until_idle()
    while house.disk.run_batch(Lane.BULK):
        house.dispatcher.run_until_idle()
    house.run()
    arrive(house, "later", first=2)
    house.run()
    assert house.shown("two") == ["fed", "later"]


def test_a_text_that_waits_for_another_try_does_not_overlap_with_the_one_on_its_way(house: Household) -> None:
    house.phone.outcomes = [SendFailed("offline")]
    house.say("one", "ADD_EVENT", text="first")
    house.phone.hold = True
    house.say("one", "ADD_EVENT", text="second")
    house.wait(60)
    assert [text.text for text, _ in house.phone.sent] == ["first", "second"]
    house.phone.sent[1][1](Sent(MessageId("W2"), EpochMs(1)))
    house.run()
    assert [text.text for text, _ in house.phone.sent] == ["first", "second", "first"]


def test_a_standalone_timeline_is_named_even_after_a_crash_right_behind_its_link(house: Household) -> None:
    house.put("three", {"action": "START_STANDALONE", "title": "Diary"})
    house.dispatcher.run_until_idle()
    while house.disk.run_batch(Lane.BULK):
        pass
    house.crash()
    house.run()
    assert house.say("three", "GET_STATUS")[0]["data"]["groupName"] == "Diary"


def test_a_row_that_comes_again_is_answered_when_its_record_is_on_disk(house: Household) -> None:
    """Law 2: only then is anybody told; also somebody who asks a second time."""
    house.put("one", {"action": "ADD_EVENT", "text": "bath"}, row="r1")
    house.put("two", {"action": "ADD_EVENT", "text": "bath"}, row="r1")
    answered = len(house.transport.out)
    house.dispatcher.run_until_idle()
    assert len(house.transport.out) == answered
    house.run()
    replies = [out for out, _ in house.transport.out if out.in_reply_to == "r1"]
    assert len(replies) == 2
    assert labels(house.say("one", "GET_STATUS")) == ["bath"]


def test_the_lines_of_a_batch_are_handed_over_once_it_has_landed() -> None:
    """Who kept them until the next batch would keep them for as long as a group is quiet."""
    journal = GroupJournal(GROUP, LogByHand(), Unsettled())
    journal.add(GroupDescribed(NOON, "Family", None))
    journal.fly(0, lambda _: None)
    entries, lines = journal.landed()
    assert (len(entries), len(lines)) == (1, 1)
    assert journal.landed() == ([], [])
