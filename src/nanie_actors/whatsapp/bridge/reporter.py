"""Tells the worker, without ever making a caller wait: the worker may be slow, stopped or gone."""

from __future__ import annotations

import logging
import threading
from collections import deque

from nanie_actors.whatsapp.live.link import Link, LinkBroken
from nanie_actors.whatsapp.live.reports import Grown, Pulse, Report, Said

_NEWEST_COUNTS = (Grown, Pulse)
"""Of these only the newest is of interest: a worker that reads slowly gets fewer of them."""


class Reporter:
    """A queue of reports and the thread that sends them. `tell` from any thread.

    What is told about the journal goes out before anything that was told later.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._changed = threading.Condition()
        self._newest: dict[type[Report], Report] = {}
        self._queue: deque[Report] = deque()
        self._sending = False
        self._broken = False
        threading.Thread(target=self._send_all, name="reporter", daemon=True).start()

    def tell(self, report: Report) -> None:
        """Send a report soon. After the worker's end it goes nowhere."""
        with self._changed:
            if self._broken:
                return
            if isinstance(report, _NEWEST_COUNTS):
                self._newest[type(report)] = report
            else:
                self._queue.append(report)
            self._changed.notify_all()

    def flush(self, within_s: float) -> bool:
        """Wait until everything that was told is sent; False if that took too long."""
        with self._changed:
            return self._changed.wait_for(self._is_idle, within_s)

    def _is_idle(self) -> bool:
        return self._broken or not (self._newest or self._queue or self._sending)

    def _send_all(self) -> None:
        while batch := self._next_batch():
            try:
                for report in batch:
                    self._link.send(report)
            except LinkBroken:
                self._give_up()

    def _next_batch(self) -> list[Report]:
        """What is to be sent now; waits for it. Empty once the worker is gone."""
        with self._changed:
            self._sending = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._newest or self._queue or self._broken)
            if self._broken:
                return []
            batch = [*self._newest.values(), *self._queue]
            self._newest.clear()
            self._queue.clear()
            self._sending = True
            return batch

    def _give_up(self) -> None:
        with self._changed:
            self._broken = True
            self._changed.notify_all()


class ReportedLog(logging.Handler):
    """Sends the bridge's own log lines to the worker's log. Nothing of any library gets through."""

    def __init__(self, reporter: Reporter) -> None:
        super().__init__(logging.INFO)
        self._reporter = reporter

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info and record.exc_info[0]:
            text += f" ({record.exc_info[0].__name__})"  # its text may hold what somebody wrote
        self._reporter.tell(Said(record.levelno, record.name, text))


def report_our_log(reporter: Reporter) -> None:
    """From now on, what this project logs in this process goes to the worker, and all else nowhere."""
    ours = logging.getLogger("nanie_actors")
    ours.setLevel(logging.INFO)
    ours.propagate = False
    ours.handlers[:] = [ReportedLog(reporter)]
    logging.getLogger().handlers[:] = [logging.NullHandler()]
    logging.captureWarnings(True)
    logging.raiseExceptions = False
