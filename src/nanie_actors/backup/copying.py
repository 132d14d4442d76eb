"""The order in which a state directory is copied, so that what comes out is one moment of it.

What follows from something else is read before that: the WhatsApp session before the ingress journal, the
journal before the log that its entries end in, the groups' files before the log that they are written
behind. At the end the cut: all files whose changes belong together, at one moment (docs/adr, 21).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from nanie_actors.backup.group_copy import copy_group
from nanie_actors.backup.source import SEGMENT, StateAtOnce, StateSource
from nanie_actors.errors import InvalidGroup, StateError
from nanie_actors.model import GroupId, parse_group_id
from nanie_actors.storage.erasing import GROUPS
from nanie_actors.storage.file_system import FileSystem
from nanie_actors.storage.folders import REMOVING
from nanie_actors.storage.lane_worker import TEMPORARY
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.reading import DiskReads

ReadSession = Callable[[Path], bytes]
"""Reads a database that another process may be writing. Raises StateError."""

AUDIT: Final = "audit"
"""What the names of the audit files begin with."""

AUDIT_ATTEMPTS: Final = 20

SESSION: Final = "session"
"""What the names of everything begin with that holds the account's keys, or locks them."""

DATABASE: Final = ".db"


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A file by its path below the state directory, with slashes."""

    path: str
    content: bytes


@dataclass(slots=True)
class StateCopy:
    """One copying. `read_session` is None where the account's keys are to be left out."""

    files: FileSystem
    layout: StateLayout
    source: StateSource
    read_session: ReadSession | None
    damaged: list[GroupId] = field(default_factory=list)
    """Groups that a worker would quarantine: they are copied as they are."""
    _reads: DiskReads = field(init=False)

    def __post_init__(self) -> None:
        self._reads = DiskReads(self.files)

    def copied(self) -> Iterator[CopiedFile]:
        """Every file, in order. Raises StateError, and OSError for what cannot be read."""
        erasing = self._being_erased()
        yield from self._whatsapp()
        yield from self._kept([self.layout.supabase_cursor, self.layout.nats_cursor])
        yield from self._audit()
        yield from self._rest(self.layout.root)
        yield from self._memories(erasing)
        cut = self.source.cut()
        yield from (CopiedFile(path, content) for path, content in sorted(cut.documents.items()))
        yield from self._log(cut)

    def _whatsapp(self) -> Iterator[CopiedFile]:
        folder = self.layout.whatsapp
        names = self._reads.listdir(folder)
        for name in names:
            if self.read_session is not None and name.startswith(SESSION) and name.endswith(DATABASE):
                yield self._file(folder / name, self.read_session(folder / name))
        # The cursor first: whatever was settled after it was read comes again, and has no effect then.
        journal = self.layout.ingress_journal
        yield from self._kept([journal / name for name in sorted(self._reads.listdir(journal), reverse=True)])
        plain = [name for name in names if not name.startswith(SESSION)]
        yield from self._kept([folder / name for name in plain if not self.files.is_folder(folder / name)])

    def _memories(self, erasing: set[GroupId]) -> Iterator[CopiedFile]:
        folder = self.layout.memories
        for name in self._reads.listdir(folder):
            group = _group_of(name)
            if group in erasing or name.endswith(REMOVING):
                continue
            if not self.files.exists(folder / name):
                continue  # it was erased, or imported, since it was listed
            if group is None or not self.files.is_folder(folder / name):
                yield from self._anything(folder / name)
            else:
                yield from self._group(folder / name, group)

    def _group(self, folder: Path, group: GroupId) -> Iterator[CopiedFile]:
        copy = copy_group(self._reads, folder, group)
        if copy.trouble is not None:
            self.damaged.append(group)
        yield from (self._file(folder / name, content) for name, content in copy.files.items())

    def _audit(self) -> Iterator[CopiedFile]:
        """All of the audit, also when a full file is put aside meanwhile."""
        before, copied = None, list[CopiedFile]()
        for _ in range(AUDIT_ATTEMPTS):
            names = [name for name in self._reads.listdir(self.layout.root) if name.startswith(AUDIT)]
            if names == before:
                break
            before, copied = names, list(self._kept([self.layout.root / name for name in names]))
        yield from copied

    def _rest(self, folder: Path) -> Iterator[CopiedFile]:
        """What else is there, whoever put it there: nothing of it is written while it is read."""
        root = self.layout.root
        elsewhere = self._elsewhere()
        for name in self._reads.listdir(folder):
            if folder == root and (name in elsewhere or name.startswith(AUDIT)):
                continue
            if not name.endswith((TEMPORARY, REMOVING)):
                yield from self._anything(folder / name)

    def _elsewhere(self) -> set[str]:
        """The names in the state directory that are copied in their own turn, or not at all."""
        layout = self.layout
        copied = (
            layout.whatsapp,
            layout.supabase_cursor,
            layout.nats_cursor,
            layout.memories,
            layout.wal,
            layout.parked,
            layout.skipped,
            layout.mappings,
            layout.registry_log,
            layout.cursors,
            layout.directory,
            layout.link_codes,
            layout.forgetting,
        )
        return {path.name for path in (*copied, layout.run, layout.lock)}

    def _anything(self, path: Path) -> Iterator[CopiedFile]:
        if self.files.is_folder(path):
            yield from self._rest(path)
        else:
            yield from self._kept([path])

    def _log(self, cut: StateAtOnce) -> Iterator[CopiedFile]:
        wal = self.layout.wal
        for name, length in cut.log.items():
            content = (self._reads.read(wal / name) or b"")[:length]
            if len(content) < length and self.source.end() is None:
                raise StateError(f"{wal / name} is shorter than it was told to be: see to the disk.")
            yield self._file(wal / name, content)
        damaged = [name for name in self._reads.listdir(wal) if not name.endswith((SEGMENT, TEMPORARY))]
        yield from self._kept([wal / name for name in damaged])

    def _kept(self, paths: list[Path]) -> Iterator[CopiedFile]:
        """Files that are whole whenever they are read; those that have gone are not missed."""
        for path in paths:
            content = self._reads.read(path)
            if content is not None:
                yield self._file(path, content)

    def _file(self, path: Path, content: bytes) -> CopiedFile:
        return CopiedFile(path.relative_to(self.layout.root).as_posix(), content)

    def _being_erased(self) -> set[GroupId]:
        """Groups of which parts may be gone already: they are left out, also if they are finished by now."""
        try:
            named = orjson.loads(self._reads.read(self.layout.forgetting) or b"{}")[GROUPS]
        except (orjson.JSONDecodeError, LookupError, TypeError):
            return set()
        return {group for text in named if isinstance(text, str) and (group := _group_of(text))}


def _group_of(name: str) -> GroupId | None:
    try:
        group = parse_group_id(name)
    except InvalidGroup:
        return None
    return group if group == name else None
