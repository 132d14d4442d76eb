"""Telling the worker: in order, without waiting for it, and after its death to nobody."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import pytest

from nanie_actors.whatsapp.bridge.reporter import Reporter, report_our_log
from nanie_actors.whatsapp.live.link import Link
from nanie_actors.whatsapp.live.orders import Order
from nanie_actors.whatsapp.live.reports import Disconnected, Grown, LoggedOut, Pulse, QrShown, Report, Said

WITHIN_S = 30.0


@contextmanager
def ends() -> Iterator[tuple[Reporter, Link]]:
    """The bridge's reporter, and the worker's end."""
    ours, theirs = socket.socketpair()
    bridge, worker = Link(ours), Link(theirs)
    reporter = Reporter(bridge)
    try:
        yield reporter, worker
    finally:
        worker.close()
        for word in range(3):  # the first after its end is what tells a reporter that the worker is gone
            reporter.tell(LoggedOut(f"{word}"))
            reporter.flush(WITHIN_S)
        bridge.close()
        for thread in threading.enumerate():
            if thread.name == "reporter":
                thread.join(WITHIN_S)


def first(worker: Link, count: int) -> list[Order | Report]:
    return list(islice(worker.receive(), count))


def test_reports_come_in_the_order_in_which_they_were_told() -> None:
    with ends() as (reporter, worker):
        told = [QrShown(f"2@{number}") for number in range(50)]
        for report in told:
            reporter.tell(report)
        assert first(worker, 50) == told


def test_of_growing_only_the_newest_needs_to_be_told() -> None:
    """A worker that does not read makes nobody wait, and finds one word about a thousand entries."""
    with ends() as (reporter, worker):
        for number in range(1, 20_001):
            reporter.tell(Grown(number))
            reporter.tell(Pulse({"message": number}))
        reporter.tell(Disconnected())
        seen = []
        for message in worker.receive():
            seen.append(message)
            if isinstance(message, Disconnected):
                break
        grown = [message.entry for message in seen if isinstance(message, Grown)]
        assert grown[-1] == 20_000  # before what was told after it
        assert grown == sorted(grown)


def test_flushing_waits_until_all_is_sent() -> None:
    with ends() as (reporter, worker):
        reporter.tell(LoggedOut("x" * 100))
        assert reporter.flush(WITHIN_S)
        assert first(worker, 1) == [LoggedOut("x" * 100)]


def test_flushing_to_a_worker_that_does_not_read_ends_in_time() -> None:
    with ends() as (reporter, _worker):
        for _ in range(100):
            reporter.tell(LoggedOut("x" * 100_000))
        assert not reporter.flush(0.0)


def test_a_dead_worker_is_told_nothing_and_holds_up_nothing() -> None:
    with ends() as (reporter, worker):
        worker.close()
        for _ in range(100):
            reporter.tell(LoggedOut("x" * 10_000))
        assert reporter.flush(WITHIN_S)


@pytest.fixture
def loggers() -> Iterator[None]:
    """Put the loggers back as they were."""
    ours, root = logging.getLogger("nanie_actors"), logging.getLogger()
    before = (ours.handlers[:], ours.level, ours.propagate, root.handlers[:], logging.raiseExceptions)
    yield
    ours.handlers[:], level, ours.propagate, root.handlers[:], logging.raiseExceptions = before
    ours.setLevel(level)
    logging.captureWarnings(False)


@pytest.mark.usefixtures("loggers")
def test_our_own_log_goes_to_the_worker_and_nobody_elses() -> None:
    with ends() as (reporter, worker):
        report_our_log(reporter)
        logging.getLogger("whatsmeow.Client").error("somebody wrote: milk")
        logging.getLogger("nanie_actors.whatsapp.bridge").debug("too small")
        try:
            raise ValueError("somebody wrote: milk")
        except ValueError:
            logging.getLogger("nanie_actors.whatsapp.bridge").exception("%d failed", 3)
        assert first(worker, 1) == [
            Said(logging.ERROR, "nanie_actors.whatsapp.bridge", "3 failed (ValueError)")
        ]
