"""Sending a group's texts to WhatsApp: one at a time, each step durable before the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from nanie_actors.messages import PostText, SendSettled
from nanie_actors.model import EpochMs
from nanie_actors.timeline.outbox import OutboxEntry, OutboxState
from nanie_actors.timeline.records import OutboxMoved
from nanie_actors.timeline.state import GroupState
from nanie_actors.whatsapp.edge import OutgoingText, SendFailed, SendUnknown, Sent

INTERRUPTED = "the worker ended while the text was being sent"

SHOWN = 20
"""Texts of a group that a dump shows, and counts more."""

Append = Callable[[OutboxMoved], None]
Send = Callable[[OutgoingText], None]
Wake = Callable[[float], None]
Show = Callable[[Mapping[OutboxState, int]], None]


class GroupOutbox:
    """Used by one GroupActor only. A text is sent after the record that says so is on disk: after a crash
    in between nobody can know whether it went out, and it is never re-sent blindly."""

    def __init__(
        self,
        state: GroupState,
        *,
        append: Append,
        send: Send,
        wake: Wake,
        show: Show,
        first_s: float,
        max_s: float,
    ) -> None:
        """`show` is told how many texts are in which state whenever that may have changed."""
        self._state = state
        self._append = append
        self._send = send
        self._wake = wake
        self._show = show
        self._first_s = first_s
        self._max_s = max_s
        self._moving: str | None = None
        self._posting: dict[str, PostText] = {}
        self.shown = False
        """Whether `show` was told of any text."""

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
        self._posting[message.text.outbox_id] = message
        self._send(message.text)

    def posting(self, text: str) -> str | None:
        """The id under which a text that is not kept is on its way, if it is this one."""
        return next((name for name, post in self._posting.items() if post.text.text == text), None)

    def counts(self) -> dict[OutboxState, int]:
        """How many texts are in which state."""
        counts: dict[OutboxState, int] = {"queued": 0, "sending": 0, "failed": 0, "unknown": 0}
        for entry in self._state.outbox.values():
            counts[entry.state] += 1
        return counts

    def unsent(self) -> list[dict[str, Any]]:
        """For the dump: the oldest texts that were tried and are not sent. Nothing of what they say."""
        tried = (entry for entry in self._state.outbox.values() if entry.attempts)
        return [
            {
                "state": entry.state,
                "since": entry.since,
                "attempts": entry.attempts,
                "reason": entry.reason,
            }
            for entry in islice(tried, SHOWN)
        ]

    def recover(self, now: EpochMs) -> None:
        """After a start: what was being sent when the predecessor ended has an unknown outcome."""
        self._show_counts()
        for entry in list(self._state.outbox.values()):
            if entry.state == "sending":
                self._append(OutboxMoved(entry.id, now, "unknown", reason=INTERRUPTED))
            elif entry.state == "failed":
                self._wake(self._delay_s(entry))

    def pump(self, now: EpochMs) -> None:
        """Start with the next text, unless one is on its way."""
        self._show_counts()
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
        post = self._posting.pop(outbox_id, None)
        if post is not None:
            post.reply_to.tell_system(message)
            if not isinstance(message.outcome, Sent):
                return  # Of a text that was sent the record is needed: it is known when it comes back.
        match message.outcome:
            case Sent(message_id, at):
                self._append(OutboxMoved(outbox_id, at, "sent", message_id))
            case SendFailed(reason):
                self._append(OutboxMoved(outbox_id, now, "failed", reason=reason))
            case SendUnknown(reason):
                self._append(OutboxMoved(outbox_id, now, "unknown", reason=reason))

    def retry_due(self, now: EpochMs) -> None:
        """Queue again what failed long enough ago."""
        self._queue_again(now, lambda entry: now - entry.since >= self._delay_s(entry) * 1000)

    def retry_all(self, now: EpochMs) -> None:
        """Whatever was in the way may be gone: queue again all that failed."""
        self._queue_again(now, lambda _: True)

    def _show_counts(self) -> None:
        self.shown = bool(self._state.outbox)
        self._show(self.counts() if self.shown else {})

    def _queue_again(self, now: EpochMs, which: Callable[[OutboxEntry], bool]) -> None:
        for entry in list(self._state.outbox.values()):
            if entry.state == "failed" and which(entry):
                self._append(OutboxMoved(entry.id, now, "queued"))

    def _delay_s(self, entry: OutboxEntry) -> float:
        return min(self._first_s * 2.0 ** max(entry.attempts - 1, 0), self._max_s)
