"""The disk edge for programs that run alone, such as an import: a call returns when it is done."""

from __future__ import annotations

from collections import deque

from nanie_actors.storage.disk import Lane
from nanie_actors.storage.file_system import FileSystem, OsFileSystem
from nanie_actors.storage.lane_worker import CLOSED, LaneWorker, tell
from nanie_actors.storage.operations import Operation
from nanie_actors.storage.queued_disk import QueuedDisk


class DirectDisk(QueuedDisk):
    """Works on the caller's thread; callbacks come before the call returns. Not thread-safe."""

    def __init__(self, files: FileSystem | None = None) -> None:
        super().__init__(files or OsFileSystem())
        self._worker = LaneWorker(self._files)
        self._later: deque[Operation] = deque()
        self._working = False
        self._closed = False

    def close(self, timeout_s: float) -> bool:
        """Let go of the files; nothing is ever waiting. Later operations are refused."""
        del timeout_s
        self._closed = True
        self._worker.close()
        return True

    def _put(self, lane: Lane, operation: Operation, *, following: bool = False) -> None:
        del lane  # one thread, one order
        if self._closed:
            tell(operation.done, CLOSED)
        elif not (following and self._worker.follow(operation)):
            self._later.append(operation)
            self._work()

    def _work(self) -> None:
        """Work off what waits; what callbacks ask for meanwhile is taken by the call that is under way."""
        if self._working:
            return
        self._working = True
        while self._later:
            self._worker.run([self._later.popleft()])
        self._working = False
