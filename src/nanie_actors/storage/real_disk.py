"""The disk edge, for real: two threads, one a lane."""

from __future__ import annotations

import threading
import time

from nanie_actors.storage.disk import Lane
from nanie_actors.storage.file_system import FileSystem, OsFileSystem
from nanie_actors.storage.lane_worker import CLOSED, LaneWorker, tell
from nanie_actors.storage.operations import Operation
from nanie_actors.storage.queued_disk import QueuedDisk


class RealDisk(QueuedDisk):
    """Durable file operations by two threads named `disk-commit` and `disk-bulk`."""

    def __init__(self, files: FileSystem | None = None) -> None:
        super().__init__(files or OsFileSystem())
        self._lanes = {lane: _LaneThread(lane, LaneWorker(self._files)) for lane in Lane}

    def waiting(self, lane: Lane) -> int:
        """How many operations wait in a lane: what a dump shows of a slow disk."""
        return self._lanes[lane].waiting()

    def close(self, timeout_s: float) -> bool:
        """Finish what is queued and end both threads; False if that took longer than `timeout_s` seconds."""
        deadline = time.monotonic() + timeout_s
        for lane in self._lanes.values():
            lane.close()
        ended = [lane.join(deadline - time.monotonic()) for lane in self._lanes.values()]
        return all(ended)

    def _put(self, lane: Lane, operation: Operation, *, following: bool = False) -> None:
        self._lanes[lane].put(operation, following=following)


class _LaneThread:
    """One queue and the thread that works it off, everything that waits at a time."""

    def __init__(self, lane: Lane, worker: LaneWorker) -> None:
        self._worker = worker
        self._queue: list[Operation] = []
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"disk-{lane.value}", daemon=True)
        self._thread.start()

    def put(self, operation: Operation, *, following: bool) -> None:
        told = threading.current_thread() is self._thread
        if following and told and self._worker.follow(operation):
            return
        with self._changed:
            if not self._closing or told:
                self._queue.append(operation)
                self._changed.notify()
                return
        tell(operation.done, CLOSED)

    def waiting(self) -> int:
        return len(self._queue)

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()

    def join(self, timeout_s: float) -> bool:
        self._thread.join(max(0.0, timeout_s))
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (queue := self._take()) is not None:
            self._worker.run(queue)
        self._worker.close()

    def _take(self) -> list[Operation] | None:
        """Everything that waits; None once nothing more will come."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closing)
            queue, self._queue = self._queue, []
            return queue or None
