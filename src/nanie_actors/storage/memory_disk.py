"""The disk edge for tests: nothing happens until it is run by hand, and accidents can be arranged."""

from __future__ import annotations

import threading
from pathlib import Path

from nanie_actors.storage.accidents import Choose
from nanie_actors.storage.disk import Lane
from nanie_actors.storage.lane_worker import CLOSED, LaneWorker, tell
from nanie_actors.storage.memory_files import MemoryFiles
from nanie_actors.storage.operations import Operation
from nanie_actors.storage.queued_disk import QueuedDisk


class MemoryDisk(QueuedDisk):
    """A Disk without threads: operations are carried out by `run` and its kin, on the caller's thread.

    `files` is the simulated kernel behind it: its `fail` and `cut_after` arrange accidents.
    """

    def __init__(self, root: Path = Path("/state")) -> None:
        self.files = MemoryFiles(root)
        super().__init__(self.files)
        self._lock = threading.Lock()
        self._queues: dict[Lane, list[Operation]] = {lane: [] for lane in Lane}
        self._workers = {lane: LaneWorker(self.files) for lane in Lane}
        self._closed = False

    def waiting(self, lane: Lane) -> int:
        """How many operations wait in a lane."""
        return len(self._queues[lane])

    def run(self) -> int:
        """Carry out everything, also what the callbacks queue; the number of operations done."""
        done = 0
        while any(self._queues.values()):
            done += sum(self.run_batch(lane) for lane in Lane)
        return done

    def run_batch(self, lane: Lane) -> int:
        """Carry out what waits in a lane now, joined as a lane's thread would; how many operations it was."""
        queue = self._take(lane, None)
        self._workers[lane].run(queue)
        return len(queue)

    def run_one(self, lane: Lane) -> bool:
        """Carry out the first waiting operation of a lane alone; False if none waits."""
        queue = self._take(lane, 1)
        self._workers[lane].run(queue)
        return bool(queue)

    def kill(self) -> None:
        """The process ends: what waits is gone, its callbacks are never told; written data stays."""
        self._restart()
        self.files.kill()

    def power_loss(self, choose: Choose = lambda _: 0) -> None:
        """The machine ends: what was not synced is lost or torn as `choose` decides."""
        self._restart()
        self.files.power_loss(choose)

    def close(self, timeout_s: float) -> bool:
        """Carry out what waits; later operations are refused."""
        del timeout_s  # nothing here takes time
        self.run()
        for worker in self._workers.values():
            worker.close()
        self._closed = True
        return True

    def _restart(self) -> None:
        self._queues = {lane: [] for lane in Lane}
        self._workers = {lane: LaneWorker(self.files) for lane in Lane}
        self._closed = False

    def _put(self, lane: Lane, operation: Operation, *, following: bool = False) -> None:
        if self._closed:
            tell(operation.done, CLOSED)
            return
        if following and self._workers[lane].follow(operation):
            return
        with self._lock:
            self._queues[lane].append(operation)

    def _take(self, lane: Lane, count: int | None) -> list[Operation]:
        with self._lock:
            queue = self._queues[lane]
            taken = queue[:count]
            self._queues[lane] = queue[len(taken) :]
            return taken
