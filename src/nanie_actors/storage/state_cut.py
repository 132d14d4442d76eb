"""One moment of a state directory that is being written: what a `kill -9` at that moment would leave.

The bulk lane stands still between two operations while its small files are read and the lengths of the log
are noted. So nothing that was caused by a later write is in either (docs/adr, 21).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nanie_actors.storage.disk import Disk, DiskError, DiskResult, Lane
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.reading import Reads
from nanie_actors.storage.shared_log import SharedLog


@dataclass(frozen=True, slots=True)
class StateCut:
    """`log` is the durable length of each segment by name, `documents` the small files by their paths below
    the state directory."""

    log: Mapping[str, int]
    documents: Mapping[str, bytes]


def read_documents(reads: Reads, layout: StateLayout) -> dict[str, bytes]:
    """The small files of the bulk lane by their paths, as far as they are there. Raises OSError."""
    single = (
        layout.mappings,
        layout.registry_log,
        layout.cursors,
        layout.directory,
        layout.link_codes,
        layout.forgetting,
    )
    several = [folder / name for folder in (layout.parked, layout.skipped) for name in reads.listdir(folder)]
    found = {path.relative_to(layout.root).as_posix(): reads.read(path) for path in (*single, *several)}
    return {path: content for path, content in found.items() if content is not None}


def take_cut(
    disk: Disk, layout: StateLayout, log: SharedLog, done: Callable[[StateCut | DiskError], None]
) -> None:
    """Told on the bulk lane's thread. It reads files of a few megabytes at most while that lane waits."""

    def reached(result: DiskResult) -> None:
        done(result if isinstance(result, DiskError) else _cut(disk, layout, log))

    disk.barrier(lane=Lane.BULK, done=reached)


def _cut(disk: Disk, layout: StateLayout, log: SharedLog) -> StateCut | DiskError:
    try:
        found = read_documents(disk, layout)
    except OSError as error:
        return DiskError(f"{Path(str(error.filename)).name} cannot be read ({error.strerror})", error.errno)
    return StateCut(log.extents(), found)
