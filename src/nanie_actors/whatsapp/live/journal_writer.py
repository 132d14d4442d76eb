"""The writing end of the ingress journal (see journal.py). One thread at a time, in the bridge's process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from nanie_actors.model import GroupEvent
from nanie_actors.storage.file_system import FileSystem, OpenFile, OsFileSystem
from nanie_actors.storage.folders import Folders
from nanie_actors.whatsapp.live.journal import (
    claimed_number,
    encode_entry,
    first_numbers,
    is_whole,
    keep_damaged,
    segment_name,
    write_all,
)
from nanie_actors.whatsapp.live.journal_cursor import read_cursor

_log = logging.getLogger(__name__)

MANY_SEGMENTS: Final = 64
"""More than these waiting for the worker are worth a line in the log: half a gigabyte by default."""


class JournalWriter:
    """Appends entries; each is on the disk when `append` returns.

    A line that is whole is never taken back, since the worker may have read it: when the disk fails to keep
    it, it is written once more behind the first. Only a line that was broken off is cut away.
    """

    def __init__(self, folder: Path, *, segment_bytes: int, files: FileSystem | None = None) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._files: FileSystem = files or OsFileSystem()
        self._file: OpenFile | None = None
        self._length = 0  # of the whole lines in the newest segment
        self._ragged = False  # behind them is the beginning of another
        self._doubtful = False  # the last of them was written, but its sync failed
        self._newest = 0

    def open(self) -> int:
        """Cut what a crash left half written; the number of the newest entry. Raises OSError."""
        Folders(self._files).ensure(self._folder)
        self._newest = read_cursor(self._files, self._folder)
        segments = first_numbers(self._files.listdir(self._folder))
        if segments:
            self._reopen(segments[-1])
        self._files.sync_folder(self._folder)
        return self._newest

    def append(self, events: Sequence[GroupEvent], refused: Callable[[OSError], None]) -> int:
        """Write one entry; its number. It is on the disk when this returns.

        `refused` is called each time the disk refuses it and returns when to try again; what it raises ends
        the attempt, and the writer must not be used any more. Raises TypeError, with nothing written, for
        events that JSON cannot hold.
        """
        line = encode_entry(self._newest + 1, events)
        while True:
            try:
                self._write(line)
            except OSError as error:
                refused(error)
            else:
                self._newest += 1
                return self._newest

    def close(self) -> None:
        """Let go of the file. May be called twice."""
        if self._file is not None:
            with suppress(OSError):  # everything in it was synced
                self._file.close()
            self._file = None

    def _reopen(self, segment: int) -> None:
        path = self._folder / segment_name(segment)
        blob = self._files.read(path)
        self._length, newest = whole_part(blob)
        self._newest = max(self._newest, segment - 1, newest)
        self._file = self._files.open_append(path)
        torn = blob[self._length :]
        if b"\n" in torn:
            keep_damaged(self._files, self._folder, segment, self._length, torn)
        if torn:
            self._file.truncate(self._length)
            _log.warning("the ingress journal ended torn: %d bytes were cut off", len(torn))
        self._file.sync()  # what an earlier process wrote, and was killed before it synced

    def _write(self, line: bytes) -> None:
        file = self._file
        if file is None or (self._length >= self._segment_bytes and not self._doubtful):
            file = self._next_segment()
        if self._ragged:
            file.truncate(self._length)
            self._ragged = False
        if self._doubtful:
            file.sync()  # do not pile up copies on a disk that keeps none
        self._ragged = True
        write_all(file.write, line)
        self._ragged, self._doubtful = False, True
        self._length += len(line)
        file.sync()
        self._doubtful = False

    def _next_segment(self) -> OpenFile:
        file = self._files.open_new(self._folder / segment_name(self._newest + 1))
        try:
            self._files.sync_folder(self._folder)
        except OSError:
            file.close()
            raise
        self.close()
        self._file, self._length, self._ragged = file, 0, False
        self._warn_of_backlog()
        return file

    def _warn_of_backlog(self) -> None:
        waiting = len(first_numbers(self._files.listdir(self._folder)))
        if waiting > MANY_SEGMENTS:
            _log.warning("%d segments of the ingress journal wait for the worker", waiting)


def whole_part(blob: bytes) -> tuple[int, int]:
    """How long a segment is without its torn end, and the number of its last whole entry (0 for none).

    The end is torn from the last line on that is neither damaged nor broken off. Damage before it is another
    matter: it is the reader's to find.
    """
    end = blob.rfind(b"\n") + 1
    while end:
        start = blob.rfind(b"\n", 0, end - 1) + 1
        line = blob[start : end - 1]
        if is_whole(line):
            return end, claimed_number(line) or 0
        end = start
    return 0, 0
