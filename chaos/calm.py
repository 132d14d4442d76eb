"""The end of a chapter: processes that nothing happens to, until everything that is owed is done.

The first one is told all that is left and every answer is waited for; its input ends, which is a clean stop.
The second one is told everything once more, every group is looked into, and the files are left for `laws`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from chaos.logbook import read_log
from chaos.lookout import View, look
from chaos.orders import Orders
from chaos.process import Process
from chaos.stage import BASE_SETTINGS, Stage
from chaos.tenant import UNSURE, Tenant

PATIENCE_S = 60.0
"""Reached only when something hangs."""


class Calm:
    """The parent's side of both."""

    def __init__(self, stage: Stage, switched_off: Sequence[str] = ()) -> None:
        self._stage = stage
        self._switched_off = tuple(switched_off)

    def run(self) -> None:
        """Both processes."""
        self._process(self._settle_everything, repeat=0.3)
        self._process(self._look_into_everything, repeat=1.0)

    def _process(self, do: Callable[[Process, int], None], *, repeat: float) -> None:
        stage = self._stage
        run = stage.processes
        stage.processes += 1
        log = stage.folder / f"process-{run:03}.log"
        sources = stage.stream.tell(stage.folder, stage.random, repeat=repeat)
        orders = Orders(notes=str(stage.notes), sent=str(stage.sent), switched_off=self._switched_off)
        with Process(stage.state, sources, orders, log, BASE_SETTINGS) as process:
            do(process, run)
            process.end_input()
            if process.wait(PATIENCE_S) != 0:
                stage.found("other", f"the calm process {run} ended with status {process.status}")
                process.kill()
            for raw in process.rest():
                stage.hears(raw, run)
        self._read_log(log)

    def _read_log(self, log: Path) -> None:
        book = read_log(log)
        self._stage.findings += book.findings
        self._stage.counted["dead letters"] += book.dead_letters

    def _settle_everything(self, process: Process, run: int) -> None:
        stage = self._stage
        for tenant in stage.everybody.values():
            rows = tenant.begins(run)
            stage.witness.expects(rows)
            for row in rows:
                process.write(row.line())
        for tenant in stage.tenants.values():
            if tenant.link not in (None, UNSURE):
                self._ask(process, tenant, "GET_STATUS", run)
        for group, auditor in stage.auditors.items():
            self._ask(process, auditor, "SELECT_GROUP", run, groupId=group)
            self._ask(process, auditor, "RESYNC_HISTORY", run)
        self._until(process, run, self._all_answered, "every row is answered")

    def _look_into_everything(self, process: Process, run: int) -> None:
        stage = self._stage
        self._until(process, run, self._nothing_moves, "nothing moves any more")
        for auditor in stage.auditors.values():
            self._ask(process, auditor, "GET_CONTEXT", run, limit=1)
            self._ask(process, auditor, "GET_STATUS", run)
        self._until(process, run, self._all_answered, "every group is shown")
        view = look(stage.state)
        if view is None:
            stage.found("other", "the calm worker gives no dump")
            return
        for group in view.quarantined:
            stage.found("other", f"{group} is out of order in calm weather")

    def _ask(self, process: Process, tenant: Tenant, action: str, run: int, **fields: object) -> None:
        row = tenant.asks_for(action, run, **fields)
        self._stage.witness.expects([row])
        process.write(row.line())

    def _all_answered(self) -> bool:
        return not any(tenant.open_rows for tenant in self._stage.everybody.values())

    def _nothing_moves(self) -> bool:
        view: View | None = look(self._stage.state)
        return view is not None and view.told_everything and view.settled

    def _until(self, process: Process, run: int, done: Callable[[], bool], what: str) -> None:
        """Listen until something is so. That it never is counts as lost: somebody waits for it."""
        deadline = time.monotonic() + PATIENCE_S
        while not done():
            if process.status is not None or time.monotonic() > deadline:
                self._stage.found("lost", f"it never came to it that {what}")
                return
            while (raw := process.next_line(0.05)) is not None:
                self._stage.hears(raw, run)
