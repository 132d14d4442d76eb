"""The ingress journal's writer: numbers for ever, torn ends, and disks that refuse."""

from __future__ import annotations

import logging
from contextlib import suppress
from errno import EIO, ENOSPC

import pytest
from journals import FOLDER, ROOT, SEGMENT_BYTES, event, filled, never, numbers, opened, writer_on

from nanie_actors.storage.accidents import Cut
from nanie_actors.storage.memory_files import MemoryFiles
from nanie_actors.whatsapp.live import journal_writer
from nanie_actors.whatsapp.live.journal import Entry, decode_entry, encode_entry, first_numbers, segment_name
from nanie_actors.whatsapp.live.journal_cursor import write_cursor
from nanie_actors.whatsapp.live.journal_writer import whole_part


def segments(files: MemoryFiles) -> list[int]:
    return first_numbers(files.listdir(FOLDER))


def test_an_entry_is_one_line_and_comes_back_as_it_was() -> None:
    line = encode_entry(17, [event(1, "milk\nמטרנה"), event(2)])
    assert line.count(b"\n") == 1
    assert decode_entry(line) == Entry(17, (event(1, "milk\nמטרנה"), event(2)))


def test_numbers_go_on_over_segments_and_restarts() -> None:
    files = filled(40)
    assert len(segments(files)) > 3
    writer = writer_on(files)
    assert writer.open() == 40
    assert writer.append([event(41)], never) == 41
    assert numbers(files) == list(range(1, 42))


def test_a_segment_is_named_by_its_first_entry_and_ends_soon_after_its_size() -> None:
    files = filled(40)
    for first in segments(files):
        lines = files.read(FOLDER / segment_name(first)).splitlines(keepends=True)
        assert decode_entry(lines[0]).number == first
        assert sum(map(len, lines[:-1])) < SEGMENT_BYTES


def test_what_was_appended_survives_the_loss_of_power() -> None:
    files = filled(12)
    files.power_loss()
    assert numbers(files) == list(range(1, 13))


def test_a_torn_last_line_is_cut_and_its_number_given_again(caplog: pytest.LogCaptureFixture) -> None:
    files = filled(3)
    torn = files.open_append(FOLDER / segment_name(1))
    torn.write(encode_entry(4, [event(99)])[:-20])
    with caplog.at_level(logging.WARNING):
        writer = writer_on(files)
        assert writer.open() == 3
    assert "cut off" in caplog.text
    assert writer.append([event(4)], never) == 4
    assert numbers(files) == [1, 2, 3, 4]


def test_a_whole_line_with_a_wrong_checksum_at_the_end_is_kept_aside_before_it_is_cut() -> None:
    """It may be a page that never got to the disk, or a bit that flipped: only people can tell."""
    files = filled(3)
    path = FOLDER / segment_name(1)
    lines = files.read(path).splitlines(keepends=True)
    bad = lines[2].replace(b"Noa", b"Nob")
    rewritten = files.open_new(path)
    rewritten.write(b"".join([*lines[:2], bad]))
    assert writer_on(files).open() == 2
    (kept,) = [name for name in files.listdir(FOLDER) if name.startswith("damaged-")]
    assert files.read(FOLDER / kept) == bad


def test_an_empty_newest_segment_still_says_how_far_the_numbers_got() -> None:
    """A crash between making a segment and its first line, after the older ones were settled and deleted."""
    files = filled(2)
    files.open_new(FOLDER / segment_name(3))
    files.unlink(FOLDER / segment_name(1))
    assert writer_on(files).open() == 2


def test_a_settled_entry_that_the_power_took_does_not_give_its_number_to_another() -> None:
    """The reader would take the other for known, and it would be lost."""
    files = filled(5)
    write_cursor(files, FOLDER, 7)
    writer = writer_on(files)
    assert writer.open() == 7
    assert writer.append([event(8)], never) == 8


@pytest.mark.parametrize("taken", [0, 1, 100])
def test_a_full_disk_is_asked_again_until_it_takes_the_entry(taken: int) -> None:
    files = filled(2)
    writer = opened(files)
    files.fail("write", ENOSPC, count=3, taken=taken)
    refusals: list[int] = []
    assert writer.append([event(3)], lambda error: refusals.append(error.errno or 0)) == 3
    assert refusals == [ENOSPC] * 3
    assert writer.append([event(4)], never) == 4
    assert numbers(files) == [1, 2, 3, 4]


@pytest.mark.parametrize("call", ["truncate", "open_new", "sync_folder", "sync"])
def test_any_call_may_fail_for_a_while(call: str) -> None:
    files = filled(8)
    writer = opened(files)
    files.fail("write", ENOSPC, nth=2, taken=40)
    files.fail(call, EIO, count=2)
    refusals: list[int] = []
    for number in range(9, 30):
        assert writer.append([event(number)], lambda error: refusals.append(error.errno or 0)) == number
    assert EIO in refusals
    files.power_loss()
    assert numbers(files) == list(range(1, 30))


def test_a_line_whose_sync_failed_is_written_again_and_read_once() -> None:
    """It may have been read already, so it is never taken back; and it may be gone, so there is a second."""
    files = filled(1)
    writer = opened(files)
    files.fail("sync", EIO, count=2)
    assert writer.append([event(2)], lambda _: None) == 2
    written = [decode_entry(line).number for line in files.read(FOLDER / segment_name(1)).splitlines()]
    assert written == [1, 2, 2]
    assert numbers(files) == [1, 2]


def test_copies_do_not_pile_up_on_a_disk_that_keeps_nothing() -> None:
    files = filled(1)
    writer = opened(files)
    files.fail("sync", EIO, count=50)
    writer.append([event(2)], lambda _: None)
    assert files.read(FOLDER / segment_name(1)).count(b"\n") == 3


def test_giving_up_leaves_a_journal_that_the_next_writer_can_use() -> None:
    files = filled(2)
    writer = opened(files)
    files.fail("write", ENOSPC, count=1, taken=30)

    def give_up(error: OSError) -> None:
        raise InterruptedError from error

    with pytest.raises(InterruptedError):
        writer.append([event(3)], give_up)
    assert opened(files).append([event(3)], never) == 3
    assert numbers(files) == [1, 2, 3]


def test_events_that_json_cannot_hold_leave_the_journal_as_it_was() -> None:
    files = filled(1)
    writer = opened(files)
    with pytest.raises(TypeError):
        writer.append([event(2, "\ud800")], never)
    assert writer.append([event(2)], never) == 2
    assert numbers(files) == [1, 2]


def test_a_long_backlog_is_told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(journal_writer, "MANY_SEGMENTS", 3)
    with caplog.at_level(logging.WARNING):
        filled(40)
    assert "wait for the worker" in caplog.text


def test_opening_that_is_cut_off_anywhere_can_be_done_again() -> None:
    for calls in range(12):
        files = filled(3)
        files.open_append(FOLDER / segment_name(1)).write(b'{"v":1,"n":4,"e"')
        files.cut_after(calls)
        with suppress(Cut):
            writer_on(files).open()
        files.power_loss()
        assert opened(files).append([event(4)], never) == 4
        assert numbers(files) == [1, 2, 3, 4]


def test_a_new_folder_is_made_with_its_parents_names_on_the_disk() -> None:
    files = MemoryFiles(ROOT)
    opened(files).append([event(1)], never)
    files.power_loss()
    assert numbers(files) == [1]


@pytest.mark.parametrize("blob", [b"", b"\n", b"\n\n", b"x", b"x\n", b"\0" * 5_000, b"{}\n"])
def test_a_segment_without_a_whole_line_is_all_torn(blob: bytes) -> None:
    assert whole_part(blob) == (0, 0)


def test_an_entry_that_a_killed_bridge_left_unsynced_is_safe_once_it_counts() -> None:
    """The next numbers follow it, and the worker may have read it."""
    files = filled(2)
    files.open_append(FOLDER / segment_name(1)).write(encode_entry(3, [event(3)]))
    files.kill()
    assert writer_on(files).open() == 3
    files.power_loss()
    assert numbers(files) == [1, 2, 3]


def test_a_doubtful_entry_stays_in_the_segment_where_it_may_have_been_read() -> None:
    """A new segment would say by its name that the entry is not in the older one."""
    files = MemoryFiles(ROOT)
    writer = opened(files)
    writer.append([event(1)], never)
    files.fail("sync", EIO)
    assert writer.append([event(2, "x" * SEGMENT_BYTES)], lambda _: None) == 2
    assert segments(files) == [1]
    assert writer.append([event(3)], never) == 3
    assert segments(files) == [1, 3]
