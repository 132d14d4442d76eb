"""One exported chat, read twice: once to settle its form, its dates and its name, once for its events.

Lines are streamed both times, so that memory does not grow with the file.
"""

from __future__ import annotations

import datetime
import logging
import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from nanie_actors.errors import SourceError
from nanie_actors.model import ChatMessage, EpochMs, GroupEvent, GroupId, GroupSeen, MessageArrived, SenderId
from nanie_actors.whatsapp.export.bodies import read_body
from nanie_actors.whatsapp.export.dates import DateEvidence, DateOrder, WrittenOrder, settle_order
from nanie_actors.whatsapp.export.entries import Entry, Mended, read_entries, read_lines
from nanie_actors.whatsapp.export.files import ExportFile
from nanie_actors.whatsapp.export.header import Header, Shape, read_header
from nanie_actors.whatsapp.export.household import HouseholdClock
from nanie_actors.whatsapp.export.identity import MessageIds
from nanie_actors.whatsapp.export.notices import Notice
from nanie_actors.whatsapp.export.speakers import Speakers
from nanie_actors.whatsapp.export.titles import jid_of_name, name_of_group

Progress = Callable[[int, int], None]
"""Told how many bytes were read of how many to read. A file is read twice, so the total is twice its size."""

_log = logging.getLogger(__name__)
_MOST_MEMBERS = 4096  # WhatsApp's groups hold 1,024 at a time
_MOST_NAMES = 256
_MAY_TELL_NAME = re.compile("group|subject|encrypted|קבוצ|נושא|מוצפנות")


@dataclass(frozen=True, slots=True)
class Survey:
    """What the first reading settled."""

    shape: Shape
    order: WrittenOrder
    name: str
    group: GroupId


class Bytes:
    """Counts the bytes of both readings for a progress bar."""

    def __init__(self, size: int, progress: Progress | None) -> None:
        self._total = 2 * size
        self._done = 0
        self._progress = progress

    def read(self, count: int) -> None:
        """Add bytes read; never tells more than the total, even of a file that grew."""
        self._done = min(self._done + count, self._total)
        if self._progress is not None:
            self._progress(self._done, self._total)


class _Votes:
    """What the first reading gathers of one shape of header."""

    def __init__(self) -> None:
        self.headers = 0
        self.evidence = DateEvidence()
        self.told: dict[str, None] = {}
        self._date = ""
        self._speakers = Speakers()

    def add(self, header: Header) -> None:
        if header.date != self._date:
            if not self.evidence.add(header):
                return
            self._date = header.date
        self.headers += 1
        if _MAY_TELL_NAME.search(header.rest):
            said = self._speakers.read(header.rest)
            if isinstance(said, Notice) and said.group_name and len(self.told) < _MOST_NAMES:
                self.told.pop(said.group_name, None)
                self.told[said.group_name] = None


def survey(file: ExportFile, stated: DateOrder, counted: Bytes) -> Survey:
    """Read the file once. Raises SourceError when it is no chat, damaged, or its dates stay unclear."""
    by_shape: dict[Shape, _Votes] = {}
    with file.open() as stream:
        for line in read_lines(stream, Mended(), counted.read, file.shown):
            header = read_header(line)
            if header is not None:
                by_shape.setdefault(header.shape, _Votes()).add(header)
    shape = max(by_shape, key=lambda shape: by_shape[shape].headers, default=None)
    if shape is None or not by_shape[shape].headers:
        raise SourceError(
            f"{file.shown} holds no message in a form of WhatsApp's Export chat: give its .txt or .zip."
        )
    won = by_shape[shape]
    order: WrittenOrder = "ymd" if shape.year_first else settle_order(won.evidence, stated, file.shown)
    name = name_of_group(file.path, file.member, tuple(won.told))
    return Survey(shape, order, name, jid_of_name(name))


def tell(
    file: ExportFile, known: Survey, zone: datetime.tzinfo, counted: Bytes
) -> Generator[GroupEvent, None, None]:
    """Read the file again and tell its events in its order; close the generator to leave early.

    The group is told of first, and again whenever it has a new name or another sender speaks up; its
    participants are the senders so far. Raises SourceError when the file turns out to be damaged.
    """
    mended = Mended()
    teller = _Teller(known, HouseholdClock(zone))
    with file.open() as stream:
        lines = read_lines(stream, mended, counted.read, file.shown)
        for entry in read_entries(lines, known.shape, known.order, mended):
            yield from teller.events(entry)
    if mended.anything:
        _log.warning("group %s: its export was mended while reading: %s", known.group, mended)


class _Teller:
    """Turns entries into events. One for a whole reading."""

    def __init__(self, known: Survey, clock: HouseholdClock) -> None:
        self._group = known.group
        self._name = known.name
        self._clock = clock
        self._speakers = Speakers()
        self._ids = MessageIds()
        self._senders: set[str] = set()
        self._introduced = False

    def events(self, entry: Entry) -> Iterator[GroupEvent]:
        at = self._clock.epoch(entry.wall)
        if not self._introduced:
            self._introduced = True
            yield GroupSeen(self._group, at, name=self._name)
        said = self._speakers.read(entry.said)
        if isinstance(said, Notice):
            yield from self._renamed(said, at)
            return
        if said.sender not in self._senders and len(self._senders) < _MOST_MEMBERS:
            self._senders.add(said.sender)
            yield GroupSeen(self._group, at, participants=len(self._senders))
        body = read_body(said.body)
        message_id = self._ids.next(entry.wall, said.sender, body.text)
        sender = SenderId(said.sender)
        yield MessageArrived(
            ChatMessage(
                self._group, message_id, sender, said.sender, at, body.kind, body.text, edited=body.edited
            )
        )

    def _renamed(self, notice: Notice, at: EpochMs) -> Iterator[GroupEvent]:
        if notice.group_name and notice.group_name != self._name:
            self._name = notice.group_name
            yield GroupSeen(self._group, at, name=self._name)
