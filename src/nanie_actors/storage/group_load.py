"""Reads a group's files as a stop, a crash or an operator left them. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from zlib import crc32

import orjson

from nanie_actors.errors import CorruptGroup
from nanie_actors.model import GroupId
from nanie_actors.packed_keys import PackedKeys
from nanie_actors.storage.group_snapshot import (
    FILES,
    JOURNAL,
    MESSAGES,
    META,
    REWRITTEN,
    SEEN,
    TIMELINE,
    Extent,
)
from nanie_actors.storage.lane_worker import TEMPORARY
from nanie_actors.storage.lines import BadLine, Line, read_lines
from nanie_actors.storage.reading import Reads
from nanie_actors.storage.seals import BrokenSeal, check_object, unsealed_array
from nanie_actors.storage.seen import unpack_keys

UNCLAIMED = ".unclaimed"
"""Ends the name under which a file is kept that no snapshot speaks of."""

FORMAT = 1


@dataclass(frozen=True, slots=True)
class StoredGroup:
    """A group as its own files tell it: the last snapshot, and the records since.

    `timeline` is the JSON that the last snapshot was given, to the byte, or what an older version or a person
    wrote. `meta` is None for a group that was never snapshotted. `journal` has only records newer than
    `meta["seq"]`, without a gap. `messages` are the newest lines of the message log, oldest first; `seen` is
    complete.
    """

    timeline: bytes | list[dict[str, Any]]
    meta: dict[str, Any] | None
    journal: list[Line]
    messages: list[dict[str, Any]]
    seen: PackedKeys

    def events(self) -> list[dict[str, Any]]:
        """The timeline, decoded."""
        events = self.timeline
        if isinstance(events, bytes):
            events = cast("list[dict[str, Any]]", orjson.loads(events))
        return events

    @property
    def last_seq(self) -> int:
        """The newest record the group's own files hold; 0 if none."""
        if self.journal:
            return self.journal[-1].seq
        return int(self.meta["seq"]) if self.meta else 0


@dataclass(slots=True)
class Repairs:
    """What has to be put right before the group's files are written again."""

    journal_torn_at: int | None = None
    untidy: bool = False
    """The growing files are longer than the last snapshot says."""
    leftovers: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    """Files that no snapshot speaks of: they are kept, but nothing may be appended to them."""


class GroupLoader:
    """One reading of one group's folder. Every method raises CorruptGroup naming the file that is damaged."""

    def __init__(self, disk: Reads, folder: Path, group: GroupId) -> None:
        self._disk = disk
        self._folder = folder
        self._group = group
        self.repairs = Repairs()
        self.extent = Extent()
        self._blobs: dict[str, bytes] = {}

    def load(self, recent: int) -> StoredGroup:
        """Everything, with the `recent` newest lines of the message log."""
        try:
            return self._load(recent)
        except OSError as error:
            name = Path(error.filename).name if error.filename else "."
            raise self._corrupt(name, f"it cannot be read ({error.strerror})") from error

    def _load(self, recent: int) -> StoredGroup:
        names = self._disk.listdir(self._folder)
        meta = self._meta()
        files = meta.pop(FILES, None) if meta else {"messages": 0, "seen": 0}
        self.extent = self._find_extent(names, files)
        unfinished = [name for name in names if name.endswith((TEMPORARY, REWRITTEN))]
        self.repairs.leftovers = [name for name in unfinished if name != self.extent.message_log]
        journal = self._journal(int(meta["seq"]) if meta else 0)
        return StoredGroup(self._timeline(), meta, journal, self._messages(recent), self._seen())

    def _find_extent(self, names: list[str], files: Any) -> Extent:
        rewritten = files.get("rewritten") if files else None
        message_log = rewritten if rewritten in names else MESSAGES
        messages = self._whole_length(message_log, files, "messages")
        seen = self._whole_length(SEEN, files, "seen")
        crcs = files.get("crcs", {}) if files else {}
        return Extent(
            messages,
            seen,
            message_log,
            self._checksum(message_log, messages, crcs.get("messages")),
            self._checksum(SEEN, seen, crcs.get("seen")),
        )

    def _checksum(self, name: str, length: int, stated: Any) -> int:
        """Of what counts of a growing file; older versions stated none."""
        found = crc32(self._read(name)[:length])
        if stated not in (None, found):
            raise self._corrupt(name, "its checksum is not the one that the last snapshot states")
        return found

    def _timeline(self) -> bytes | list[dict[str, Any]]:
        raw = self._disk.read(self._folder / TIMELINE)
        if raw is None:
            return []
        try:
            sealed = unsealed_array(raw)
        except BrokenSeal as error:
            raise self._corrupt(TIMELINE, str(error)) from error
        if sealed is not None:
            return sealed
        events = self._json(TIMELINE, raw)
        if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
            raise self._corrupt(TIMELINE, "it is not an array of objects")
        return events

    def _meta(self) -> dict[str, Any] | None:
        raw = self._disk.read(self._folder / META)
        if raw is None:
            return None
        meta = self._json(META, raw)
        try:
            _check_meta(raw, meta)
        except BrokenSeal as error:
            raise self._corrupt(META, str(error)) from error
        if not isinstance(meta, dict) or meta.get("format") != FORMAT or not isinstance(meta.get("seq"), int):
            raise self._corrupt(
                META, f"it is no object with a seq and format {FORMAT}, which this version reads"
            )
        meta.pop("c", None)
        return meta

    def _journal(self, after: int) -> list[Line]:
        blob = self._read(JOURNAL)
        try:
            lines, torn = read_lines(blob)
        except BadLine as error:
            raise self._corrupt(JOURNAL, str(error)) from error
        if torn:
            self.repairs.journal_torn_at = len(blob) - torn
        newer: list[Line] = []
        for line in lines:
            if line.group != self._group:
                raise self._corrupt(JOURNAL, "it holds a record of another group")
            if line.seq > after + 1:
                raise self._corrupt(JOURNAL, f"record {after + 1} is missing")
            if line.seq == after + 1:  # else the snapshot has it, or it was written twice
                newer.append(line)
                after = line.seq
        return newer

    def _messages(self, recent: int) -> list[dict[str, Any]]:
        name = self.extent.message_log
        newest: list[dict[str, Any]] = []
        for raw in last_lines(self._read(name)[: self.extent.messages], recent):
            try:
                newest.append(orjson.loads(raw))
            except orjson.JSONDecodeError as error:
                raise self._corrupt(name, f"a line among the last {recent} is no JSON") from error
        return newest

    def _seen(self) -> PackedKeys:
        try:
            return unpack_keys(self._read(SEEN)[: self.extent.seen])
        except ValueError as error:
            raise self._corrupt(SEEN, str(error)) from error

    def _whole_length(self, name: str, files: Any, key: str) -> int:
        """How much of a growing file counts; the rest belongs to a snapshot that was not finished."""
        size = self._disk.size(self._folder / name)
        length = int(files[key]) if files else _whole(self._read(name), name)
        if size < length:
            raise self._corrupt(name, f"{length - size} bytes are missing at its end")
        self.repairs.untidy |= size > length
        if size > length == 0:
            self.repairs.aside.append(name)
        return length

    def _json(self, name: str, raw: bytes) -> Any:
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise self._corrupt(name, f"it is no JSON ({error})") from error

    def _read(self, name: str) -> bytes:
        if name not in self._blobs:
            self._blobs[name] = self._disk.read(self._folder / name) or b""
        return self._blobs[name]

    def _corrupt(self, name: str, why: str) -> CorruptGroup:
        return CorruptGroup(
            f"{self._folder / name} is damaged: {why}. It is kept as it is; repair it or move it away, "
            f"then retry group {self._group}."
        )


def _check_meta(raw: bytes, meta: Any) -> None:
    """Who states other files' checksums has one itself."""
    files = meta.get(FILES) if isinstance(meta, dict) else None
    check_object(raw, sealed=isinstance(files, dict) and "crcs" in files)


def last_lines(blob: bytes, count: int) -> Iterator[bytes]:
    """The last `count` lines of a file, in order."""
    start = len(blob)
    for _ in range(count + 1):
        if start <= 0:
            break
        start = blob.rfind(b"\n", 0, start)
    yield from (line for line in blob[start + 1 :].split(b"\n") if line)


def _whole(blob: bytes, name: str) -> int:
    """Without a snapshot that says it: up to the last whole line, or the last whole key."""
    return blob.rfind(b"\n") + 1 if name != SEEN else len(blob) // 8 * 8
