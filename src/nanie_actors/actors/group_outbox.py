"""Sending a group's texts to WhatsApp: one at a time, each step durable before the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nanie_actors.messages import PostText, SendSettled
from nanie_actors.model import EpochMs
from nanie_actors.runtime import PooledRef
from nanie_actors.timeline.outbox import OutboxEntry
from nanie_actors.timeline.records import OutboxMoved
from nanie_actors.timeline.state import GroupState
from nanie_actors.whatsapp.edge import OutgoingText, SendFailed, SendUnknown, Sent

Append = Callable[[OutboxMoved], None]
Send = Callable[[OutgoingText], None]
Wake = Callable[[float], None]


class GroupOutbox:
    """Used by one GroupActor only. A text is sent after the record that says so is on disk: after a crash
    in between nobody can know whether it went out, and it is never re-sent blindly."""

    def __init__(
        self, state: GroupState, *, append: Append, send: Send, wake: Wake, first_s: float, max_s: float
    ) -> None:
        self._state = state
        self._append = append
        self._send = send
        self._wake = wake
        self._first_s = first_s
        self._max_s = max_s
        self._moving: str | None = None
        self._posting: dict[str, PooledRef[Any]] = {}

    @property
    def quiet(self) -> bool:
        """Whether no text is on its way or wants to be."""
        return self._moving is None and not any(
            entry.state in ("queued", "sending", "failed") for entry in self._state.outbox.values()
        )

    @property
    def sending(self) -> bool:
        """Whether a text is on its way this moment."""
        return self._moving is not None or bool(self._posting)

    def post(self, message: PostText) -> None:
        """Send a text that is not kept: whoever wants it sent hears what became of it."""
        self._posting[message.text.outbox_id] = message.reply_to
        self._send(message.text)

    def counts(self) -> dict[str, int]:
        """How many texts are in which state."""
        counts = {"queued": 0, "sending": 0, "failed": 0, "unknown": 0}
        for entry in self._state.outbox.values():
            counts[entry.state] += 1
        return counts

    def recover(self, now: EpochMs) -> None:
        """After a start: what was being sent when the predecessor ended has an unknown outcome."""
        for entry in list(self._state.outbox.values()):
            if entry.state == "sending":
                self._append(OutboxMoved(entry.id, now, "unknown"))
            elif entry.state == "failed":
                self._wake(self._delay_s(entry))

    def pump(self, now: EpochMs) -> None:
        """Start with the next text, unless one is on its way."""
        if self._moving is not None:
            return
        entry = next((e for e in self._state.outbox.values() if e.state == "queued"), None)
        if entry is not None:
            self._moving = entry.id
            self._append(OutboxMoved(entry.id, now, "sending"))

    def moved(self, record: OutboxMoved) -> None:
        """A step is on disk: take the next one."""
        entry = self._state.outbox.get(record.outbox_id)
        if record.to == "sending" and entry is not None:
            self._send(OutgoingText(entry.id, self._state.group, entry.text))
            return
        if record.outbox_id == self._moving:
            # Its way is over for now. What became of another text changes nothing for the one on its way.
            self._moving = None
        if record.to == "failed" and entry is not None:
            self._wake(self._delay_s(entry))

    def settled(self, message: SendSettled, now: EpochMs) -> None:
        """WhatsApp's edge knows the outcome."""
        outbox_id = message.text.outbox_id
        reply_to = self._posting.pop(outbox_id, None)
        if reply_to is not None:
            reply_to.tell_system(message)
            if not isinstance(message.outcome, Sent):
                return  # Of a text that was sent the record is needed: it is known when it comes back.
        match message.outcome:
            case Sent(message_id, at):
                self._append(OutboxMoved(outbox_id, at, "sent", message_id))
            case SendFailed():
                self._append(OutboxMoved(outbox_id, now, "failed"))
            case SendUnknown():
                self._append(OutboxMoved(outbox_id, now, "unknown"))

    def retry_due(self, now: EpochMs) -> None:
        """Queue again what failed long enough ago."""
        for entry in list(self._state.outbox.values()):
            if entry.state == "failed" and now - entry.since >= self._delay_s(entry) * 1000:
                self._append(OutboxMoved(entry.id, now, "queued"))

    def _delay_s(self, entry: OutboxEntry) -> float:
        return min(self._first_s * 2.0 ** max(entry.attempts - 1, 0), self._max_s)
