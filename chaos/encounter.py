"""One process of a storm: started, fed, listened to, struck, ended."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random

from chaos.blow import Blow, Pause
from chaos.damage import tear_the_log
from chaos.logbook import read_log
from chaos.orders import Orders
from chaos.plug import pull_the_plug, settled_lengths
from chaos.process import Process
from chaos.stage import BASE_SETTINGS, Stage

STOP_WITHIN_S = 60.0
"""A worker stops within 20 s by its own settings; a busy machine may take longer to say so."""

SILENT_S = 15.0
"""How long a process may be silent before it is ended: on a busy machine a start takes seconds."""

_LISTEN_S = 0.01

_BETWEEN_ROWS_S = (0.0, 0.02, 0.1, 0.3, 0.6)
"""How long a conversation waits before its next row: rows come in bursts, and one by one."""


class Encounter:
    """The parent's side of one process."""

    def __init__(
        self,
        stage: Stage,
        blow: Blow,
        switched_off: Sequence[str] = (),
        *,
        twin: bool = False,
        at_the_end: Callable[[Process], object] = lambda _: None,
    ) -> None:
        """`twin`: a second worker runs beside it on the same directory, told the same. `at_the_end` looks at
        the process before it is ended."""
        self._stage = stage
        self._blow = blow
        self._switched_off = tuple(switched_off)
        self._twin = twin
        self._at_the_end = at_the_end
        self._run = stage.processes
        self._random = Random(f"{stage.random.random()}")
        self._asks_at = dict.fromkeys(stage.tenants, 0.0)
        self._plug = stage.folder / "plug"
        self._plug.mkdir(exist_ok=True)
        self._heard_at: float | None = None

    def run(self) -> None:
        """From start to end, damage included."""
        stage, blow = self._stage, self._blow
        stage.processes += 1
        stage.extractor_fails |= blow.crash_every > 0
        stage.stream.grow(blow.growth)
        before = settled_lengths(stage.state) if blow.loses_power else {}
        log = stage.folder / f"process-{self._run:03}.log"
        with self._started(log) as process, ExitStack() as beside:
            twin = beside.enter_context(self._started(log.with_suffix(".twin"))) if self._twin else None
            self._live(process)
            for raw in process.rest() + ([] if twin is None else twin.end()):
                if not blow.forgets_s:
                    stage.hears(raw, self._run)
            status = process.status
        self._note_end(status, log)
        if blow.loses_power:
            pulled = pull_the_plug(stage.state, self._plug, before, self._random)
            stage.counted["taken back"] += pulled.bytes
        if blow.tears_log:
            tear_the_log(stage.state, self._random)

    def _started(self, log: Path) -> Process:
        stage, blow = self._stage, self._blow
        sources = stage.stream.tell(stage.folder, self._random, repeat=blow.repeat)
        orders = Orders(
            notes=str(stage.notes),
            sent=str(stage.sent),
            seed=self._random.randrange(1 << 30),
            rules=blow.rules,
            quota=blow.quota,
            aim=blow.aim,
            jumps=blow.jumps,
            crash_every=blow.crash_every,
            plug=str(self._plug) if blow.loses_power else None,
            switched_off=self._switched_off,
        )
        options: tuple[str, ...] = ()
        if blow.replay_s is not None:
            span_s = stage.stream.span_s()
            options = ("--speed", str(max(1.0, span_s / blow.replay_s)))
        return Process(stage.state, sources, orders, log, {**BASE_SETTINGS, **blow.settings}, *options)

    # ── while it lives ──────────────────────────────────────────────────────────────────────────────────

    def _live(self, process: Process) -> None:
        started = time.monotonic()
        for tenant in self._stage.tenants.values():
            rows = tenant.begins(self._run)
            self._stage.witness.expects(rows)
            for row in rows:
                process.write(row.line())
        pauses = list(self._blow.pauses)
        while process.status is None:
            if (raw := process.next_line(_LISTEN_S)) is not None:
                self._heard_at = self._heard_at or time.monotonic()
                if not self._forgets(started):
                    self._stage.hears(raw, self._run)
            self._ask(process)
            now = time.monotonic()
            if pauses and self._heard_at is not None and now >= self._heard_at + pauses[0].after_s:
                _pause(process, pauses.pop(0))
            if now >= self._ends_at(started):
                self._at_the_end(process)
                self._end(process)
                return

    def _forgets(self, started: float) -> bool:
        """Whether what is heard now is never acted upon."""
        forgets_s = self._blow.forgets_s
        return forgets_s > 0 and time.monotonic() >= self._ends_at(started) - forgets_s

    def _ends_at(self, started: float) -> float:
        """A process that never says anything is waited for a while, and then ended all the same."""
        if not self._blow.alive:
            return started + self._blow.after_s
        return (
            started + SILENT_S + self._blow.after_s
            if self._heard_at is None
            else self._heard_at + self._blow.after_s
        )

    def _ask(self, process: Process) -> None:
        now = time.monotonic()
        for name, tenant in self._stage.tenants.items():
            if now < self._asks_at[name] or (row := tenant.asks(self._run)) is None:
                continue
            self._asks_at[name] = now + self._random.choice(_BETWEEN_ROWS_S)
            self._stage.witness.expects([row])
            process.write(row.line())

    def _end(self, process: Process) -> None:
        match self._blow.ending:
            case "kill":
                process.kill()
            case "stop" | "end of input":
                if self._blow.ending == "stop":
                    process.signal(signal.SIGTERM)
                else:
                    process.end_input()
                if process.wait(STOP_WITHIN_S) is None:
                    self._stage.found("other", f"process {self._run} does not stop")
                    process.kill()
            case "stop and kill":
                process.signal(signal.SIGTERM)
                time.sleep(self._random.uniform(0.0, 0.2))
                process.kill()

    # ── afterwards ──────────────────────────────────────────────────────────────────────────────────────

    def _note_end(self, status: int | None, log: Path) -> None:
        stage, book = self._stage, read_log(log)
        stage.findings += book.findings
        stage.counted["dead letters"] += book.dead_letters
        if status == -signal.SIGKILL:
            stage.counted["kills"] += 1
        elif status == 0:
            stage.counted["stops"] += 1
        elif status == -signal.SIGTERM:
            stage.counted["stops"] += 1  # before it was up enough to mind
        elif self._blow.rules or self._blow.quota:
            stage.counted["gave up"] += (
                1  # a disk that fails may keep a worker from starting, or stopping clean
            )
        else:
            stage.found("other", f"process {self._run} ended with status {status}: {book.last_words}")


def _pause(process: Process, pause: Pause) -> None:
    if pause.kind == "freeze":
        process.signal(signal.SIGSTOP)
        time.sleep(pause.for_s)
        process.signal(signal.SIGCONT)
    else:
        process.deaf(True)
        time.sleep(pause.for_s)
        process.deaf(False)
