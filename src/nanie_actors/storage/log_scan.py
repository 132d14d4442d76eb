"""What a segment of the shared log holds beside records, and how a segment is read after any accident. Pure.

A segment is lines, all with checksums. Besides the groups' records there are the log's own lines, told apart
by a `w` where a record has its group:

- `open`, in the first batch: how long each earlier segment was when this one began. What follows there beyond
  that length is the rest of a failed append and was never acknowledged, whatever it looks like.
- `batch`, before each flush: its length in bytes. A batch begins only when the one before it is on the disk,
  so only the last batch of the last segment can be torn.
- `together`, before the lines of an append of several: they count all, or not at all.
- `forget`: the group was erased; its lines before this one are void.
- `lost`: a line of the group is known to be damaged and was not found elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nanie_actors.model import GroupId
from nanie_actors.storage.lines import VERSION, BadLine, checked, line_owner, seal, unseal

_OWN = b'{"v":1,"w":'


@dataclass(frozen=True, slots=True)
class Found:
    """A whole record line."""

    group: GroupId
    seq: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The group was erased here."""

    group: GroupId


@dataclass(frozen=True, slots=True)
class Lost:
    """A line that is known to be missing."""

    group: GroupId
    seq: int


@dataclass(frozen=True, slots=True)
class BadSpot:
    """A line that cannot be read; `owner` is whom it names, as far as that can be told and believed."""

    line_number: int
    reason: str
    owner: tuple[GroupId, int] | None


Entry = Found | Forgotten | Lost


@dataclass(slots=True)
class Scan:
    """A segment as it was found. `good` is the length to keep; what follows is torn."""

    good: int
    lines: int = 0
    entries: list[Entry] = field(default_factory=list)
    bad: list[BadSpot] = field(default_factory=list)
    lengths: dict[str, int] = field(default_factory=dict)


def open_line(lengths: Mapping[str, int]) -> bytes:
    """The first line of a segment: the whole length of each earlier one, by file name."""
    return seal({"v": VERSION, "w": "open", "good": lengths})


def batch_line(length: int) -> bytes:
    """Announces a batch of `length` bytes."""
    return seal({"v": VERSION, "w": "batch", "n": length})


def together_line(count: int) -> bytes:
    """Announces `count` lines that count all or not at all."""
    return seal({"v": VERSION, "w": "together", "n": count})


def forget_line(group: GroupId) -> bytes:
    """Makes a group's earlier lines void."""
    return seal({"v": VERSION, "w": "forget", "g": group})


def lost_line(group: GroupId, seq: int) -> bytes:
    """Keeps in mind that a line is missing, when the segment that showed it goes."""
    return seal({"v": VERSION, "w": "lost", "g": group, "s": seq})


@dataclass(slots=True)
class _Piece:
    """One line of the segment, and what became of reading it."""

    start: int
    raw: bytes
    ended: bool
    owner: tuple[GroupId, int] | None = None
    own: dict[str, Any] | None = None
    reason: str = ""


def scan_segment(blob: bytes, *, last: bool) -> Scan:
    """Read a segment; `blob` is already cut to the length a later segment gives for it, if one does.

    `last`: no later segment speaks of this one, so its last batch may be torn.
    """
    pieces = _pieces(blob)
    cut = _torn_from(pieces, len(blob)) if last else len(blob)
    scan = Scan(good=cut, lines=len(pieces))
    for number, piece in enumerate(pieces, 1):
        if piece.start < cut:
            _take(scan, number, piece)
    return scan


def _pieces(blob: bytes) -> list[_Piece]:
    pieces: list[_Piece] = []
    start = 0
    while start < len(blob):
        end = blob.find(b"\n", start) + 1
        piece = _Piece(start, blob[start : end or len(blob)], ended=end > 0)
        _read(piece)
        pieces.append(piece)
        start = end or len(blob)
    return pieces


def _read(piece: _Piece) -> None:
    piece.owner = line_owner(piece.raw)
    try:
        if not piece.ended:
            raise BadLine("it does not end")
        if piece.raw.startswith(_OWN):
            piece.own = unseal(piece.raw)
        else:
            checked(piece.raw)
            if piece.owner is None:
                raise BadLine("it names no group")
    except BadLine as error:
        piece.reason = str(error)


def _torn_from(pieces: list[_Piece], length: int) -> int:
    """Where the torn rest of the last batch begins: the segment's length if it is whole."""
    start, end = _last_batch(pieces)
    for piece in pieces:
        if piece.reason and piece.start >= start:
            # Zeros are what a page reads as that never got to the disk. Other damage within a batch that was
            # written whole is no torn write: it may have been acknowledged, so it is not cut off.
            unfinished = piece is pieces[-1] and length != end
            if unfinished or b"\0" in piece.raw:
                return _before_cut_call(pieces, piece.start)
    return _before_cut_call(pieces, length)


def _last_batch(pieces: list[_Piece]) -> tuple[int, int]:
    for piece in reversed(pieces):
        if piece.own and piece.own["w"] == "batch":
            return piece.start, piece.start + len(piece.raw) + int(piece.own["n"])
    return 0, 0


def _before_cut_call(pieces: list[_Piece], cut: int) -> int:
    """Move the cut before an append whose lines are not all there."""
    inside = [piece for piece in pieces if piece.start < cut]
    for back, piece in enumerate(reversed(inside)):
        if piece.own and piece.own["w"] == "together":
            return piece.start if back < int(piece.own["n"]) else cut
        if piece.own:
            break
    return cut


def _take(scan: Scan, number: int, piece: _Piece) -> None:
    if piece.reason:
        scan.bad.append(BadSpot(number, piece.reason, piece.owner))
    elif piece.own is not None:
        _take_own(scan, piece.own)
    elif piece.owner is not None:
        scan.entries.append(Found(*piece.owner, piece.raw))


def _take_own(scan: Scan, own: Mapping[str, Any]) -> None:
    match own["w"]:
        case "open":
            scan.lengths.update(own["good"])
        case "forget":
            scan.entries.append(Forgotten(GroupId(own["g"])))
        case "lost":
            scan.entries.append(Lost(GroupId(own["g"]), own["s"]))
        case _:
            pass
