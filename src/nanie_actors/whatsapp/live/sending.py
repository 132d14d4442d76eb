"""Texts on their way through the bridge: which wait, which were ordered, and how each of them ends.

```
accept ──► waiting ──its turn──► ordered ──report──► Sent, SendFailed or SendUnknown
   │          │                     └── the bridge is gone ──► SendUnknown
   └──────────┴── not online ──► SendFailed: the group tries again later
```
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nanie_actors.model import EpochMs, MessageId
from nanie_actors.whatsapp.edge import OutgoingText, SendFailed, SendOutcome, SendUnknown, Sent
from nanie_actors.whatsapp.live.orders import SendOrder
from nanie_actors.whatsapp.live.pacing import Pacing
from nanie_actors.whatsapp.live.reports import SendReport


@dataclass(frozen=True, slots=True)
class Pending:
    """A text, and whom to tell how it ended."""

    text: OutgoingText
    settled: Callable[[SendOutcome], None]


class Sending:
    """One thread. Every text that is accepted is settled exactly once, on that thread."""

    def __init__(self, pacing: Pacing[Pending]) -> None:
        self._pacing = pacing
        self._ordered: dict[str, Pending] = {}
        self._count = 0

    def accept(self, pending: Pending) -> None:
        """This text waits for its turn."""
        self._pacing.add(pending.text.group, pending)

    def order_what_may_go(self, now: float, order: Callable[[SendOrder], bool]) -> None:
        """Order every text whose turn it is; `order` says whether the bridge took it whole."""
        while (pending := self._pacing.take(now)) is not None:
            self._count += 1
            key = f"{self._count}/{pending.text.outbox_id}"  # two attempts of one name are still two
            self._ordered[key] = pending
            if not order(SendOrder(key, pending.text.group, pending.text.text)):
                self._settle(key, SendFailed("the bridge to WhatsApp took no order"), now)

    def reported(self, report: SendReport, now: float) -> None:
        """The bridge told the outcome of an order."""
        self._settle(report.outbox_id, _outcome(report), now)

    def out_of_reach(self, why: str) -> None:
        """Nothing can be sent for now; what was ordered already has its outcome told yet."""
        for pending in self._pacing.drop_waiting():
            pending.settled(SendFailed(why))

    def bridge_ended(self, why: str, now: float) -> None:
        """Nobody will tell the outcome of what was ordered."""
        self.out_of_reach(why)
        for key in list(self._ordered):
            self._settle(key, SendUnknown(why), now)

    def pause(self, now: float) -> float | None:
        """Seconds until a text may go; None: nothing waits for time to pass."""
        return self._pacing.pause(now)

    def _settle(self, key: str, outcome: SendOutcome, now: float) -> None:
        pending = self._ordered.pop(key, None)
        if pending is not None:
            self._pacing.done(pending.text.group, now)
            pending.settled(outcome)


def _outcome(report: SendReport) -> SendOutcome:
    match report.outcome:
        case "sent":
            return Sent(MessageId(report.message_id), EpochMs(report.at))
        case "failed":
            return SendFailed(report.why)
        case "unknown":
            return SendUnknown(report.why)
