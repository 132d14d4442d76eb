"""A group's own files: read as they were written, healed after a crash, refused by name when damaged."""

from __future__ import annotations

from errno import EIO, ENOSPC
from pathlib import Path
from typing import Any

import orjson
import pytest
from disks import GROUP_A, GROUP_B, STATE, AnyDisk, Outcomes, line, lines

from nanie_actors.errors import CorruptGroup
from nanie_actors.storage.direct_disk import DirectDisk
from nanie_actors.storage.disk import Disk, DiskOk, Lane
from nanie_actors.storage.group_files import GroupFiles, SnapshotData
from nanie_actors.storage.memory_disk import MemoryDisk
from nanie_actors.storage.seen import pack_keys

FOLDER = STATE / "memory" / GROUP_A


def files_of(disk: Disk, folder: Path = FOLDER) -> GroupFiles:
    return GroupFiles(disk, folder, GROUP_A)


def message(number: int) -> bytes:
    return orjson.dumps({"id": str(number)}) + b"\n"


def snapshot(seq: int, *, new: range = range(0), rewritten: bytes | None = None) -> SnapshotData:
    """A snapshot at record `seq`; `new` are the messages since the last one."""
    return SnapshotData(
        timeline=orjson.dumps([{"id": str(number)} for number in range(1, seq + 1)]),
        meta=orjson.dumps({"format": 1, "seq": seq, "name": "a group"}, option=orjson.OPT_INDENT_2),
        new_messages=b"".join(message(number) for number in new),
        new_seen=pack_keys(new),
        messages_rewritten=rewritten,
        journal_after_seq=seq,
    )


def put(disk: MemoryDisk, name: str, data: bytes) -> None:
    disk.replace(FOLDER / name, data, lane=Lane.BULK, done=lambda _: None)
    disk.run()


def ids(entries: list[dict[str, Any]]) -> list[int]:
    return [int(entry["id"]) for entry in entries]


def test_a_group_without_files_is_empty(any_disk: AnyDisk) -> None:
    stored = files_of(any_disk.disk, any_disk.root / GROUP_A).load()
    assert (stored.events(), stored.meta, stored.journal) == ([], None, [])
    assert (stored.messages, set(stored.seen), stored.last_seq) == ([], set(), 0)


def test_what_was_written_is_loaded(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    folder = any_disk.root / "memory" / GROUP_A
    files = files_of(any_disk.disk, folder)
    files.load()
    files.journal(lines(GROUP_A, 1, 3), outcomes.add)
    files.snapshot(snapshot(3, new=range(1, 4)), outcomes.add)
    any_disk.settle()
    files.journal(lines(GROUP_A, 4, 5), outcomes.add)
    any_disk.settle()
    assert outcomes == [DiskOk()] * 3

    stored = files_of(any_disk.disk, folder).load(recent=2)

    assert ids(stored.events()) == [1, 2, 3]
    assert stored.meta == {"format": 1, "seq": 3, "name": "a group"}
    assert [one.seq for one in stored.journal] == [4, 5]
    assert ids(stored.messages) == [2, 3]
    assert set(stored.seen) == {1, 2, 3}
    assert stored.last_seq == 5
    assert ids(list(files.messages())) == [1, 2, 3]


def test_an_unchanged_timeline_is_not_written_again(memory: MemoryDisk, outcomes: Outcomes) -> None:
    files = files_of(memory)
    files.snapshot(snapshot(1), outcomes.add)
    memory.run()
    before = memory.read(FOLDER / "timeline.json")
    files.snapshot(SnapshotData(None, b'{"format":1,"seq":2}', b"", b"", 2), outcomes.add)
    memory.run()
    assert outcomes.all_ok
    assert memory.read(FOLDER / "timeline.json") == before
    assert files_of(memory).load().last_seq == 2


def test_lines_that_follow_the_snapshot_stay_in_the_journal(memory: MemoryDisk, outcomes: Outcomes) -> None:
    """Also those that are written while the snapshot is, or before it but after what it covers."""
    files = files_of(memory)
    files.journal(lines(GROUP_A, 1, 4), outcomes.add)
    files.snapshot(snapshot(3), outcomes.add)
    for seq in range(5, 12):
        files.journal([line(GROUP_A, seq)], outcomes.add)
        memory.run_one(Lane.BULK)
    memory.run()
    assert outcomes.all_ok
    assert [one.seq for one in files_of(memory).load().journal] == list(range(4, 12))


def test_a_rewritten_message_log_takes_the_place_of_the_old_one(
    memory: MemoryDisk, outcomes: Outcomes
) -> None:
    files = files_of(memory)
    files.snapshot(snapshot(3, new=range(1, 4)), outcomes.add)
    memory.run()
    files.snapshot(snapshot(4, rewritten=message(3) + message(4)), outcomes.add)
    memory.run()
    files.snapshot(snapshot(5, new=range(5, 6)), outcomes.add)
    memory.run()
    assert outcomes.all_ok
    assert ids(list(files.messages())) == [3, 4, 5]
    assert ids(files_of(memory).load().messages) == [3, 4, 5]
    assert memory.listdir(FOLDER) == ["group.json", "messages.jsonl", "seen.bin", "timeline.json"]


def test_a_rewritten_message_log_that_cannot_be_renamed_is_still_the_one_that_counts(
    memory: MemoryDisk, outcomes: Outcomes
) -> None:
    files = files_of(memory)
    files.snapshot(snapshot(1, new=range(1, 2)), outcomes.add)
    memory.run()
    memory.files.fail("rename", EIO, name=".rewritten", count=2, nth=2)  # the first gives it that name
    files.snapshot(snapshot(2, rewritten=message(2)), outcomes.add)
    memory.run()
    assert outcomes.all_ok
    assert ids(list(files.messages())) == [2]
    assert ids(files_of(memory).load().messages) == [2]
    memory.files.heal()
    files.snapshot(snapshot(3, new=range(3, 4)), outcomes.add)
    memory.run()
    assert ids(list(files.messages())) == [2, 3]


def test_the_message_log_is_streamed_undisturbed_by_a_snapshot(
    memory: MemoryDisk, outcomes: Outcomes
) -> None:
    files = files_of(memory)
    files.snapshot(snapshot(3, new=range(1, 4)), outcomes.add)
    memory.run()
    reading = files.messages()
    first = next(reading)
    files.snapshot(snapshot(4, rewritten=message(4)), outcomes.add)
    memory.run()
    assert ids([first, *reading]) == [1, 2, 3]


def test_a_barrier_comes_after_a_whole_snapshot_and_what_the_journal_still_had_to_write(
    memory: MemoryDisk,
) -> None:
    """A successor of the group's actor waits for it before it reads: there must not be two writers."""
    files = files_of(memory)
    order: list[str] = []
    files.journal([line(GROUP_A, 1)], lambda _: order.append("journal"))
    files.journal([line(GROUP_A, 2)], lambda _: order.append("journal"))
    files.snapshot(snapshot(2, rewritten=message(1)), lambda _: order.append("snapshot"))
    memory.barrier(lane=Lane.BULK, done=lambda _: order.append("barrier"))
    memory.append(STATE / "other", b"x", lane=Lane.BULK, done=lambda _: order.append("other"))
    memory.run()
    assert order == ["journal", "journal", "snapshot", "barrier", "other"]


def test_an_erased_group_leaves_nothing(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    folder = any_disk.root / "memory" / GROUP_A
    files = files_of(any_disk.disk, folder)
    files.snapshot(snapshot(1), outcomes.add)
    any_disk.settle()
    files.erase(outcomes.add)
    any_disk.settle()
    assert outcomes.all_ok
    assert any_disk.disk.listdir(folder.parent) == []


# failures


@pytest.mark.parametrize("name", ["messages.jsonl", "seen.bin", "timeline.json.tmp", "group.json.tmp"])
def test_a_failed_snapshot_changes_nothing_and_the_next_one_counts(
    memory: MemoryDisk, outcomes: Outcomes, name: str
) -> None:
    files = files_of(memory)
    files.snapshot(snapshot(1, new=range(1, 2)), outcomes.add)
    files.journal(lines(GROUP_A, 2, 3), outcomes.add)
    memory.run()
    memory.files.fail("write", ENOSPC, name=name, taken=2)
    files.snapshot(snapshot(3, new=range(2, 4)), outcomes.add)
    memory.run()
    assert [type(outcome).__name__ for outcome in outcomes] == ["DiskOk", "DiskOk", "DiskError"]
    stored = files_of(memory).load()
    assert stored.meta is not None
    assert stored.meta["seq"] == 1
    assert [one.seq for one in stored.journal] == [2, 3]
    assert ids(stored.messages) == [1]
    assert set(stored.seen) == {1}

    files.snapshot(snapshot(3, new=range(2, 4)), outcomes.add)
    memory.run()

    assert outcomes[-1] == DiskOk()
    assert ids(list(files.messages())) == [1, 2, 3]
    assert memory.size(FOLDER / "seen.bin") == 3 * 8
    assert files_of(memory).load().journal == []


def test_a_journal_that_cannot_be_shortened_does_not_undo_the_snapshot(
    memory: MemoryDisk, outcomes: Outcomes, caplog: pytest.LogCaptureFixture
) -> None:
    files = files_of(memory)
    files.journal(lines(GROUP_A, 1, 3), outcomes.add)
    memory.run()
    memory.files.fail("truncate", EIO, count=10)
    files.snapshot(snapshot(3), outcomes.add)
    memory.run()
    assert outcomes.all_ok
    assert "shortening the journal failed" in caplog.text
    memory.files.heal()
    files.journal([line(GROUP_A, 4)], outcomes.add)
    memory.run()
    assert [one.seq for one in files_of(memory).load().journal] == [4]


def test_a_second_snapshot_before_the_first_is_told_is_a_programming_error(memory: MemoryDisk) -> None:
    files = files_of(memory)
    files.snapshot(snapshot(1), lambda _: None)
    with pytest.raises(RuntimeError, match="one snapshot"):
        files.snapshot(snapshot(1), lambda _: None)


def test_a_journal_line_of_another_group_is_a_programming_error(memory: MemoryDisk) -> None:
    with pytest.raises(ValueError, match="this group"):
        files_of(memory).journal([line(GROUP_B, 1)], lambda _: None)


@pytest.mark.parametrize("meta", [b"", b"[]", b"{}", b"null"])
def test_a_snapshot_without_its_meta_is_a_programming_error(memory: MemoryDisk, meta: bytes) -> None:
    with pytest.raises(ValueError, match="meta"):
        files_of(memory).snapshot(SnapshotData(None, meta, b"", b"", 0), lambda _: None)


def test_a_closed_disk_refuses_the_journal_without_a_deadlock(memory: MemoryDisk, outcomes: Outcomes) -> None:
    files = files_of(memory)
    memory.close(0.0)
    files.journal([line(GROUP_A, 1)], outcomes.add)
    files.snapshot(snapshot(1), outcomes.add)
    assert outcomes.all_failed
    assert len(outcomes) == 2


# what a crash leaves


def test_a_torn_last_line_of_the_journal_is_cut_and_logged(
    memory: MemoryDisk, outcomes: Outcomes, caplog: pytest.LogCaptureFixture
) -> None:
    whole = b"".join(lines(GROUP_A, 1, 2))
    put(memory, "journal.jsonl", whole + line(GROUP_A, 3)[:-7])
    files = files_of(memory)
    assert [one.seq for one in files.load().journal] == [1, 2]
    files.journal([line(GROUP_A, 3)], outcomes.add)
    memory.run()
    assert memory.read(FOLDER / "journal.jsonl") == whole + line(GROUP_A, 3)
    assert "journal.jsonl is cut off" in caplog.text


def test_leftovers_of_interrupted_writes_are_removed(memory: MemoryDisk) -> None:
    put(memory, "timeline.json", b"[]")
    for name in ("timeline.json.tmp", "group.json.tmp", "7.rewritten"):
        put(memory, name, b"half a fi")
    files_of(memory).load()
    memory.run()
    assert memory.listdir(FOLDER) == ["timeline.json"]


def test_what_no_snapshot_speaks_of_is_put_aside_and_kept(memory: MemoryDisk, outcomes: Outcomes) -> None:
    """The first snapshot was cut off: its records are still in the journal and will be written again."""
    put(memory, "messages.jsonl", message(1))
    put(memory, "seen.bin", pack_keys([1]))
    files = files_of(memory)
    stored = files.load()
    assert (stored.messages, set(stored.seen)) == ([], set())
    files.snapshot(snapshot(1, new=range(1, 2)), outcomes.add)
    memory.run()
    assert outcomes.all_ok
    assert ids(list(files.messages())) == [1]
    assert memory.read(FOLDER / "messages.jsonl.unclaimed") == message(1)
    assert set(files_of(memory).load().seen) == {1}


def test_records_that_the_snapshot_has_are_skipped(memory: MemoryDisk) -> None:
    put(memory, "group.json", b'{"format":1,"seq":3}')
    put(memory, "journal.jsonl", b"".join(lines(GROUP_A, 1, 5)))
    assert [one.seq for one in files_of(memory).load().journal] == [4, 5]


def test_a_record_that_was_written_twice_counts_once(memory: MemoryDisk) -> None:
    put(memory, "journal.jsonl", b"".join(lines(GROUP_A, 1, 3) + lines(GROUP_A, 2, 4)))
    assert [one.seq for one in files_of(memory).load().journal] == [1, 2, 3, 4]


# damage


def corrupt(memory: MemoryDisk, name: str, content: bytes, why: str) -> None:
    put(memory, name, content)
    with pytest.raises(CorruptGroup, match=why) as caught:
        files_of(memory).load()
    assert str(FOLDER / name) in str(caught.value)
    memory.run()
    assert memory.read(FOLDER / name) == content


@pytest.mark.parametrize("content", [b"", b"[", b'{"a":1}', b"[1]", b"\0" * 10, b"[{}]x"])
def test_a_damaged_timeline_is_refused_by_name_and_kept(memory: MemoryDisk, content: bytes) -> None:
    corrupt(memory, "timeline.json", content, "damaged")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format":2,"seq":1}', b'{"format":1,"seq":"1"}'])
def test_a_damaged_meta_is_refused_by_name_and_kept(memory: MemoryDisk, content: bytes) -> None:
    corrupt(memory, "group.json", content, "damaged")


def test_a_bad_journal_line_is_refused_by_its_number(memory: MemoryDisk) -> None:
    bad = line(GROUP_A, 2).replace(b'"note"', b'"nope"')
    corrupt(memory, "journal.jsonl", line(GROUP_A, 1) + bad + line(GROUP_A, 3), "line 2: the checksum")


def test_a_hole_in_the_journal_is_refused(memory: MemoryDisk) -> None:
    corrupt(memory, "journal.jsonl", line(GROUP_A, 1) + line(GROUP_A, 3), "record 2 is missing")


def test_a_hole_between_snapshot_and_journal_is_refused(memory: MemoryDisk) -> None:
    put(memory, "group.json", b'{"format":1,"seq":3}')
    corrupt(memory, "journal.jsonl", line(GROUP_A, 5), "record 4 is missing")


def test_a_record_of_another_group_is_refused(memory: MemoryDisk) -> None:
    corrupt(memory, "journal.jsonl", line(GROUP_A, 1) + line(GROUP_B, 2), "another group")


@pytest.mark.parametrize("name", ["messages.jsonl", "seen.bin"])
def test_a_file_shorter_than_the_snapshot_says_is_refused(
    memory: MemoryDisk, outcomes: Outcomes, name: str
) -> None:
    files_of(memory).snapshot(snapshot(3, new=range(1, 4)), outcomes.add)
    memory.run()
    content = memory.read(FOLDER / name)
    assert content is not None
    corrupt(memory, name, content[:-5], "5 bytes are missing")


@pytest.mark.parametrize("name", ["timeline.json", "group.json", "journal.jsonl", "messages.jsonl"])
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(CorruptGroup, match=f"{name} is damaged: it cannot be read"):
        files_of(DirectDisk(), tmp_path).load()


def test_another_groups_damage_does_not_matter(memory: MemoryDisk) -> None:
    put(memory, "timeline.json", b"garbage")
    other = GroupFiles(memory, STATE / "memory" / GROUP_B, GROUP_B)
    assert other.load().events() == []
