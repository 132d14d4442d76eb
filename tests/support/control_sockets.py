"""A control socket with a worker behind it that does as a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

from nanie_actors.errors import Unavailable
from nanie_actors.inspection.control_client import ControlClient
from nanie_actors.inspection.control_server import ControlServer
from nanie_actors.inspection.dump import DumpRequest
from nanie_actors.inspection.port import GroupListing, SnapshotResult
from nanie_actors.model import EpochMs, GroupId
from nanie_actors.router.edge import InboxClosed, Outgoing, RouterRow
from nanie_actors.router.envelope import RowRules
from nanie_actors.storage.state_cut import StateCut

RULES = RowRules(agent_id="agent", room_id="room", row_bytes=10_000)
GROUP = GroupId("1@g.us")
QUARANTINED = GroupId("2@g.us")


class FakeHold:
    """Implements inspection.port.StateHold: a state of two files, and what its end says."""

    def __init__(self) -> None:
        self.broken: str | None = None
        self.ends = 0

    def cut(self) -> StateCut:
        return StateCut({"00000000000000000001.log": 7}, {"cursors.json": b"{}"})

    def end(self) -> str | None:
        self.ends += 1
        return self.broken


class FakeControl:
    """Implements inspection.port.WorkerControl: knows two groups, one quarantined, and notes what it did."""

    def __init__(self) -> None:
        self.stopped = Event()
        self.decided: list[tuple[str, GroupId]] = []
        self.forgotten: list[GroupId] = []
        self.followed: dict[GroupId, Callable[[dict[str, Any]], None]] = {}
        self.snapshots: list[GroupId | None] = []
        self.failing: Mapping[GroupId, str] = {}
        self.holds: list[FakeHold] = []
        self.listed = [
            GroupListing(GROUP, "Family", 3, EpochMs(1_768_291_200_000), "active", 1, None),
            GroupListing(QUARANTINED, "בית", 2, EpochMs(0), "quarantined", 0, "ValueError"),
        ]

    def facts(self) -> Mapping[str, Any]:
        return {
            "version": "1.2.3",
            "pid": 7,
            "started": 1,
            "state": "nanie",
            "failure": None,
            "ingress": {"inside": 0},
            "inbox": {"inside": 0},
            "log": {"lines": 1, "flushes": 1, "segments": 1},
            "dead_letters": 0,
            "sources": ["replay:Family.txt"],
        }

    def health(self, *, ready: bool) -> Mapping[str, Any]:
        problem = "the disk refuses writes" if ready else "ok"
        return {"ok": not ready, "checks": {"disk": problem}}

    def metrics(self) -> str:
        return "nanie_info 1.0\n"

    def follow(self, group: GroupId, tell: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
        self.followed[group] = tell

        def stop() -> None:
            del self.followed[group]

        return stop

    def snapshot(self, group: GroupId | None, done: Callable[[SnapshotResult], None]) -> None:
        self.snapshots.append(group)
        done(SnapshotResult((group or GROUP,) if not self.failing else (), self.failing))

    def groups(self, deadline_s: float) -> list[GroupListing]:
        return self.listed

    def retry(self, group: GroupId) -> bool:
        self.decided.append(("retry", group))
        return group == QUARANTINED

    def skip(self, group: GroupId) -> bool:
        self.decided.append(("skip", group))
        return group == QUARANTINED

    def forget(self, group: GroupId) -> None:
        if group in self.failing:
            raise Unavailable(self.failing[group])
        self.forgotten.append(group)

    def hold_state(self) -> FakeHold:
        self.holds.append(FakeHold())
        return self.holds[-1]

    def stop(self) -> None:
        self.stopped.set()


class FakeWorker:
    """What a control socket needs behind it. A row is answered with `replies`, and is then settled."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.control = FakeControl()
        self.rows: list[RouterRow] = []
        self.replies: Sequence[bytes] | None = None
        self.closed = False
        self.asked: list[DumpRequest] = []
        self.taken: Mapping[str, Any] = {"actors": []}
        self.server = ControlServer(path, RULES, self.take_dump, self.control)

    def take_dump(self, request: DumpRequest) -> Mapping[str, Any]:
        self.asked.append(request)
        return self.taken

    def put(self, row: RouterRow) -> None:
        """Implements router.edge.RowInbox."""
        if self.closed:
            raise InboxClosed
        self.rows.append(row)
        if self.replies is not None:
            for body in self.replies:
                self.server.deliver(Outgoing(row.conversation, body, row.row_id), lambda _: None)
            self.server.settled(row.row_id, False)

    def client(self) -> ControlClient:
        return ControlClient(self.path)


@contextmanager
def fake_worker(path: Path) -> Iterator[FakeWorker]:
    """A worker that answers at `path`, and is gone afterwards with its socket."""
    worker = FakeWorker(path)
    worker.server.open()
    worker.server.start(worker)
    try:
        yield worker
    finally:
        worker.server.stop()
