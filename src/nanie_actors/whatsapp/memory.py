"""A WhatsApp source without WhatsApp, for tests: events are pushed by hand, sends are kept."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nanie_actors.model import ConnectionChanged, EpochMs, GroupId, Inbound, MessageId, group_of
from nanie_actors.whatsapp.edge import Ingress, IngressClosed, OutgoingText, SendFailed, SendOutcome, Sent
from nanie_actors.whatsapp.played import system_now


@dataclass(frozen=True, slots=True)
class KeptSend:
    """A text somebody sent, and the way to settle it later when no outcome was scripted for it."""

    text: OutgoingText
    settle: Callable[[SendOutcome], None]


class MemorySource:
    """Puts what is pushed, on a thread of its own; says `finished` when told to.

    A send is settled at once with the next scripted outcome; without one it is taken as delivered, or kept
    open when `hold_sends` is set. It reaches the groups given and those of pushed events.
    """

    def __init__(
        self,
        name: str = "memory",
        *,
        groups: Iterable[GroupId] = (),
        live: bool = False,
        hold_sends: bool = False,
        now: Callable[[], EpochMs] = system_now,
    ) -> None:
        self._name = name
        self._groups = set(groups)
        self._live = live
        self._hold_sends = hold_sends
        self._now = now
        self._pushed: queue.Queue[Inbound | None] = queue.Queue()
        self._outcomes: queue.SimpleQueue[SendOutcome] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self.sends: list[KeptSend] = []

    @property
    def name(self) -> str:
        """What logs and dumps call this source."""
        return self._name

    @property
    def live(self) -> bool:
        """As it was made."""
        return self._live

    def push(self, *events: Inbound) -> None:
        """Let the source receive these events; they are put in this order, soon. Before or after `start`."""
        for event in events:
            if not isinstance(event, ConnectionChanged):
                self._groups.add(group_of(event))
            self._pushed.put(event)

    def finish(self) -> None:
        """Let the source come to its end after what was pushed."""
        self.push(ConnectionChanged(self._name, "finished"))

    def script(self, *outcomes: SendOutcome) -> None:
        """Settle the next sends with these."""
        for outcome in outcomes:
            self._outcomes.put(outcome)

    def start(self, ingress: Ingress) -> None:
        """Start the thread that puts what is pushed. Once only."""
        if self._thread is not None:
            raise RuntimeError(f"{self._name} was started twice")
        self._thread = threading.Thread(
            target=self._run, args=(ingress,), name=f"whatsapp {self._name}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the put it is in, and forget what else was pushed."""
        self._stopped = True
        self._pushed.put(None)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def reaches(self, group: GroupId) -> bool:
        """Whether the group was given or an event of it pushed."""
        return group in self._groups

    def send(self, text: OutgoingText, settled: Callable[[SendOutcome], None]) -> None:
        """Keep the text and settle it as scripted, before this returns."""
        if self._stopped:
            settled(SendFailed(f"{self._name} is stopped"))
            return
        if not self.reaches(text.group):
            settled(SendFailed(f"{self._name} does not have this group"))
            return
        self.sends.append(KeptSend(text, settled))
        if not self._outcomes.empty():
            settled(self._outcomes.get())
        elif not self._hold_sends:
            settled(Sent(MessageId(f"MEMORY-{text.outbox_id}"), self._now()))

    def _run(self, ingress: Ingress) -> None:
        try:
            ingress.put(ConnectionChanged(self._name, "connecting"))
            ingress.put(ConnectionChanged(self._name, "online"))
            while (event := self._pushed.get()) is not None and not self._stopped:
                ingress.put(event)
        except IngressClosed:
            return
