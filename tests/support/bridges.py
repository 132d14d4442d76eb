"""Real bridge processes: started over a socketpair, fed with events of the library, stopped, killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, TypeVar

from feed_frames import CODE_TO_SHOW, ENTERED, PAIRING_STATUS, RETURNED, frame, told_frame

from nanie_actors.storage.layout import StateLayout
from nanie_actors.whatsapp.live.bridge_arguments import MODULE, BridgeArguments
from nanie_actors.whatsapp.live.journal import Entry
from nanie_actors.whatsapp.live.journal_reader import JournalReader
from nanie_actors.whatsapp.live.link import Link
from nanie_actors.whatsapp.live.orders import Order
from nanie_actors.whatsapp.live.reports import Report

WITHIN_S = 60.0
UNDER_TEST = Path(__file__).with_name("bridge_under_test.py")

R = TypeVar("R", bound=Report)


class BridgeProcess:
    """A running bridge, with both ends of it in the test's hands: the worker's, and WhatsApp's."""

    def __init__(
        self,
        state: Path,
        mode: Literal["run", "pair"] = "run",
        *,
        product: bool = False,
        phone: str | None = None,
        proxy: str | None = None,
        listen: bool = True,
        **options: Any,
    ) -> None:
        """`product`: started as it is; otherwise under test, with `options` for bridge_under_test.

        Without `listen` nobody reads its reports, and `worker_end` is the only way to it.
        """
        self.layout = StateLayout(state)
        self.seen: list[Report] = []
        self._came = threading.Condition()
        self._ended = False
        self.handed_in = self.entered = self.returned = 0
        worker_end, bridge_end = socket.socketpair()
        self._feed, feed_end = socket.socketpair()
        words = BridgeArguments(mode, bridge_end.fileno(), state, phone=phone).command_line()
        program = (
            ["-m", MODULE]
            if product
            else [str(UNDER_TEST), json.dumps({"feed": feed_end.fileno(), **options})]
        )
        environment = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
        if proxy is not None:
            environment["HTTPS_PROXY"] = proxy
        with (state / "noise.log").open("ab") as noise:
            self.process = subprocess.Popen(
                [sys.executable, *program, *words],
                pass_fds=[bridge_end.fileno(), feed_end.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=noise,
                stderr=noise,
                env=environment,
            )
        bridge_end.close()
        feed_end.close()
        self.worker_end = worker_end
        self._link = Link(worker_end) if listen else None
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._watch)]
        for thread in self._threads:
            thread.start()

    def order(self, order: Order) -> None:
        """Tell the bridge."""
        assert self._link is not None
        self._link.send(order)

    def until(self, kind: type[R]) -> R:
        """Wait for the first report of a kind."""
        with self._came:
            self._came.wait_for(lambda: self.told(kind) or self._ended, WITHIN_S)
        found = self.told(kind)
        assert found, f"no {kind.__name__} in {self.seen}"
        return found[0]

    def told(self, kind: type[R]) -> list[R]:
        """The reports of a kind so far."""
        return [report for report in self.seen if isinstance(report, kind)]

    def hand_in(self, *events: Any) -> None:
        """Let these wait in the library's queue, so to speak; returns at once."""
        self.handed_in += len(events)
        self._feed.sendall(b"".join(map(frame, events)))

    def fire(self, *events: Any) -> None:
        """Hand in events and wait until the library's entry has returned from all so far."""
        self.hand_in(*events)
        self.wait_returned(self.handed_in)

    def show_code(self, code: str) -> None:
        """The library shows a code to be scanned; waits until its entry returned."""
        self._tell(CODE_TO_SHOW, code)

    def pairing_status(self, word: str) -> None:
        """The library says how the pairing goes; waits until its entry returned."""
        self._tell(PAIRING_STATUS, word)

    def wait_entered(self, count: int) -> None:
        """Wait until the library's entry was called for so many events in all."""
        with self._came:
            assert self._came.wait_for(lambda: self.entered >= count, WITHIN_S)

    def wait_returned(self, count: int) -> None:
        """Wait until it returned from so many."""
        with self._came:
            assert self._came.wait_for(lambda: self.returned >= count, WITHIN_S)

    def journaled(self) -> list[Entry]:
        """What is in the journal, read by a reader of its own."""
        return list(JournalReader(self.layout.ingress_journal).read_from(1))

    def texts(self) -> list[str]:
        """The texts in the journal, in its order."""
        return [
            event.message.text
            for entry in self.journaled()
            for event in entry.events
            if hasattr(event, "message")
        ]

    def kill(self) -> None:
        """kill -9."""
        self.process.send_signal(signal.SIGKILL)

    def ended(self) -> int:
        """Wait for the process's end, and for all that it said; its status."""
        status = self.process.wait(WITHIN_S)
        for thread in self._threads:
            thread.join(WITHIN_S)
        return status

    def close(self) -> None:
        """Leave nothing behind, whatever the test did."""
        if self.process.poll() is None:
            self.process.kill()
        self.ended()
        if self._link is not None:
            self._link.close()
        self.worker_end.close()
        self._feed.close()

    def _tell(self, entry: int, text: str) -> None:
        self.handed_in += 1
        self._feed.sendall(told_frame(entry, text))
        self.wait_returned(self.handed_in)

    def _read(self) -> None:
        for report in self._link.receive() if self._link else ():
            with self._came:
                self.seen.append(report)  # type: ignore[arg-type]
                self._came.notify_all()
        with self._came:
            self._ended = True
            self._came.notify_all()

    def _watch(self) -> None:
        with suppress(ConnectionError):
            while signs := self._feed.recv(65_536):
                with self._came:
                    self.entered += signs.count(ENTERED)
                    self.returned += signs.count(RETURNED)
                    self._came.notify_all()


@contextmanager
def bridge(state: Path, mode: Literal["run", "pair"] = "run", **more: Any) -> Iterator[BridgeProcess]:
    """A bridge on a state directory; killed at the end if it still runs."""
    process = BridgeProcess(state, mode, **more)
    try:
        yield process
    finally:
        process.close()
