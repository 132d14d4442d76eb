"""The live account as a WhatsAppSource: puts the connection, the bridge, the journal and the sends together.

```
whatsapp             decides: everything below ends as a piece of work in its inbox; blocks on nothing else
whatsapp bridge      hears the bridge's reports        whatsapp output      reads what the bridge prints
whatsapp journal     puts events and the connection's changes into the worker; waits while that is full
```
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Final

from nanie_actors.model import ConnectionChanged, EpochMs, GroupId, is_standalone
from nanie_actors.settings.sections import WhatsAppSettings
from nanie_actors.storage.layout import StateLayout
from nanie_actors.whatsapp.edge import Ingress, OutgoingText, SendFailed, SendOutcome
from nanie_actors.whatsapp.live.bridge_arguments import BridgeArguments
from nanie_actors.whatsapp.live.child import COMMAND, BridgeProcess
from nanie_actors.whatsapp.live.connection import ENDING_S, Action, Connection
from nanie_actors.whatsapp.live.connection_status import Moment, Status
from nanie_actors.whatsapp.live.journal_feed import JournalFeed
from nanie_actors.whatsapp.live.journal_reader import JournalReader
from nanie_actors.whatsapp.live.pacing import Pacing
from nanie_actors.whatsapp.live.reports import Connected, Grown, JournalStuck, Report, SendReport, Started
from nanie_actors.whatsapp.live.sending import Pending, Sending
from nanie_actors.whatsapp.live.session import SessionLook, look_at_session

_log = logging.getLogger(__name__)

NAME: Final = "whatsapp"
GONE_S: Final = 5.0
"""From the killing of a bridge until it is gone."""


class LiveSource:
    """Implements whatsapp.edge.WhatsAppSource. No bridge runs before `start`, and none after `stop`."""

    def __init__(
        self,
        settings: WhatsAppSettings,
        layout: StateLayout,
        *,
        command: Sequence[str] = COMMAND,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`command` is what stands before a bridge's own words."""
        self._layout = layout
        self._command = command
        self._arguments = BridgeArguments(
            "run",
            link_fd=0,
            state=layout.root,
            device_name=settings.device_name,
            history_days=settings.history_days,
            segment_bytes=settings.journal_segment_bytes,
        )
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._connection = Connection(settings, jitter)
        self._sending = Sending(Pacing(settings.send_interval_s, settings.sends_per_minute))
        self._feed = JournalFeed(JournalReader(layout.ingress_journal), self._handed_in)
        self._bridge: BridgeProcess | None = None
        self._said: Status | None = None
        self._grown = self._fed = 0  # the newest entry on the disk, and the newest that was handed in
        self._to_catch_up: int | None = None  # online, once this entry was handed in
        self._stopping = False
        self._closed = False  # the inbox takes nothing more
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="whatsapp", daemon=True)

    @property
    def name(self) -> str:
        """What logs and dumps call this source."""
        return NAME

    @property
    def live(self) -> bool:
        """An account is behind it."""
        return True

    def start(self, ingress: Ingress) -> None:
        """Hand in what an earlier run left, and connect as soon as an account is paired. Once only."""
        self._feed.start(ingress)
        self._thread.start()

    def stop(self) -> None:
        """Let the bridge take in what it holds, end it, and end the threads; takes seconds at most.

        What it took in is handed in by the next run. May be called twice, and before `start`.
        """
        self._inbox.put(self._begin_to_stop)
        if self._thread.ident is not None:
            self._thread.join(ENDING_S + GONE_S)
        else:
            self._close()
        self._feed.stop()

    def reaches(self, group: GroupId) -> bool:
        """Every group of WhatsApp's own; the gateway knows which of them the account has left."""
        return group.endswith("@g.us") and not is_standalone(group)

    def send(self, text: OutgoingText, settled: Callable[[SendOutcome], None]) -> None:
        """Send a text when its turn has come; never blocks. Fails at once while there is no connection."""
        with self._closing:
            if not self._closed:
                self._inbox.put(lambda: self._accept(Pending(text, settled)))
                return
        settled(SendFailed("the connection to WhatsApp is closed"))

    def _run(self) -> None:
        while not (self._stopping and self._bridge is None):
            self._tick()
            self._say()
            self._work()
        self._close()

    def _close(self) -> None:
        """Let nothing more in, and settle what is."""
        with self._closing:
            self._closed = True
        while not self._inbox.empty():
            _do(self._inbox.get())

    def _work(self) -> None:
        """Do what came in; wait for it, but not beyond the next thing that time brings."""
        try:
            _do(self._inbox.get(timeout=self._pause()))
        except Empty:
            return
        for _ in range(self._inbox.qsize()):
            _do(self._inbox.get())

    def _pause(self) -> float:
        now = _now()
        until_text = self._sending.pause(now.s) if self._connection.online else None
        pause = self._connection.pause(now)
        return pause if until_text is None else min(pause, until_text)

    def _tick(self) -> None:
        look = SessionLook() if self._connection.has_bridge else look_at_session(self._layout)
        self._act(self._connection.tick(_now(), look))
        if self._connection.online and self._bridge is not None:
            self._sending.order_what_may_go(_now().s, self._bridge.order)

    def _act(self, action: Action | None) -> None:
        if action == "start":
            self._start_bridge()
        elif action == "stop" and self._bridge is not None:
            self._bridge.stop()
        elif action == "kill" and self._bridge is not None:
            self._bridge.kill()

    def _start_bridge(self) -> None:
        self._grown = 0
        self._bridge = BridgeProcess(
            self._arguments,
            reported=lambda report: self._inbox.put(lambda: self._reported(report)),
            ended=lambda why: self._inbox.put(lambda: self._ended(why)),
            command=self._command,
        )
        try:
            self._bridge.start()
        except OSError as error:
            self._ended(f"the bridge to WhatsApp cannot be started: {error.strerror}")

    def _reported(self, report: Report) -> None:
        match report:
            case Grown(entry):
                self._grown = entry
                self._feed.grown()
            case Connected():
                self._to_catch_up = self._grown
            case SendReport():
                self._sending.reported(report, _now().s)
            case JournalStuck(why):
                _log.error("whatsapp: the ingress journal takes nothing, and so neither do we: %s", why)
            case Started(pid, library):
                _log.info("whatsapp: process %d connects, with the library's version %s", pid, library)
            case _:
                pass
        self._connection.reported(_now(), report)
        self._catch_up()

    def _ended(self, why: str) -> None:
        self._bridge = None
        self._to_catch_up = None
        self._connection.ended(_now(), why)
        self._sending.bridge_ended(why, _now().s)

    def _handed_in(self, entry: int) -> None:
        self._inbox.put(lambda: self._fed_up_to(entry))

    def _fed_up_to(self, entry: int) -> None:
        self._fed = entry
        self._catch_up()

    def _catch_up(self) -> None:
        if self._to_catch_up is not None and self._fed >= self._to_catch_up:
            self._to_catch_up = None
            self._connection.caught_up(_now())

    def _accept(self, pending: Pending) -> None:
        if self._connection.online:
            self._sending.accept(pending)
        else:
            pending.settled(SendFailed(self._connection.status.reason or "not connected to WhatsApp yet"))

    def _say(self) -> None:
        """Tell the worker how things stand, if that is new, and let no text wait for better times."""
        status = self._connection.status
        if status == self._said:
            return
        self._said = status
        if not self._connection.online:
            self._sending.out_of_reach(status.reason or "the connection to WhatsApp was lost")
        self._feed.say(ConnectionChanged(NAME, status.state, status.reason, status.until))

    def _begin_to_stop(self) -> None:
        self._stopping = True
        self._sending.out_of_reach("the worker is stopping")
        self._act(self._connection.stop(_now()))


def _do(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:  # noqa: BLE001  # the thread goes on: nothing else would look after the bridge
        _log.exception("whatsapp: a piece of work failed, the others go on")


def _now() -> Moment:
    return Moment(time.monotonic(), EpochMs(time.time_ns() // 1_000_000))
