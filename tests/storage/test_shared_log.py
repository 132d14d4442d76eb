"""The shared log: durable in order, nothing of a failure comes back, segments go when nobody needs them."""

from __future__ import annotations

from errno import EIO, ENOSPC
from functools import partial
from pathlib import Path

import pytest
from disks import GROUP_A, GROUP_B, STATE, Outcomes, line, lines

from nanie_actors.errors import StateError
from nanie_actors.model import GroupId
from nanie_actors.storage.accidents import Cut
from nanie_actors.storage.direct_disk import DirectDisk
from nanie_actors.storage.disk import DiskError, DiskOk, DiskResult, Lane
from nanie_actors.storage.memory_disk import MemoryDisk
from nanie_actors.storage.retained import Tail
from nanie_actors.storage.shared_log import SharedLog

WAL = STATE / "wal"
WRITE = 5
"""Calls before the first write of a log: the folders made and synced, the file made and its name synced."""


def opened(disk: MemoryDisk, *, segment_bytes: int = 1 << 20, max_segments: int = 4) -> SharedLog:
    return SharedLog.open(disk, WAL, segment_bytes=segment_bytes, max_segments=max_segments)


def append(log: SharedLog, group: GroupId, first: int, last: int | None = None) -> Outcomes:
    outcomes = Outcomes()
    log.append(group, lines(group, first, last or first), outcomes.add)
    return outcomes


def tail(disk: MemoryDisk, log: SharedLog, group: GroupId) -> Tail:
    got: list[Tail] = []
    log.tail(group, got.append)
    disk.run()
    return got[0]


def numbers(disk: MemoryDisk, log: SharedLog, group: GroupId) -> list[int]:
    known = {line(group, seq): seq for seq in range(1, 200)}
    return [known[raw] for raw in tail(disk, log, group)]


def damage(disk: MemoryDisk, name: str, old: bytes, new: bytes) -> None:
    blob = disk.read(WAL / name)
    assert blob is not None
    assert old in blob
    assert len(old) == len(new)
    disk.replace(WAL / name, blob.replace(old, new, 1), lane=Lane.COMMIT, done=lambda _: None)
    disk.run()


def test_what_was_told_durable_survives_the_loss_of_power(memory: MemoryDisk) -> None:
    told = append(opened(memory), GROUP_A, 1, 3)
    memory.run()
    assert told == [DiskOk()]
    memory.power_loss()
    log = opened(memory)
    assert log.groups() == [GROUP_A]
    assert numbers(memory, log, GROUP_A) == [1, 2, 3]


def test_a_batch_is_told_in_the_order_of_the_calls(memory: MemoryDisk) -> None:
    log = opened(memory)
    told: list[tuple[str, int]] = []
    for seq in range(1, 6):
        for group in (GROUP_A, GROUP_B):

            def done(_: DiskResult, group: GroupId = group, seq: int = seq) -> None:
                told.append((group, seq))

            log.append(group, [line(group, seq)], done)
    memory.run()
    assert told == [(group, seq) for seq in range(1, 6) for group in (GROUP_A, GROUP_B)]


def test_whoever_waits_shares_one_flush(memory: MemoryDisk) -> None:
    log = opened(memory)
    for seq in range(1, 101):
        append(log, GROUP_A, seq)
    memory.run()
    stats = log.stats()
    assert (stats.appends, stats.lines, stats.flushes, stats.failures) == (100, 100, 2, 0)


def test_an_append_from_a_callback_is_taken(memory: MemoryDisk, outcomes: Outcomes) -> None:
    log = opened(memory)
    log.append(GROUP_A, [line(GROUP_A, 1)], lambda _: log.append(GROUP_A, [line(GROUP_A, 2)], outcomes.add))
    memory.run()
    assert outcomes == [DiskOk()]
    assert numbers(memory, log, GROUP_A) == [1, 2]


@pytest.mark.parametrize("bad", [[], [b"garbage\n"], [line(GROUP_B, 1)], [line(GROUP_A, 1), b""]])
def test_an_append_of_anything_but_the_groups_lines_is_a_programming_error(
    memory: MemoryDisk, bad: list[bytes]
) -> None:
    with pytest.raises(ValueError, match="encode_line"):
        opened(memory).append(GROUP_A, bad, lambda _: None)


def test_a_tail_waits_for_the_appends_before_it(memory: MemoryDisk) -> None:
    """A group that restarts while its predecessor's appends are in flight learns what became of them."""
    log = opened(memory)
    order: list[str] = []
    log.append(GROUP_A, [line(GROUP_A, 1)], lambda _: order.append("first"))
    log.append(GROUP_A, [line(GROUP_A, 2)], lambda _: order.append("second"))
    log.tail(GROUP_A, lambda found: order.append(f"tail of {len(found)}"))
    log.append(GROUP_A, [line(GROUP_A, 3)], lambda _: order.append("third"))
    memory.run()
    assert order == ["first", "second", "tail of 2", "third"]


def test_a_tail_has_one_groups_lines_only(memory: MemoryDisk) -> None:
    log = opened(memory)
    append(log, GROUP_A, 1, 2)
    append(log, GROUP_B, 1)
    assert numbers(memory, log, GROUP_A) == [1, 2]
    assert numbers(memory, log, GROUP_B) == [1]
    assert tail(memory, log, GroupId("1@g.us")) == ()


def test_lines_that_a_group_has_caught_up_with_are_dropped(memory: MemoryDisk) -> None:
    log = opened(memory)
    append(log, GROUP_A, 1, 5)
    memory.run()
    log.caught_up(GROUP_A, 3)
    assert numbers(memory, log, GROUP_A) == [4, 5]
    log.caught_up(GROUP_A, 5)
    assert log.groups() == []
    assert (log.stats().retained_lines, log.stats().retained_bytes) == (0, 0)


# failures


def test_a_failure_is_told_to_everyone_who_waits_in_order(memory: MemoryDisk) -> None:
    log = opened(memory)
    told: list[int] = []
    memory.files.fail("write", ENOSPC)
    for seq in (1, 2, 3):

        def done(result: DiskResult, seq: int = seq) -> None:
            assert isinstance(result, DiskError)
            assert result.errno == ENOSPC
            told.append(seq)

        log.append(GROUP_A, [line(GROUP_A, seq)], done)
    memory.run()
    assert told == [1, 2, 3]


def test_the_log_recovers_when_the_disk_does_in_a_new_segment(memory: MemoryDisk) -> None:
    log = opened(memory)
    append(log, GROUP_A, 1)
    memory.run()
    memory.files.fail("sync", EIO)
    assert_failed = append(log, GROUP_A, 2)
    memory.run()
    assert assert_failed.all_failed
    assert len(memory.listdir(WAL)) == 1
    retried = append(log, GROUP_A, 2)
    memory.run()
    assert retried.all_ok
    assert len(memory.listdir(WAL)) == 2
    memory.power_loss(lambda most: most)
    assert numbers(memory, opened(memory), GROUP_A) == [1, 2]


def test_nothing_of_a_failed_append_comes_back_even_if_it_could_not_be_cut_off(memory: MemoryDisk) -> None:
    """The next segment tells how much of the one before it counts."""
    log = opened(memory)
    append(log, GROUP_A, 1)
    memory.run()
    memory.files.fail("sync", EIO)
    memory.files.fail("truncate", EIO, count=1_000)
    failed = append(log, GROUP_B, 1)
    memory.run()
    assert failed.all_failed
    append(log, GROUP_A, 2)
    memory.run()
    blobs = b"".join(memory.read(WAL / name) or b"" for name in memory.listdir(WAL))
    assert line(GROUP_B, 1) in blobs
    memory.kill()
    reopened = opened(memory)
    assert reopened.groups() == [GROUP_A]
    assert numbers(memory, reopened, GROUP_A) == [1, 2]
    assert reopened.damaged == []


def test_a_segment_that_could_not_be_begun_does_not_count(memory: MemoryDisk) -> None:
    log = opened(memory)
    memory.files.fail("sync", EIO)
    memory.files.fail("truncate", EIO, count=1_000)
    memory.files.fail("unlink", EIO)
    failed = append(log, GROUP_B, 1)
    memory.run()
    assert failed.all_failed
    append(log, GROUP_A, 1)
    memory.run()
    memory.kill()
    reopened = opened(memory)
    assert reopened.groups() == [GROUP_A]
    assert reopened.damaged == []


def test_after_a_failure_a_groups_later_records_do_not_overtake_the_failed_one(memory: MemoryDisk) -> None:
    """An actor learns of a failure by mail; what it appends before it reads that must not leave a hole."""
    log = opened(memory)
    append(log, GROUP_A, 1)
    memory.run()
    memory.files.fail("write", ENOSPC)
    failed = append(log, GROUP_A, 2)
    memory.run()
    overtaking = append(log, GROUP_A, 3)
    other = append(log, GROUP_B, 1)
    memory.run()
    assert failed.all_failed
    assert overtaking.all_failed
    assert other.all_ok
    again = append(log, GROUP_A, 2, 3)
    memory.run()
    assert again.all_ok
    assert numbers(memory, log, GROUP_A) == [1, 2, 3]


def test_asking_for_the_tail_is_a_fresh_start_after_a_failure(memory: MemoryDisk) -> None:
    log = opened(memory)
    memory.files.fail("write", ENOSPC)
    append(log, GROUP_A, 5)
    memory.run()
    assert numbers(memory, log, GROUP_A) == []
    later = append(log, GROUP_A, 7)
    memory.run()
    assert later.all_ok


def test_a_tail_that_waits_behind_a_failure_is_told_without_it(memory: MemoryDisk) -> None:
    log = opened(memory)
    append(log, GROUP_A, 1)
    memory.run()
    memory.files.fail("write", ENOSPC)
    append(log, GROUP_A, 2)
    assert numbers(memory, log, GROUP_A) == [1]


def test_an_appends_lines_are_recovered_all_or_none() -> None:
    for cut in range(len(b"".join(lines(GROUP_A, 1, 3))) + 160):
        disk = MemoryDisk(STATE)
        append(opened(disk), GROUP_A, 1, 3)
        disk.files.cut_after(WRITE, choose=partial(min, cut))
        with pytest.raises(Cut):
            disk.run()
        disk.kill()
        assert numbers(disk, opened(disk), GROUP_A) in ([], [1, 2, 3])


# erased groups


def test_a_forgotten_group_does_not_come_back(memory: MemoryDisk, outcomes: Outcomes) -> None:
    log = opened(memory)
    append(log, GROUP_A, 1, 3)
    append(log, GROUP_B, 1)
    log.forget(GROUP_A, outcomes.add)
    memory.run()
    assert outcomes == [DiskOk()]
    assert log.groups() == [GROUP_B]
    memory.power_loss()
    assert opened(memory).groups() == [GROUP_B]


def test_a_group_made_again_after_it_was_forgotten_starts_anew(memory: MemoryDisk) -> None:
    log = opened(memory)
    append(log, GROUP_A, 1, 3)
    log.forget(GROUP_A)
    append(log, GROUP_A, 1)
    memory.run()
    memory.power_loss()
    assert numbers(memory, opened(memory), GROUP_A) == [1]


def test_a_group_whose_forgetting_failed_is_still_there(memory: MemoryDisk, outcomes: Outcomes) -> None:
    log = opened(memory)
    append(log, GROUP_A, 1)
    memory.run()
    memory.files.fail("write", EIO)
    log.forget(GROUP_A, outcomes.add)
    memory.run()
    assert outcomes.all_failed
    assert numbers(memory, log, GROUP_A) == [1]


# segments


def test_segments_go_oldest_first_when_everyone_has_caught_up(memory: MemoryDisk) -> None:
    log = opened(memory, segment_bytes=1)
    for group, seq in ((GROUP_A, 1), (GROUP_B, 1), (GROUP_A, 2)):
        append(log, group, seq)
        memory.run()
    names = memory.listdir(WAL)
    assert len(names) == 3
    log.caught_up(GROUP_B, 1)
    memory.run()
    assert memory.listdir(WAL) == names
    log.caught_up(GROUP_A, 1)
    memory.run()
    assert memory.listdir(WAL) == names[2:]


def test_the_segment_in_use_stays_until_the_log_is_closed(memory: MemoryDisk) -> None:
    log = opened(memory)
    append(log, GROUP_A, 1)
    memory.run()
    log.caught_up(GROUP_A, 1)
    memory.run()
    assert len(memory.listdir(WAL)) == 1
    assert log.close(0.0)
    memory.run()
    assert memory.listdir(WAL) == []


def test_closing_keeps_what_somebody_still_needs(memory: MemoryDisk) -> None:
    log = opened(memory)
    append(log, GROUP_A, 1, 2)
    memory.run()
    log.caught_up(GROUP_A, 1)
    assert log.close(0.0)
    memory.run()
    memory.kill()
    assert numbers(memory, opened(memory), GROUP_A) == [1, 2]


def test_segment_names_never_come_twice(memory: MemoryDisk) -> None:
    seen: set[str] = set()
    for seq in range(1, 6):
        log = opened(memory)
        append(log, GROUP_A, seq)
        memory.run()
        fresh = set(memory.listdir(WAL)) - seen
        assert len(fresh) == 1
        seen |= fresh
        log.caught_up(GROUP_A, seq - 1)
        memory.run()


def test_pressure_names_the_groups_that_hold_the_oldest_segment(memory: MemoryDisk) -> None:
    log = opened(memory, segment_bytes=1, max_segments=2)
    pressed: list[list[GroupId]] = []
    log.on_pressure = lambda groups: pressed.append(list(groups))
    for group, seq in ((GROUP_A, 1), (GROUP_B, 1), (GROUP_B, 2)):
        append(log, group, seq)
        memory.run()
    assert pressed == [[GROUP_A]]


def test_a_group_that_never_catches_up_does_not_keep_segments_for_ever(memory: MemoryDisk) -> None:
    """Its few lines are carried over into a newer segment, and survive a crash at any time."""
    log = opened(memory, segment_bytes=1, max_segments=2)
    append(log, GROUP_A, 1, 2)
    for seq in range(1, 41):
        append(log, GROUP_B, seq)
        memory.run()
        log.caught_up(GROUP_B, seq)
    memory.run()
    assert len(memory.listdir(WAL)) <= 6
    memory.power_loss()
    reopened = opened(memory)
    assert numbers(memory, reopened, GROUP_A) == [1, 2]
    reopened.caught_up(GROUP_A, 2)
    reopened.caught_up(GROUP_B, 40)
    memory.run()
    assert memory.listdir(WAL) == []


# damage


def test_a_damaged_line_costs_only_the_group_it_names(memory: MemoryDisk) -> None:
    log = opened(memory)
    append(log, GROUP_A, 1, 3)
    append(log, GROUP_B, 1, 3)
    memory.run()
    memory.kill()
    name = memory.listdir(WAL)[0]
    damage(memory, name, line(GROUP_A, 2), line(GROUP_A, 2).replace(b'"note"', b'"nope"'))
    log = opened(memory)
    found = tail(memory, log, GROUP_A)
    assert found.lost == (2,)
    assert [line(GROUP_A, 1), line(GROUP_A, 3)] == list(found)
    assert numbers(memory, log, GROUP_B) == [1, 2, 3]
    assert tail(memory, log, GROUP_B).lost == ()
    assert [(spot.group, spot.segment) for spot in log.damaged] == [(GROUP_A, name)]


def test_a_group_that_has_the_damaged_line_in_its_own_files_is_not_hurt(memory: MemoryDisk) -> None:
    log = opened(memory)
    append(log, GROUP_A, 1, 3)
    memory.run()
    memory.kill()
    damage(memory, memory.listdir(WAL)[0], line(GROUP_A, 2), line(GROUP_A, 2).replace(b'"note"', b'"nope"'))
    log = opened(memory)
    log.caught_up(GROUP_A, 2)
    found = tail(memory, log, GROUP_A)
    assert found.lost == ()
    assert list(found) == [line(GROUP_A, 3)]


def test_a_damaged_segment_is_kept_under_another_name(memory: MemoryDisk) -> None:
    log = opened(memory)
    append(log, GROUP_A, 1, 2)
    memory.run()
    memory.kill()
    name = memory.listdir(WAL)[0]
    damage(memory, name, line(GROUP_A, 2), b"x" + line(GROUP_A, 2)[1:])
    before = memory.read(WAL / name)
    log = opened(memory)
    assert [spot.group for spot in log.damaged] == [None]
    log.caught_up(GROUP_A, 2)
    memory.run()
    kept = name.replace(".log", ".damaged")
    assert memory.listdir(WAL) == [kept]
    assert memory.read(WAL / kept) == before
    memory.kill()
    assert opened(memory).damaged == []


def test_a_lost_line_is_remembered_when_its_segment_is_carried_over(memory: MemoryDisk) -> None:
    log = opened(memory)
    append(log, GROUP_A, 1, 3)
    memory.run()
    memory.kill()
    damage(memory, memory.listdir(WAL)[0], line(GROUP_A, 2), line(GROUP_A, 2).replace(b'"note"', b'"nope"'))
    log = opened(memory, segment_bytes=1, max_segments=2)
    for seq in range(1, 20):
        append(log, GROUP_B, seq)
        memory.run()
        log.caught_up(GROUP_B, seq)
    memory.run()
    memory.power_loss()
    log = opened(memory)
    assert log.damaged == []
    assert tail(memory, log, GROUP_A).lost == (2,)


def test_a_log_that_cannot_be_read_at_all_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"{1:020d}.log").mkdir()
    with pytest.raises(StateError, match="cannot be read"):
        SharedLog.open(DirectDisk(), tmp_path)


def test_missing_bytes_at_the_end_of_an_earlier_segment_are_damage(memory: MemoryDisk) -> None:
    log = opened(memory, segment_bytes=1)
    append(log, GROUP_A, 1)
    memory.run()
    append(log, GROUP_A, 2)
    memory.run()
    memory.kill()
    name = memory.listdir(WAL)[0]
    memory.truncate(WAL / name, memory.size(WAL / name) - 3, lane=Lane.COMMIT, done=lambda _: None)
    memory.run()
    log = opened(memory)
    assert any("3 bytes are missing" in spot.reason for spot in log.damaged)
    assert tail(memory, log, GROUP_A).lost == (1,)


def test_a_torn_tail_is_cut_off_physically_and_logged(
    memory: MemoryDisk, caplog: pytest.LogCaptureFixture
) -> None:
    log = opened(memory)
    append(log, GROUP_A, 1)
    append(log, GROUP_A, 2)
    memory.run()
    memory.kill()
    name = memory.listdir(WAL)[0]
    memory.append(WAL / name, b'{"v":1,"g":"12036', lane=Lane.COMMIT, done=lambda _: None)
    memory.run()
    size = memory.size(WAL / name)
    log = opened(memory)
    memory.run()
    assert memory.size(WAL / name) == size - 17
    assert "torn tail of 17 bytes" in caplog.text
    assert numbers(memory, log, GROUP_A) == [1, 2]
    assert log.damaged == []


# closing


def test_closing_waits_for_what_is_under_way(memory: MemoryDisk) -> None:
    log = opened(memory)
    told = append(log, GROUP_A, 1)
    assert not log.close(0.0)
    memory.run()
    assert log.close(0.0)
    assert told.all_ok


def test_a_closed_log_refuses(memory: MemoryDisk, outcomes: Outcomes) -> None:
    log = opened(memory)
    log.close(0.0)
    log.append(GROUP_A, [line(GROUP_A, 1)], outcomes.add)
    log.forget(GROUP_A, outcomes.add)
    assert outcomes.all_failed
    assert len(outcomes) == 2


def test_a_closed_log_still_tells_a_tail(memory: MemoryDisk) -> None:
    log = opened(memory)
    append(log, GROUP_A, 1)
    memory.run()
    log.close(0.0)
    assert numbers(memory, log, GROUP_A) == [1]


def test_a_callback_that_fails_does_not_stop_the_log(
    memory: MemoryDisk, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> None:
        raise LookupError("a broken callback")

    log = opened(memory, segment_bytes=1, max_segments=1)
    log.on_pressure = broken
    for seq in (1, 2, 3):
        log.append(GROUP_A, [line(GROUP_A, seq)], broken)
        log.tail(GROUP_A, broken)
        memory.run()
    told = append(log, GROUP_A, 4)
    assert numbers(memory, log, GROUP_A) == [1, 2, 3, 4]
    assert told.all_ok
    assert caplog.text.count("a callback of the shared log failed") > 6  # more: pressure was told too


def test_a_disk_that_closed_first_fails_what_waits(memory: MemoryDisk) -> None:
    log = opened(memory)
    memory.close(0.0)
    told = append(log, GROUP_A, 1)
    assert told.all_failed
    assert log.close(0.0)
