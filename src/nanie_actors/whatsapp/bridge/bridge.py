"""The bridge, put together: its parts, its threads, and the one place where it ends.

```
main        waits for the end; every few seconds a pulse, and a look at what takes too long
orders      reads the link; its end, or the worker's, is the end of all
connect     inside the library's `connect`, for as long as there is a connection
(library)   calls back: convert, journal, report
groups      asks for groups        send_0 …    call the library's send        reporter    writes the link
```
"""

from __future__ import annotations

import logging
import os
import threading
import time
from queue import Empty, SimpleQueue
from typing import Final

from nanie_actors.whatsapp.bridge.activity import Activity
from nanie_actors.whatsapp.bridge.callbacks import Callbacks
from nanie_actors.whatsapp.bridge.connection_events import Ended, told_by, told_by_the_end
from nanie_actors.whatsapp.bridge.counts import Counts
from nanie_actors.whatsapp.bridge.draining import Draining
from nanie_actors.whatsapp.bridge.gate import Gate
from nanie_actors.whatsapp.bridge.groups import Groups
from nanie_actors.whatsapp.bridge.intake import Intake
from nanie_actors.whatsapp.bridge.library import VERSION, Client, ConnectedEv, Jid2String, JIDToNonAD
from nanie_actors.whatsapp.bridge.pairing import Pairing
from nanie_actors.whatsapp.bridge.reporter import Reporter
from nanie_actors.whatsapp.bridge.sends import Sends
from nanie_actors.whatsapp.live.link import Link
from nanie_actors.whatsapp.live.orders import RefreshOrder, SendOrder
from nanie_actors.whatsapp.live.reports import (
    Connected,
    Disconnected,
    LoggedOut,
    Pulse,
    Report,
    Started,
    Unreachable,
)

_log = logging.getLogger(__name__)

PULSE_S: Final = 5.0
CONNECT_WITHIN_S: Final = 90.0
"""The library itself gives up dialling after a minute, but not in every phase."""

FLUSH_S: Final = 2.0


class Bridge:
    """One connection to WhatsApp, from its beginning to its end."""

    def __init__(
        self, client: Client, link: Link, reporter: Reporter, intake: Intake, counts: Counts
    ) -> None:
        self._client = client
        self._link = link
        self._reporter = reporter
        self._intake = intake
        self._counts = counts
        self._endings: SimpleQueue[Report | None] = SimpleQueue()
        self._activity = Activity()
        self._gate = Gate(client)
        self._sends = Sends(self._gate, reporter.tell)
        self._groups = Groups(self._gate, intake, self._groups_listed)
        self._pairing: Pairing | None = None
        self._account = ""
        self._to_tell = False  # connected, and the groups are being asked for

    def pair(self, phone: str | None) -> None:
        """Make a new session first; before `run`."""
        self._pairing = Pairing(phone, self._reporter.tell, self.end)

    def end(self, report: Report | None = None) -> None:
        """End soon, with this as the last word; the first one counts. Any thread, or a signal handler."""
        self._endings.put(report)

    def run(self) -> None:
        """Connect, and stay until something ends it; the caller ends the process then."""
        self._register()
        self._reporter.tell(Started(os.getpid(), VERSION))
        self._groups.start()
        for work in (self._obey, self._connect):
            threading.Thread(target=work, name=work.__name__.strip("_"), daemon=True).start()
        report = self._until_the_end()
        ending = Draining(self._client, self._gate, self._activity)
        ending.drain()
        self._groups.end()
        self._sends.end()
        if report is not None:
            self._reporter.tell(report if self._pairing is None else self._pairing.lost(report))
        self._reporter.tell(Pulse(self._counts.snapshot()))
        self._reporter.flush(FLUSH_S)
        if not self._activity.seal():
            ending.drain()  # it may have been silent before
        self._intake.close()

    def _register(self) -> None:
        pairing = self._pairing
        Callbacks(
            self._intake,
            self._activity,
            self._counts,
            connection=self._note,
            changed=self._groups.ask_for,
            code=pairing.show if pairing else self._is_not_paired,
            status=pairing.status if pairing else self._counts.add,
        ).register(self._client)

    def _until_the_end(self) -> Report | None:
        started = time.monotonic()
        while True:
            try:
                return self._endings.get(timeout=PULSE_S)
            except Empty:
                self._reporter.tell(Pulse(self._counts.snapshot()))
            self._sends.look_after()
            if self._pairing is not None:
                self._pairing.look_after()
            if not self._activity.ever and time.monotonic() - started > CONNECT_WITHIN_S:
                self.end(Unreachable("no answer while connecting"))

    def _obey(self) -> None:
        try:
            for order in self._link.receive():
                match order:
                    case SendOrder():
                        self._sends.send(order)
                    case RefreshOrder():
                        self._groups.ask_for_all()
                    case _:
                        return
        finally:
            self.end()

    def _connect(self) -> None:
        try:
            self._client.connect()
        except Exception as error:  # noqa: BLE001  # whatever it was: this connection is over
            self.end(told_by_the_end(error))
        else:
            self.end(told_by_the_end(None))

    def _note(self, event: object) -> None:
        """An event of the connection; on the library's thread."""
        if isinstance(event, ConnectedEv):
            self._came_online()
            return
        match told_by(event, time.time_ns() // 1_000_000):
            case Ended(report):
                self._gate.shut()
                self.end(report)
            case Disconnected() as report:
                self._gate.shut()
                self._to_tell = False
                self._reporter.tell(report)
            case _:
                pass

    def _came_online(self) -> None:
        me = self._client.me
        if me is not None:
            own = [Jid2String(JIDToNonAD(jid)) for jid in (me.JID, me.LID) if jid.User]
            self._intake.we_are(*own)
            self._account = own[0] if own else ""
        self._gate.open()
        if self._pairing is not None:
            self._pairing.connected(self._account)
        self._to_tell = True
        self._groups.ask_for_all()

    def _groups_listed(self) -> None:
        if self._to_tell:
            self._to_tell = False
            self._reporter.tell(Connected(self._account))

    def _is_not_paired(self, client: Client, data: bytes) -> None:
        self.end(LoggedOut("the session is not paired"))
