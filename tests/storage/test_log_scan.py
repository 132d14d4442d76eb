"""Reading a segment of the shared log: torn tails are cut, damage costs its own line only."""

from __future__ import annotations

from disks import GROUP_A, GROUP_B, line, lines

from nanie_actors.storage.log_scan import (
    Forgotten,
    Found,
    Lost,
    Scan,
    batch_line,
    forget_line,
    lost_line,
    open_line,
    scan_segment,
    together_line,
)


def batch(*parts: bytes) -> bytes:
    payload = b"".join(parts)
    return batch_line(len(payload)) + payload


def kept(scan: Scan) -> list[tuple[str, int]]:
    return [(entry.group, entry.seq) for entry in scan.entries if isinstance(entry, Found)]


FIRST = open_line({}) + batch(*lines(GROUP_A, 1, 3))
SECOND = batch(line(GROUP_A, 4), line(GROUP_B, 1), line(GROUP_B, 2))


def test_a_whole_segment_gives_all_its_lines() -> None:
    scan = scan_segment(FIRST + SECOND, last=True)
    assert kept(scan) == [*((GROUP_A, seq) for seq in (1, 2, 3, 4)), (GROUP_B, 1), (GROUP_B, 2)]
    assert scan.good == len(FIRST + SECOND)
    assert scan.bad == []


def test_cut_anywhere_the_whole_lines_before_remain_and_nothing_is_called_damage() -> None:
    whole = FIRST + SECOND
    for length in range(len(whole)):
        scan = scan_segment(whole[:length], last=True)
        assert scan.bad == []
        assert scan.good <= length
        assert whole[:length].count(b'"g":') - len(kept(scan)) in (0, 1)
        assert scan_segment(whole[: scan.good], last=True).good == scan.good


def test_a_page_of_zeros_in_the_last_batch_is_a_torn_tail() -> None:
    """The length of a file can get to the disk before its data: nothing in that batch was acknowledged."""
    hole = bytearray(FIRST + SECOND)
    start = len(FIRST) + len(batch_line(0)) + 20
    hole[start : start + 40] = bytes(40)
    scan = scan_segment(bytes(hole), last=True)
    assert kept(scan) == [(GROUP_A, seq) for seq in (1, 2, 3)]
    assert scan.bad == []
    assert scan.good < len(hole)


def test_zeros_in_an_earlier_batch_are_damage_since_that_batch_was_acknowledged() -> None:
    hole = bytearray(FIRST + SECOND)
    at = FIRST.index(line(GROUP_A, 2)) + 60
    hole[at : at + 10] = bytes(10)
    scan = scan_segment(bytes(hole), last=True)
    assert [spot.owner for spot in scan.bad] == [(GROUP_A, 2)]
    assert len(kept(scan)) == 5
    assert scan.good == len(hole)


def test_a_flipped_bit_costs_its_line_only_also_in_the_last_line() -> None:
    for seq in (1, 2):
        damaged = (FIRST + SECOND).replace(
            line(GROUP_B, seq), line(GROUP_B, seq).replace(b'"note"', b'"nope"')
        )
        scan = scan_segment(damaged, last=True)
        assert [spot.owner for spot in scan.bad] == [(GROUP_B, seq)]
        assert len(kept(scan)) == 5
        assert scan.good == len(damaged)


def test_a_damaged_line_of_which_no_owner_can_be_told_is_still_reported() -> None:
    damaged = FIRST.replace(line(GROUP_A, 2), b"x" + line(GROUP_A, 2)[1:]) + SECOND
    scan = scan_segment(damaged, last=True)
    assert [(spot.line_number, spot.owner) for spot in scan.bad] == [(4, None)]


def test_a_segment_of_which_the_length_is_known_has_no_torn_tail() -> None:
    scan = scan_segment((FIRST + SECOND)[:-5], last=False)
    assert [spot.owner for spot in scan.bad] == [(GROUP_B, 2)]


def test_lines_of_one_append_count_all_or_not_at_all() -> None:
    call = together_line(3) + b"".join(lines(GROUP_B, 1, 3))
    whole = FIRST + batch(call)
    for length in range(len(FIRST), len(whole)):
        scan = scan_segment(whole[:length], last=True)
        assert kept(scan) == [(GROUP_A, seq) for seq in (1, 2, 3)], length
        assert scan.bad == []
    assert len(kept(scan_segment(whole, last=True))) == 6


def test_a_whole_append_of_several_lines_before_a_torn_one_is_kept() -> None:
    call = together_line(2) + b"".join(lines(GROUP_B, 1, 2))
    scan = scan_segment(batch(call, line(GROUP_A, 1), line(GROUP_A, 2))[:-3], last=True)
    assert kept(scan) == [(GROUP_B, 1), (GROUP_B, 2), (GROUP_A, 1)]


def test_the_logs_own_lines_are_told_apart_from_records() -> None:
    blob = open_line({"x.log": 7}) + batch(forget_line(GROUP_A), lost_line(GROUP_B, 9), line(GROUP_A, 1))
    scan = scan_segment(blob, last=True)
    assert scan.lengths == {"x.log": 7}
    assert scan.entries == [Forgotten(GROUP_A), Lost(GROUP_B, 9), Found(GROUP_A, 1, line(GROUP_A, 1))]


def test_garbage_is_no_reason_to_fail() -> None:
    for blob in (b"", b"\n\n\n", b"\0" * 9_000, bytes(range(256)) * 20):
        scan = scan_segment(blob, last=True)
        assert scan.entries == []
        assert scan.good <= len(blob)
