"""Copies one group's folder while its actor may be writing it.

The files are read in the order that makes any interleaving with one snapshot a moment that the group's own
recovery knows (docs/adr, 21): the journal before `group.json`, which may then only be newer, and everything
that `group.json` speaks of after it, which may then only be longer or newer. What two snapshots in a row can
do to that, a message log that was written anew, say, shows when the copy is read as a worker would read it;
then the folder is copied once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nanie_actors.errors import CorruptGroup
from nanie_actors.model import GroupId
from nanie_actors.storage.group_load import GroupLoader
from nanie_actors.storage.group_snapshot import JOURNAL, META, TIMELINE
from nanie_actors.storage.lane_worker import TEMPORARY
from nanie_actors.storage.reading import Reads

ATTEMPTS: Final = 20
"""A group that cannot be read after so many is damaged, not busy: it is kept as it is."""

FIRST: Final = (JOURNAL, META, TIMELINE)
"""Read in this order, before everything else."""


@dataclass(frozen=True, slots=True)
class GroupCopy:
    """A group's files by name. `trouble` says what a worker would quarantine the group for; usually None."""

    files: dict[str, bytes]
    trouble: str | None = None


def copy_group(reads: Reads, folder: Path, group: GroupId) -> GroupCopy:
    """The group as it was at one moment. Raises OSError for what cannot be read at all."""
    for _ in range(ATTEMPTS):
        files = _read(reads, folder)
        trouble = _trouble(files, folder, group)
        if trouble is None:
            break
    return GroupCopy(files, trouble)


def _read(reads: Reads, folder: Path) -> dict[str, bytes]:
    files = {name: reads.read(folder / name) for name in FIRST}
    for name in reads.listdir(folder):
        if name not in files and not name.endswith(TEMPORARY):
            files[name] = reads.read(folder / name)
    return {name: content for name, content in files.items() if content is not None}


def _trouble(files: dict[str, bytes], folder: Path, group: GroupId) -> str | None:
    try:
        GroupLoader(_Copy(files), folder, group).load(recent=1)
    except CorruptGroup as error:
        return str(error)
    return None


class _Copy:
    """Implements storage.reading.Reads over what was copied."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def read(self, path: Path) -> bytes | None:
        return self._files.get(path.name)

    def listdir(self, path: Path) -> list[str]:
        del path
        return sorted(self._files)

    def size(self, path: Path) -> int:
        return len(self._files.get(path.name, b""))
