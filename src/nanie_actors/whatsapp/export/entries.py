"""From lines to entries: a header and every line up to the next one."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from nanie_actors.errors import SourceError
from nanie_actors.whatsapp.export.dates import WrittenOrder, read_date
from nanie_actors.whatsapp.export.header import Header, Shape, read_header

LONGEST_TEXT = 65_536
"""Characters of one message at most, WhatsApp's own limit; what an export has beyond it is cut."""

_LONGEST_LINE = 1 << 20
_REPORT_EVERY = 1 << 18


@dataclass(slots=True)
class Mended:
    """What was wrong with a file and was put up with. Counts only."""

    undecodable_lines: int = 0
    nul_lines: int = 0
    orphan_lines: int = 0
    cut_messages: int = 0

    @property
    def anything(self) -> bool:
        """Whether the file was not quite what WhatsApp writes."""
        return bool(self.undecodable_lines or self.nul_lines or self.orphan_lines or self.cut_messages)


@dataclass(slots=True)
class Entry:
    """What one header begins: a message or a notice. `wall` is the phone's local time, without zone."""

    wall: datetime.datetime
    said: str


def read_lines(stream: BinaryIO, mended: Mended, read: Callable[[int], None], shown: str) -> Iterator[str]:
    """The lines of a text without their ends; bytes that are no UTF-8 are replaced, NULs are dropped.

    `read` is told how many bytes were read, every now and then. Only a line feed ends a line: a message may
    hold any other separator. Raises SourceError for a line so long that this cannot be a chat.
    """
    unreported = 0
    while line := stream.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            raise SourceError(f"{shown} is no exported chat: it has a line of over {_LONGEST_LINE:,} bytes.")
        unreported += len(line)
        if unreported >= _REPORT_EVERY:
            read(unreported)
            unreported = 0
        yield _decoded(line, mended)
    read(unreported)


def _decoded(line: bytes, mended: Mended) -> str:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        mended.undecodable_lines += 1
        text = line.decode(errors="replace")
    if "\0" in text:
        mended.nul_lines += 1
        text = text.replace("\0", "")
    return text.rstrip("\r\n")


def read_entries(lines: Iterator[str], shape: Shape, order: WrittenOrder, mended: Mended) -> Iterator[Entry]:
    """Group lines into entries. A line with a header of another shape, or of no real date, is text."""
    entry: Entry | None = None
    room = 0
    for line in lines:
        header = read_header(line)
        if header is not None and header.shape == shape and (wall := _wall(header, order)) is not None:
            if entry is not None:
                yield entry
            entry = Entry(wall, _fitted(header.rest, LONGEST_TEXT, mended))
            room = LONGEST_TEXT - len(entry.said)
        elif entry is None:
            mended.orphan_lines += 1
        elif room > 0:
            more = _fitted("\n" + line, room, mended)
            entry.said += more
            room -= len(more)
    if entry is not None:
        yield entry


def _fitted(text: str, room: int, mended: Mended) -> str:
    if len(text) <= room:
        return text
    mended.cut_messages += 1
    return text[:room]


def _wall(header: Header, order: WrittenOrder) -> datetime.datetime | None:
    day = read_date(header, order)
    if day is None:
        return None
    return datetime.datetime(  # noqa: DTZ001 - the phone's wall clock: the zone is the household's
        day.year, day.month, day.day, header.hour, header.minute, header.seconds
    )
