"""Forgetting a group while the worker runs: everything of it goes, nothing of anybody else's."""

from __future__ import annotations

from errno import EIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from household import Household
from making import GROUP, NOON, OTHER_GROUP, message

from nanie_actors.messages import EraseGroup, SnapshotAll
from nanie_actors.model import EpochMs, GroupId, GroupSeen, MessageArrived
from nanie_actors.storage.audit_log import read_audit
from nanie_actors.storage.direct_disk import DirectDisk
from nanie_actors.storage.disk import Lane
from nanie_actors.storage.erasing import finish_erasures

SECRET = "bottle-of-the-forgotten"


def household(**sections: Any) -> Household:
    """`one` and `two` are linked to the group, `three` to another; both groups have something to tell."""
    house = Household(schedule=Random(7), **sections)
    house.tell(GroupSeen(GROUP, NOON, "Forgotten", 3), GroupSeen(OTHER_GROUP, NOON, "Kept", 3))
    house.run()
    for conversation, group in (("one", GROUP), ("two", GROUP), ("three", OTHER_GROUP)):
        house.link(conversation, group)
    arrive(house, SECRET)
    arrive(house, "kept", group=OTHER_GROUP)
    house.wait(3)
    return house


@pytest.fixture
def house() -> Household:
    return household()


def arrive(house: Household, *texts: str, first: int = 1, group: GroupId = GROUP) -> None:
    for number, text in enumerate(texts, first):
        house.tell(MessageArrived(message(number, text, group=group)))


def begin(house: Household) -> list[str | None]:
    answers: list[str | None] = []
    house.tree.registry.tell(EraseGroup(GROUP, answers.append))
    return answers


def forget(house: Household) -> list[str | None]:
    answers = begin(house)
    house.wait(1)
    return answers


def files(house: Household) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    folders = [house.layout.root]
    while folders:
        folder = folders.pop()
        for name in house.disk.listdir(folder):
            path = folder / name
            if house.disk.files.is_folder(path):
                folders.append(path)
            else:
                found[str(path.relative_to(house.layout.root))] = house.disk.read(path) or b""
    return found


def holding(house: Household, text: str) -> set[str]:
    return {name for name, blob in files(house).items() if text.encode() in blob}


def kept(house: Household) -> list[str]:
    (answer,) = house.say("three", "GET_STATUS")
    return [event["label"] for event in answer["data"]["events"]]


def test_nothing_of_its_texts_is_left_and_only_the_audit_file_names_it(house: Household) -> None:
    assert holding(house, SECRET)
    assert forget(house) == [None]
    assert holding(house, SECRET) == set()
    assert not any(GROUP in name for name in files(house))
    assert holding(house, GROUP) == {"audit.jsonl"}
    assert holding(house, "Forgotten") == set()
    assert house.dead_letters.total() == 0


def test_its_conversations_are_unlinked_and_told_to_choose_a_group(house: Household) -> None:
    forget(house)
    assert set(house.mappings()) == {"three"}
    for conversation in ("one", "two"):
        (answer,) = house.say(conversation, "GET_STATUS")
        assert answer["code"] == "GROUP_SELECTION_REQUIRED"


def test_other_groups_lose_nothing(house: Household) -> None:
    forget(house)
    house.crash()
    house.run()
    assert kept(house) == ["kept"]


def test_after_a_crash_nothing_comes_back(house: Household) -> None:
    forget(house)
    house.crash(power_loss=True)
    house.run()
    assert holding(house, SECRET) == set()
    house.tell(GroupSeen(GROUP, NOON, "Forgotten", 3))
    house.run()
    house.link("one", GROUP)
    assert house.shown("one") == []


def test_a_group_that_is_seen_again_starts_anew(house: Household) -> None:
    forget(house)
    house.tell(GroupSeen(GROUP, NOON, "Forgotten", 3))
    arrive(house, "new", first=9)
    house.run()
    house.link("one", GROUP)
    assert house.shown("one") == ["new"]


def test_what_was_done_is_written_down(house: Household) -> None:
    forget(house)
    entries = [
        (entry["action"], entry["outcome"], entry.get("conversation"), entry.get("why"))
        for entry in read_audit(house.disk, house.layout.root)
    ][3:]
    assert sorted(entries[:2], key=str) == [
        ("unlink", "done", "one", "FORGET"),
        ("unlink", "done", "two", "FORGET"),
    ]
    assert entries[2:] == [("forget", "done", None, None)]


def test_a_group_that_is_asleep_is_forgotten_as_well() -> None:
    house = household(groups={"passivate_after_s": 5.0})
    house.wait(20)
    assert house.life(f"group/{GROUP}") is None
    assert forget(house) == [None]
    assert holding(house, SECRET) == set()


def test_who_asks_twice_is_answered_twice(house: Household) -> None:
    first, second = begin(house), begin(house)
    house.run()
    assert first == second == [None]


def test_nobody_can_link_a_group_while_it_is_forgotten(house: Household) -> None:
    begin(house)
    row = house.put("four", {"action": "SELECT_GROUP", "groupId": GROUP})
    house.dispatcher.run_until_idle()
    answers = [out.body for out, _ in house.transport.out if out.in_reply_to == row]
    assert len(answers) == 1
    assert b"UNAVAILABLE" in answers[0]
    house.run()
    assert "four" not in house.mappings()


def test_a_link_that_is_on_its_way_when_it_begins_goes_as_well(house: Household) -> None:
    house.put("four", {"action": "SELECT_GROUP", "groupId": GROUP})
    house.dispatcher.run_until_idle()
    answers = forget(house)
    assert answers == [None]
    assert set(house.mappings()) == {"three"}


def test_a_quarantined_group_is_forgotten_with_what_is_parked_and_skipped() -> None:
    house = household(supervision={"max_restarts": 0})
    arrive(house, f"{SECRET} boom", f"{SECRET} again", first=5)
    house.run()
    assert holding(house, f"{SECRET} again")
    assert forget(house) == [None]
    assert holding(house, SECRET) == set()
    assert not any(GROUP in name for name in files(house))
    house.tell(GroupSeen(GROUP, NOON, "Forgotten", 3))
    arrive(house, "new", first=9)
    house.run()
    house.link("one", GROUP)
    assert house.shown("one") == ["new"]
    assert house.tree.ingress.inside == 0


def test_a_map_that_cannot_be_written_stops_it_and_the_next_try_finishes_it(house: Household) -> None:
    house.disk.files.fail("open_new", EIO, name="mappings", count=1_000)
    house.disk.files.fail("write", EIO, name="registry", count=1_000)
    (answer,) = forget(house)
    assert answer is not None
    assert holding(house, SECRET)
    house.disk.files.heal()
    assert forget(house) == [None]
    assert holding(house, SECRET) == set()


def test_what_waits_to_be_sent_is_not_sent_any_more(house: Household) -> None:
    house.phone.connected = False
    house.say("one", "ADD_EVENT", text=SECRET)
    forget(house)
    house.phone.connected = True
    house.wait(120)
    assert house.phone.sent == []


def crash_after(steps: int, *, quarantined: bool, power_loss: bool) -> tuple[bool, Household]:
    """Begin to forget, end after so many steps of anybody, start again; whether it was answered before."""
    house = household(supervision={"max_restarts": 0})
    if quarantined:
        arrive(house, f"{SECRET} boom", first=5)
        house.run()
    answers = begin(house)
    disk = house.disk
    for _ in range(steps):
        house.dispatcher.run_one() or disk.run_one(Lane.BULK) or disk.run_one(Lane.COMMIT)
    house.system.shutdown(0.0)
    if power_loss:
        disk.power_loss()
    else:
        disk.kill()
    finish_erasures(DirectDisk(disk.files), house.layout, EpochMs(house.clock.now_ms()))
    house.begin()
    house.run()
    return bool(answers), house


def test_a_code_that_was_asked_for_opens_nothing_any_more() -> None:
    house = Household(access={"policy": "code"})
    house.tell(GroupSeen(GROUP, NOON, "Forgotten", 3))
    house.run()
    house.say("one", "SELECT_GROUP", groupId=GROUP)
    code = house.phone.sent[-1][0].text.partition(":")[0]
    forget(house)
    house.tell(GroupSeen(GROUP, NOON, "Forgotten", 3))
    (answer,) = house.say("one", "CONFIRM_LINK", code=code)
    assert answer["code"] == "CODE_EXPIRED"


def test_a_stop_that_comes_before_its_files_could_be_removed_leaves_it_to_the_next_start(
    house: Household,
) -> None:
    house.disk.files.fail("write", EIO, name=".log", count=1_000_000)
    house.disk.files.fail("open_append", EIO, name=".log", count=1_000_000)
    answers = begin(house)
    house.run()
    stopped = house.stop_soon()
    house.wait(5)
    assert stopped
    assert answers == []
    house.disk.files.heal()
    assert GROUP.encode() in (house.disk.read(house.layout.forgetting) or b"")
    house.system.shutdown(0.0)
    house.disk.kill()
    finish_erasures(DirectDisk(house.disk.files), house.layout, EpochMs(house.clock.now_ms()))
    house.begin()
    house.run()
    assert holding(house, SECRET) == set()


def test_what_a_given_up_actor_was_still_writing_is_removed_as_well() -> None:
    house = household(supervision={"max_restarts": 0})
    house.tree.registry.tell(SnapshotAll(GROUP, lambda _: None))
    house.dispatcher.run_until_idle()
    arrive(house, "boom", first=90)
    house.dispatcher.run_until_idle()
    answers = begin(house)
    while house.disk.run_one(Lane.BULK) or house.disk.run_one(Lane.COMMIT) or house.dispatcher.run_one():
        house.dispatcher.run_until_idle()
    assert answers == [None]
    assert not any(GROUP in name for name in files(house))


@pytest.mark.parametrize("quarantined", [False, True])
@pytest.mark.parametrize("power_loss", [False, True])
def test_after_a_crash_at_any_moment_all_of_it_is_there_or_the_next_start_finishes_it(
    quarantined: bool, power_loss: bool
) -> None:
    answered, steps, outcomes = False, 0, []
    while not answered:
        answered, house = crash_after(steps, quarantined=quarantined, power_loss=power_loss)
        gone = not holding(house, SECRET)
        assert set(house.mappings()) == ({"three"} if gone else {"one", "two", "three"})
        assert kept(house) == ["kept"]
        outcomes.append(gone)
        steps += 1
    assert outcomes == sorted(outcomes)
    assert outcomes[0] is False
    assert outcomes[-1] is True


def test_the_folder_of_another_group_of_a_similar_name_stays(house: Household) -> None:
    similar = GroupId("1203630000000000010@g.us")
    house.tell(GroupSeen(similar, NOON, "Similar", 3))
    house.tell(MessageArrived(message(1, "similar", group=similar)))
    house.run()
    house.tree.registry.tell(SnapshotAll(None, lambda _: None))
    house.run()
    assert forget(house) == [None]
    assert any(name.startswith(str(Path("memory") / similar)) for name in files(house))
