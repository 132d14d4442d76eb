"""The disk edge, for real: two threads, one a lane, and whatever threads are lent."""

from __future__ import annotations

import threading
import time

from nanie_actors.storage.disk import Lane
from nanie_actors.storage.file_system import FileSystem, OsFileSystem
from nanie_actors.storage.lane_worker import CLOSED, LaneWorker, tell
from nanie_actors.storage.operations import Operation
from nanie_actors.storage.queued_disk import QueuedDisk


class RealDisk(QueuedDisk):
    """Durable file operations by two threads named `disk-commit` and `disk-bulk`.

    What is to be done `here` is, unless the lane is busy: two hand-overs between threads are saved.
    """

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

    def _do(self, lane: Lane, operation: Operation) -> bool:
        return self._lanes[lane].do(operation)


class _LaneThread:
    """One queue, and the thread that works it off, everything that waits at a time.

    `_at_work` is the one thread that may use the worker now: the lane's own, or one that was lent.
    """

    def __init__(self, lane: Lane, worker: LaneWorker) -> None:
        self._worker = worker
        self._queue: list[Operation] = []
        self._closing = False
        self._at_work: int | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"disk-{lane.value}", daemon=True)
        self._thread.start()

    def put(self, operation: Operation, *, following: bool) -> None:
        told = self._at_work == threading.get_ident()
        if following and told and self._worker.follow(operation):
            return
        with self._changed:
            if not self._closing or told:
                self._queue.append(operation)
                if self._at_work is None:
                    self._changed.notify()
                return
        tell(operation.done, CLOSED)

    def do(self, operation: Operation) -> bool:
        with self._changed:
            if self._closing or self._queue or self._at_work is not None:
                return False
            self._at_work = threading.get_ident()
        try:
            self._worker.run((operation,))
        finally:
            with self._changed:
                self._at_work = None
                if self._queue or self._closing:
                    self._changed.notify()
        return True

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
            self._at_work = None
            self._changed.wait_for(lambda: self._at_work is None and (self._queue or self._closing))
            self._at_work = threading.get_ident()
            queue, self._queue = self._queue, []
            return queue or None
