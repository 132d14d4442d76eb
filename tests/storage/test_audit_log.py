"""The record of who linked what: appended, turned when it is full, never in anybody's way."""

from __future__ import annotations

from errno import ENOSPC
from pathlib import Path
from typing import Any

import pytest
from making import GROUP, NOON

from nanie_actors.model import ConversationId, EpochMs
from nanie_actors.storage.audit_log import UNSAVED_LINES, AuditEntry, AuditLog, audit_files, read_audit
from nanie_actors.storage.disk import DiskResult, Lane
from nanie_actors.storage.memory_disk import MemoryDisk

STATE = Path("/state")
PATH = STATE / "audit.jsonl"


@pytest.fixture
def disk() -> MemoryDisk:
    return MemoryDisk(STATE)


def open_log(disk: MemoryDisk, most_bytes: int = 1_000_000, files: int = 3) -> AuditLog:
    return AuditLog(disk, PATH, most_bytes=most_bytes, files=files)


def entry(number: int, **more: Any) -> AuditEntry:
    return AuditEntry(EpochMs(NOON + number), "link", "done", ConversationId(str(number)), GROUP, **more)


def plant(disk: MemoryDisk, path: Path, data: bytes) -> None:
    disk.replace(path, data, lane=Lane.BULK, done=lambda _: None)
    disk.run()


def noted(disk: MemoryDisk) -> list[int]:
    return [int(found["conversation"]) for found in read_audit(disk, STATE)]


def test_an_entry_says_when_who_what_and_why_and_nothing_that_it_does_not_know(disk: MemoryDisk) -> None:
    open_log(disk).note(AuditEntry(NOON, "unlink", "failed", group=GROUP, why="disk"))
    disk.run()
    assert list(read_audit(disk, STATE)) == [
        {"at": NOON, "action": "unlink", "outcome": "failed", "group": GROUP, "why": "disk"}
    ]


def test_entries_keep_their_order_and_survive_the_loss_of_power(disk: MemoryDisk) -> None:
    log = open_log(disk)
    for number in range(50):
        log.note(entry(number))
    disk.run()
    disk.power_loss()
    assert noted(disk) == list(range(50))


def test_a_new_run_goes_on_where_the_last_one_ended(disk: MemoryDisk) -> None:
    for number in range(3):
        open_log(disk).note(entry(number))
        disk.run()
    assert noted(disk) == [0, 1, 2]


def test_a_line_that_a_crash_tore_is_cut_off(disk: MemoryDisk) -> None:
    open_log(disk).note(entry(1))
    disk.run()
    with_torn = (disk.read(PATH) or b"") + b'{"torn'
    plant(disk, PATH, with_torn)
    open_log(disk).note(entry(2))
    disk.run()
    assert noted(disk) == [1, 2]
    assert b"torn" not in (disk.read(PATH) or b"")


def test_a_full_file_is_put_aside_and_only_the_newest_are_kept(disk: MemoryDisk) -> None:
    line = len(entry(1).to_line())
    log = open_log(disk, most_bytes=line * 2, files=3)
    for number in range(1, 10):
        log.note(entry(number))
        disk.run()
    files = audit_files(disk, STATE)
    assert len(files) == 3
    assert files[-1] == PATH
    assert noted(disk) == [5, 6, 7, 8, 9]


def test_files_of_the_same_moment_do_not_overwrite_each_other(disk: MemoryDisk) -> None:
    log = open_log(disk, most_bytes=1, files=10)
    for number in range(5):
        log.note(AuditEntry(NOON, "link", "done", ConversationId(str(number))))
        disk.run()
    assert noted(disk) == [0, 1, 2, 3, 4]


def test_what_the_disk_refuses_is_written_with_the_next_entry(disk: MemoryDisk) -> None:
    log = open_log(disk)
    disk.files.fail("write", ENOSPC, name="audit", count=1)
    log.note(entry(1))
    log.note(entry(2))
    disk.run()
    assert noted(disk) == []
    log.note(entry(3))
    disk.run()
    assert noted(disk) == [1, 2, 3]


def test_of_what_a_disk_refuses_for_long_only_so_much_is_kept(
    disk: MemoryDisk, caplog: pytest.LogCaptureFixture
) -> None:
    log = open_log(disk)
    disk.files.fail("write", ENOSPC, name="audit", count=1_000_000)
    for number in range(UNSAVED_LINES + 5):
        log.note(entry(number))
    disk.run()
    disk.files.heal()
    log.note(entry(99_999))
    disk.run()
    assert len(noted(disk)) <= UNSAVED_LINES + 1
    assert "are lost" in caplog.text


def test_whoever_waits_is_told_when_everything_is_on_disk(disk: MemoryDisk) -> None:
    log, told = open_log(disk), list[DiskResult]()
    log.note(entry(1))
    log.settled(told.append)
    assert told == []
    disk.run()
    assert len(told) == 1


def test_lines_that_are_none_and_other_files_are_passed_over(disk: MemoryDisk) -> None:
    plant(disk, PATH, b'not json\n[1]\n{"at": 1}\n')
    plant(disk, STATE / "audit-notes.jsonl", b'{"at": 2}\n')
    assert list(read_audit(disk, STATE)) == [{"at": 1}]
