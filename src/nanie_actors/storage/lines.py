"""One JSON line a record, each with its own checksum.

`{"v":1,"g":group,"s":seq,"k":kind,"t":ms,"d":{…},"c":"<crc32>"}`: the checksum, eight hex digits, covers the
bytes before `,"c"`. CRC-32 finds every burst of up to 32 wrong bits, and costs a fraction of the JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

import orjson

from nanie_actors.model import GroupId

VERSION = 1

_SEAL = re.compile(rb',"c":"([0-9a-f]{8})"\}')
_SEAL_BYTES = 16
_STATED = re.compile(rb'\{"v":([0-9]{1,9}),')
_HEAD = re.compile(rb'\{"v":1,"g":"([0-9a-zA-Z@.\-]{1,80})","s":([0-9]{1,18}),')


class BadLine(ValueError):
    """A line that no version of ours wrote like this; the text says why, never what it holds."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record of one group. `seq` counts the group's records from 1; `at` is in epoch milliseconds."""

    group: GroupId
    seq: int
    kind: str
    at: int
    data: dict[str, Any]


def encode_line(
    group: GroupId, seq: int, kind: str, at: int, data: Mapping[str, Any] | orjson.Fragment
) -> bytes:
    """A record as one line, newline included. Raises TypeError for what JSON cannot hold."""
    return number_lines(group, seq, (encode_content(kind, at, data),))[0]


def encode_content(kind: str, at: int, data: Mapping[str, Any] | orjson.Fragment) -> bytes:
    """All of a line that is known before its number is. Raises TypeError for what JSON cannot hold."""
    return orjson.dumps({"k": kind, "t": at, "d": data})[1:-1]


class NumberedLines(list[bytes]):
    """Lines of one group, newlines included, whose numbers ascend from `first` on. Made by `number_lines`."""

    __slots__ = ("first", "group")

    group: GroupId
    first: int


def number_lines(group: GroupId, first: int, contents: Iterable[bytes]) -> NumberedLines:
    """Lines of what `encode_content` gave."""
    head = b'{"v":%d,"g":"%b","s":' % (VERSION, group.encode("ascii"))
    lines = NumberedLines(
        [_sealed(b"%b%d,%b" % (head, seq, content)) for seq, content in enumerate(contents, first)]
    )
    lines.group, lines.first = group, first
    return lines


def seal(fields: Mapping[str, Any]) -> bytes:
    """An object as one line with its checksum as the last field."""
    return _sealed(orjson.dumps(fields)[:-1])


def _sealed(body: bytes) -> bytes:
    return b'%b,"c":"%08x"}\n' % (body, crc32(body))


SYNCED: Final = seal({"v": VERSION, "w": "synced"})
"""A line of a journal that is no record: everything before it was on the disk when it was written."""


def unseal(raw: bytes) -> dict[str, Any]:
    """The fields of a line that `seal` made, newline or not. Raises BadLine for anything else."""
    fields = orjson.loads(checked(raw) + b"}")
    if not isinstance(fields, dict) or fields.get("v") != VERSION:
        raise BadLine("it was written by another version of this program")
    return fields


def newer_version(raw: bytes) -> int | None:
    """The version that an undamaged line states, if it is newer than ours."""
    found = _STATED.match(raw)
    if found is None or int(found[1]) <= VERSION:
        return None
    try:
        checked(raw)
    except BadLine:
        return None
    return int(found[1])


def checked(raw: bytes) -> bytes:
    """A line's bytes before its checksum, if that is right; raises BadLine otherwise."""
    line = raw.removesuffix(b"\n")
    found = _SEAL.fullmatch(line, len(line) - _SEAL_BYTES) if len(line) > _SEAL_BYTES else None
    if found is None:
        raise BadLine("no checksum at its end")
    body = line[:-_SEAL_BYTES]
    if crc32(body) != int(found[1], 16):
        raise BadLine("the checksum is wrong")
    return body


def decode_line(raw: bytes) -> Line:
    """The inverse of encode_line, newline or not. Raises BadLine."""
    fields = unseal(raw)
    try:
        return Line(fields["g"], fields["s"], fields["k"], fields["t"], fields["d"])
    except KeyError as error:
        raise BadLine(f"field {error} is missing") from error


def line_owner(raw: bytes) -> tuple[GroupId, int] | None:
    """The group and sequence number that a line names, good or damaged; None where they cannot be told.

    Reads the first bytes only: this is asked of every line of the shared log.
    """
    found = _HEAD.match(raw)
    return (GroupId(found[1].decode("ascii")), int(found[2])) if found else None


def numbered(group: GroupId, lines: Sequence[bytes]) -> list[tuple[int, bytes]]:
    """Lines of this group, each with its sequence number; raises ValueError for anything else or nothing."""
    if isinstance(lines, NumberedLines) and lines.group == group and lines:
        return list(enumerate(lines, lines.first))
    head = b'{"v":1,"g":"%b","s":' % group.encode("ascii")
    start = len(head)
    if not lines or not all(raw.startswith(head) and raw.endswith(b"\n") for raw in lines):
        raise ValueError("an append is one or more lines of encode_line, of the group it names")
    return [(int(raw[start : raw.index(b",", start)]), raw) for raw in lines]


def whole_lines(blob: bytes, mark: bytes) -> tuple[list[bytes], int]:
    """The lines of a file without its torn tail, newlines taken off, and that tail's length in bytes.

    `mark` is a line that was written only after everything before it was on the disk: a torn tail begins
    behind the last one. It is a last line without newline or with a wrong checksum, or all from the first
    line with a zero byte: a page that never got to the disk reads as zeros. Other lines may still be bad.
    """
    pieces = blob.split(b"\n")
    torn = len(pieces.pop())
    settled = len(pieces) - pieces[::-1].index(mark[:-1]) if mark[:-1] in pieces else 0
    for number in range(settled, len(pieces)):
        if _is_torn(pieces[number], last=number == len(pieces) - 1 and not torn):
            return pieces[:number], torn + sum(len(piece) + 1 for piece in pieces[number:])
    return pieces, torn


def _is_torn(piece: bytes, *, last: bool) -> bool:
    try:
        checked(piece)
    except BadLine:
        return last or b"\0" in piece
    return False


def read_lines(blob: bytes) -> tuple[list[Line], int]:
    """The records of a journal, and the length of its torn tail in bytes (see `whole_lines`).

    Any other bad line raises BadLine with its number.
    """
    pieces, torn = whole_lines(blob, SYNCED)
    lines: list[Line] = []
    for number, piece in enumerate(pieces, 1):
        if piece == SYNCED[:-1]:
            continue
        try:
            lines.append(decode_line(piece))
        except BadLine as error:
            raise BadLine(f"line {number}: {error}") from error
    return lines, torn
