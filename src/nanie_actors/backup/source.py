"""Whose help a copy needs: that of the running worker, or of nobody where none runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from nanie_actors.storage.file_system import FileSystem
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.reading import DiskReads
from nanie_actors.storage.state_cut import StateCut, read_documents

SEGMENT = ".log"
"""Ends the name of a segment of the shared log that is no damaged one put aside."""


class StateAtOnce(Protocol):
    """The state directory at one moment: lengths of the log's segments by name, small files by path."""

    @property
    def log(self) -> Mapping[str, int]: ...

    @property
    def documents(self) -> Mapping[str, bytes]: ...


class StateSource(Protocol):
    """From its making to its `end`, the log keeps every segment."""

    def cut(self) -> StateAtOnce:
        """What files that change together are at one moment. Raises NanieError."""

    def end(self) -> str | None:
        """Why what was copied is of no use; None: it is."""


class RestingState:
    """Implements StateSource where nobody writes: the caller holds the StateLock."""

    def __init__(self, files: FileSystem, layout: StateLayout) -> None:
        self._reads = DiskReads(files)
        self._layout = layout

    def cut(self) -> StateCut:
        """As everything is: nothing changes."""
        wal, reads = self._layout.wal, self._reads
        log = {name: reads.size(wal / name) for name in reads.listdir(wal) if name.endswith(SEGMENT)}
        return StateCut(log, read_documents(reads, self._layout))

    def end(self) -> None:
        """Nothing was held."""
