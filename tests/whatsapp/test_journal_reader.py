"""The ingress journal's reader: in order, while it is written, around damage, away with what is settled."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from errno import EIO, ENOSPC
from pathlib import Path

import pytest
from journals import FOLDER, ROOT, event, filled, never, numbers, opened

from nanie_actors.storage.memory_files import MemoryFiles
from nanie_actors.whatsapp.live.journal import Entry, encode_entry, first_numbers, segment_name
from nanie_actors.whatsapp.live.journal_reader import CURSOR_EVERY, JournalReader


def segments(files: MemoryFiles) -> list[int]:
    return first_numbers(files.listdir(FOLDER))


def read_on(reader: JournalReader, start: int) -> list[int]:
    return [entry.number for entry in reader.read_from(start)]


class CountingFiles(MemoryFiles):
    """Remembers from where files were read."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.offsets: list[int] = []

    def tail(self, path: Path, offset: int) -> bytes:
        self.offsets.append(offset)
        return super().tail(path, offset)


def test_a_journal_that_is_not_there_is_empty() -> None:
    reader = JournalReader(FOLDER, MemoryFiles(ROOT))
    assert (reader.first(), reader.newest(), read_on(reader, 1)) == (1, 0, [])
    reader.settled_up_to(5)
    reader.close()


def test_entries_come_in_order_from_any_number_on() -> None:
    files = filled(30)
    for start in (1, 2, 15, 30, 31):
        assert numbers(files, start) == list(range(start, 31))


def test_reading_goes_on_where_it_ended() -> None:
    """Each entry is handed out once, and a growing segment is not read from its beginning each time."""
    files = CountingFiles(ROOT)
    writer, reader, seen = opened(files), JournalReader(FOLDER, files), []
    for number in range(1, 40):
        writer.append([event(number)], never)
        seen += read_on(reader, number)
    assert seen == list(range(1, 40))
    assert files.offsets.count(0) <= len(segments(files))


def test_a_line_that_is_being_written_is_left_for_later() -> None:
    files = filled(2)
    line, reader = encode_entry(3, [event(3)]), JournalReader(FOLDER, files)
    file = files.open_append(FOLDER / segment_name(1))
    file.write(line[:30])
    assert read_on(reader, 1) == [1, 2]
    file.write(line[30:-1])
    assert read_on(reader, 3) == []
    file.write(b"\n")
    assert read_on(reader, 3) == [3]


def test_a_line_that_is_cut_and_written_anew_is_read_as_it_is_then() -> None:
    files = filled(1)
    writer, reader = opened(files), JournalReader(FOLDER, files)
    files.fail("write", ENOSPC, taken=50)

    seen: list[int] = []
    writer.append([event(2)], lambda _: seen.extend(read_on(reader, 1)))
    assert seen == [1]
    assert read_on(reader, 2) == [2]


def test_an_entry_that_was_read_before_its_sync_failed_is_not_read_again() -> None:
    files = filled(1)
    writer, reader = opened(files), JournalReader(FOLDER, files)
    files.fail("sync", EIO)
    seen: list[int] = []
    writer.append([event(2)], lambda _: seen.extend(read_on(reader, 1)))
    seen += read_on(reader, 3)
    writer.append([event(3)], never)
    seen += read_on(reader, 3)
    assert seen == [1, 2, 3]


def damage(files: MemoryFiles, number: int, old: bytes, new: bytes) -> None:
    """Change the bytes of one line of the first segment."""
    path = FOLDER / segment_name(1)
    lines = files.read(path).splitlines(keepends=True)
    lines[number - 1] = lines[number - 1].replace(old, new)
    files.open_new(path).write(b"".join(lines))


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"Noa", b"Nob"), (b'"n":2', b'"n":1'), (b'{"v"', b"\0\0\0\0"), (b"}\n", b"}}\n"), (b"Noa", b"N\na")],
)
def test_damage_costs_its_line_only_and_its_bytes_are_kept(
    old: bytes, new: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    files = filled(4)
    damage(files, 2, old, new)
    with caplog.at_level(logging.ERROR):
        assert numbers(files) == [1, 3, 4]
    assert "damaged near entry 2" in caplog.text
    kept = b"".join(
        files.read(FOLDER / name) for name in sorted(files.listdir(FOLDER)) if name.startswith("damaged-")
    )
    assert new in kept


def test_a_second_reading_of_damage_keeps_it_once() -> None:
    files = filled(4)
    damage(files, 2, b"Noa", b"Nob")
    assert numbers(files) == numbers(files)
    assert len([name for name in files.listdir(FOLDER) if name.startswith("damaged-")]) == 1


def test_damaged_bytes_that_cannot_be_kept_stop_the_reading_until_they_can() -> None:
    files = filled(4)
    damage(files, 2, b"Noa", b"Nob")
    files.fail("write", ENOSPC, name="damaged-")
    reader = JournalReader(FOLDER, files)
    with pytest.raises(OSError):
        read_on(reader, 1)
    assert read_on(reader, 2) == [3, 4]


def test_the_end_of_an_older_segment_without_its_newline_is_still_an_entry() -> None:
    files = filled(20)
    path = FOLDER / segment_name(1)
    whole = files.read(path)
    files.open_new(path).write(whole[:-1])
    assert numbers(files) == list(range(1, 21))


def test_settled_segments_are_deleted_and_never_the_newest() -> None:
    files = filled(30)
    reader = JournalReader(FOLDER, files)
    for entry in reader.read_from(1):
        reader.settled_up_to(entry.number)
        assert segments(files)[0] <= entry.number + 1
    assert len(segments(files)) == 1
    assert reader.newest() == 30


def test_a_segment_with_one_unsettled_entry_stays() -> None:
    files = filled(30)
    reader = JournalReader(FOLDER, files)
    assert read_on(reader, 1)
    second = segments(files)[1]
    reader.settled_up_to(second - 2)
    assert segments(files)[0] == 1
    reader.settled_up_to(second - 1)
    assert segments(files)[0] == second


def test_a_closed_reader_leaves_a_cursor_and_a_restart_reads_nothing_twice() -> None:
    files = filled(5)
    reader = JournalReader(FOLDER, files)
    assert read_on(reader, reader.first()) == [1, 2, 3, 4, 5]
    reader.settled_up_to(3)
    reader.close()
    again = JournalReader(FOLDER, files)
    assert again.first() == 4
    assert read_on(again, again.first()) == [4, 5]
    assert again.backlog() == 2


def test_the_cursor_is_written_now_and_then_only() -> None:
    files = filled(CURSOR_EVERY + 5)
    reader = JournalReader(FOLDER, files)
    reader.settled_up_to(CURSOR_EVERY - 1)
    assert JournalReader(FOLDER, files).first() == 1
    reader.settled_up_to(CURSOR_EVERY)
    assert JournalReader(FOLDER, files).first() == CURSOR_EVERY + 1


@pytest.mark.parametrize("content", [b"", b"garbage", b"\0" * 40, encode_entry(1, [event(1)])])
def test_a_cursor_that_cannot_be_read_is_harmless(content: bytes) -> None:
    files = filled(3)
    files.open_new(FOLDER / "cursor").write(content)
    reader = JournalReader(FOLDER, files)
    assert read_on(reader, reader.first()) == [1, 2, 3]


@pytest.mark.parametrize("call", ["unlink", "open_new", "write", "sync", "rename"])
def test_a_disk_that_refuses_tidying_costs_nothing(call: str, caplog: pytest.LogCaptureFixture) -> None:
    files = filled(30)
    reader = JournalReader(FOLDER, files)
    assert read_on(reader, 1)
    files.fail(call, EIO)
    with caplog.at_level(logging.WARNING):
        reader.settled_up_to(30)
    assert "tidied" in caplog.text
    reader.settled_up_to(30)
    assert len(segments(files)) == 1
    assert JournalReader(FOLDER, files).first() == 31


def test_reading_that_was_broken_off_goes_on_after_the_last_entry_taken() -> None:
    files = filled(12)
    reader = JournalReader(FOLDER, files)
    reading: Iterator[Entry] = reader.read_from(1)
    assert [next(reading).number for _ in range(4)] == [1, 2, 3, 4]
    assert read_on(reader, 5) == list(range(5, 13))


def test_a_segment_deleted_under_a_reading_is_no_fault() -> None:
    files = filled(30)
    reader = JournalReader(FOLDER, files)
    seen = []
    for entry in reader.read_from(1):
        seen.append(entry.number)
        reader.settled_up_to(entry.number)
    assert seen == list(range(1, 31))
