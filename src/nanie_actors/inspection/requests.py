"""What a request is answered with: everything that is asked of the worker itself, not of its router side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from threading import Event
from typing import Any, Final

from nanie_actors.errors import NotFound, Unavailable
from nanie_actors.inspection.dump import DumpRequest
from nanie_actors.inspection.port import SnapshotResult, WorkerControl
from nanie_actors.inspection.wire import Decide, Dump, Plain, Snapshot
from nanie_actors.model import GroupId, parse_group_id

GROUPS_WITHIN_S: Final = 2.0

SNAPSHOT_WITHIN_S: Final = 120.0
"""A snapshot of many groups takes as long as the disk does."""

TakeDump = Callable[[DumpRequest], Mapping[str, Any]]


class Requests:
    """Carries requests out, each on the thread of the client that asks: only that client waits."""

    def __init__(self, take_dump: TakeDump, control: WorkerControl) -> None:
        self._take_dump = take_dump
        self._control = control

    def data(self, request: Dump | Plain | Snapshot | Decide) -> Any:
        """The answer's data. Raises NanieError with what to do instead."""
        match request:
            case Dump(group=group, conversation=conversation, verbose=verbose):
                return self._take_dump(DumpRequest(group, conversation, verbose))
            case Plain(op="facts"):
                return self._control.facts()
            case Plain(op="groups"):
                return [asdict(group) for group in self._control.groups(GROUPS_WITHIN_S)]
            case Plain(op="health"):
                return self._control.health(ready=False)
            case Plain(op="ready"):
                return self._control.health(ready=True)
            case Plain(op="metrics"):
                return self._control.metrics()
            case Plain():
                return self._control.stop()
            case Snapshot(group=group):
                return self._snapshot(None if group is None else parse_group_id(group))
            case Decide(op="forget", group=group):
                return self._control.forget(parse_group_id(group))
            case Decide(op=op, group=group):
                return self._decide(op, parse_group_id(group))

    def _snapshot(self, group: GroupId | None) -> dict[str, Any]:
        results: list[SnapshotResult] = []
        written = Event()

        def done(result: SnapshotResult) -> None:
            results.append(result)
            written.set()

        self._control.snapshot(group, done)
        if not written.wait(SNAPSHOT_WITHIN_S):
            raise Unavailable("The files are not all written yet: look at `nanie dump`, then try again.")
        return {"written": list(results[0].written), "failed": dict(results[0].failed)}

    def _decide(self, op: str, group: GroupId) -> None:
        act = self._control.retry if op == "retry" else self._control.skip
        if not act(group):
            raise NotFound("This group is not quarantined: `nanie groups` shows which are.")
