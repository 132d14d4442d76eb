"""The reading end of the ingress journal (see journal.py), in the worker's process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from nanie_actors.storage.file_system import FileSystem, OsFileSystem
from nanie_actors.storage.lines import BadLine
from nanie_actors.whatsapp.live.journal import (
    Entry,
    claimed_number,
    decode_entry,
    first_numbers,
    is_whole,
    keep_damaged,
    segment_name,
)
from nanie_actors.whatsapp.live.journal_cursor import read_cursor, write_cursor
from nanie_actors.whatsapp.live.journal_writer import whole_part

_log = logging.getLogger(__name__)

CURSOR_EVERY: Final = 256
"""Entries between two writings of the cursor: at most so many are read again after a crash of the worker."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where reading goes on: a segment, an offset in it, and the lowest number that is new there."""

    segment: int
    offset: int
    number: int


class JournalReader:
    """Reads entries in order while the writer goes on, and deletes what nobody needs any more.

    `read_from` on one thread at a time; the others from any thread.
    """

    def __init__(self, folder: Path, files: FileSystem | None = None) -> None:
        self._folder = folder
        self._files: FileSystem = files or OsFileSystem()
        self._place = _Place(0, 0, 0)
        self._settling = threading.Lock()
        self._segments: list[int] = []
        self._settled = self._saved = read_cursor(self._files, folder)

    def first(self) -> int:
        """Where to begin after a restart: the first entry that may not be settled."""
        return read_cursor(self._files, self._folder) + 1

    def newest(self) -> int:
        """The number of the last whole entry on the disk, 0 where there never was one. Raises OSError."""
        segments = self._listed()
        if not segments:
            return 0
        _, number = whole_part(self._files.read(self._folder / segment_name(segments[-1])))
        return number or segments[-1] - 1

    def backlog(self) -> int:
        """How many entries wait to be settled, by the cursor and the newest segment. Raises OSError."""
        return max(0, self.newest() - read_cursor(self._files, self._folder))

    def read_from(self, entry: int) -> Iterator[Entry]:
        """The whole entries from that number on, up to where the journal ends now.

        Cheap to call again with the number after the last one. A damaged line is copied aside and logged, and
        the rest goes on. Raises OSError; the same call may then be made again.
        """
        if entry != self._place.number:
            self._place = _Place(0, 0, entry)
        while segments := self._listed():
            place = self._place = _moved(self._place, segments)
            try:
                blob = self._files.tail(self._folder / segment_name(place.segment), place.offset)
            except FileNotFoundError:
                continue  # settled and deleted since it was listed
            grows = place.segment == segments[-1]
            yield from self._entries(blob, grows)
            if grows:
                return
            following = next(first for first in segments if first > place.segment)
            self._place = _Place(following, 0, max(self._place.number, following))

    def settled_up_to(self, entry: int) -> None:
        """Nobody needs the entries up to this one any more: delete segments, save the cursor now and then.

        Never raises: a disk that refuses costs a second reading, and is tried again.
        """
        with self._settling:
            self._settled = max(self._settled, entry)
            try:
                self._sweep()
                if self._settled - self._saved >= CURSOR_EVERY:
                    self._save()
            except OSError as error:
                _log.warning("the ingress journal could not be tidied up: %s", error.strerror)

    def close(self) -> None:
        """Save the cursor; a restart then reads nothing twice. May be called twice. Never raises."""
        with self._settling:
            try:
                if self._settled > self._saved:
                    self._save()
            except OSError as error:
                _log.warning("the cursor of the ingress journal was not saved: %s", error.strerror)

    def _listed(self) -> list[int]:
        try:
            self._segments = first_numbers(self._files.listdir(self._folder))
        except FileNotFoundError:
            self._segments = []
        return self._segments

    def _entries(self, blob: bytes, grows: bool) -> Iterator[Entry]:
        """What is new in the rest of a segment; the current place moves along."""
        for line, last in _lines(blob):
            place = self._place
            if grows and not line.endswith(b"\n"):
                return  # it is being written, or the writer will cut it
            found = _read(line, place.number)
            if isinstance(found, BadLine):
                if grows and last:
                    return
                self._put_aside(line, place, found)
            number = found.number + 1 if isinstance(found, Entry) else place.number
            self._place = _Place(place.segment, place.offset + len(line), number)
            if isinstance(found, Entry):
                yield found

    def _put_aside(self, line: bytes, place: _Place, why: BadLine) -> None:
        name = keep_damaged(self._files, self._folder, place.segment, place.offset, line)
        _log.error("the ingress journal is damaged near entry %d (%s): see %s", place.number, why, name)

    def _sweep(self) -> None:
        """Delete the segments of which every entry is settled; never the newest."""
        for older, newer in pairwise(list(self._segments)):
            if newer > self._settled + 1:
                return
            if self._saved < self._settled:
                self._save()
            with suppress(FileNotFoundError):
                self._files.unlink(self._folder / segment_name(older))
            self._segments = [first for first in self._segments if first != older]

    def _save(self) -> None:
        write_cursor(self._files, self._folder, self._settled)
        self._saved = self._settled


def _moved(place: _Place, segments: list[int]) -> _Place:
    """The place itself while its segment is there; else the beginning of the one that holds its number."""
    if place.segment in segments:
        return place
    below = [first for first in segments if first <= place.number]
    return _Place(below[-1] if below else segments[0], 0, place.number)


def _lines(blob: bytes) -> Iterator[tuple[bytes, bool]]:
    """Each line with its newline, and whether it is the last."""
    start = 0
    while start < len(blob):
        end = blob.find(b"\n", start) + 1 or len(blob)
        yield blob[start:end], end == len(blob)
        start = end


def _read(line: bytes, lowest: int) -> Entry | BadLine | None:
    """The entry of a line; None for one below `lowest`: read before, or the second copy of one."""
    claimed = claimed_number(line)
    if claimed is not None and claimed < lowest and is_whole(line.removesuffix(b"\n")):
        return None
    try:
        return decode_entry(line)
    except BadLine as error:
        return error
