"""The two edges of the worker under load: a source and a router that keep nothing of what passes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from bench.soak.window import LatencyWindow
from nanie_actors.model import ConnectionChanged, ConversationId, EpochMs, GroupId, MessageId, RowId
from nanie_actors.router.edge import Outgoing, RouterRow, RowInbox
from nanie_actors.whatsapp.edge import Ingress, OutgoingText, SendOutcome, Sent

EVENTS_KEPT = 40
"""A household that never deletes grows for a good reason: conversations with more events delete some."""


class SoakSource:
    """A WhatsApp account whose events are put by whoever makes the load."""

    name = "soak"
    live = False

    def __init__(self) -> None:
        self.ingress: Ingress | None = None

    def start(self, ingress: Ingress) -> None:
        """Events may be put from now on."""
        self.ingress = ingress
        ingress.put(ConnectionChanged(self.name, "online"))

    def stop(self) -> None:
        """Whoever makes the load has ended before."""

    def reaches(self, group: GroupId) -> bool:
        """It has every group."""
        return True

    def send(self, text: OutgoingText, settled: Callable[[SendOutcome], None]) -> None:
        """Every text is delivered at once."""
        settled(Sent(MessageId(f"SOAK-{text.outbox_id}"), EpochMs(time.time_ns() // 1_000_000)))


@dataclass(frozen=True, slots=True)
class Surplus:
    """Events that a conversation has too many of."""

    conversation: ConversationId
    ids: tuple[str, ...]


class SoakRouter:
    """Measures how long answers take, and counts what goes out. Thread-safe."""

    name = "soak"

    def __init__(self, answers: LatencyWindow) -> None:
        self.inbox: RowInbox | None = None
        self.errors: dict[str, int] = {}
        self.pushes = 0
        self._answers = answers
        self._lock = threading.Lock()
        self._asked: dict[RowId, float] = {}
        self._surplus: list[Surplus] = []

    @property
    def unanswered(self) -> int:
        """Rows put and not answered yet."""
        return len(self._asked)

    def start(self, inbox: RowInbox) -> None:
        """Rows may be put from now on."""
        self.inbox = inbox

    def stop_intake(self) -> None:
        """Whoever makes the load has ended before."""

    def stop(self) -> None:
        """Nothing to flush."""

    def put(self, conversation: ConversationId, row: RowId, content: dict[str, object]) -> None:
        """Ask something."""
        assert self.inbox is not None
        self._asked[row] = time.perf_counter()
        self.inbox.put(RouterRow(row, conversation, orjson.dumps(content).decode(), self.name))

    def deliver(self, out: Outgoing, accepted: Callable[[bool], None]) -> None:
        """Take anything at once."""
        if out.in_reply_to is None:
            self.pushes += 1
        elif (asked := self._asked.pop(out.in_reply_to, None)) is not None:
            self._answers.add(time.perf_counter() - asked)
        self._look_into(out)
        accepted(True)

    def rename(self, conversation: ConversationId, title: str) -> None:
        """Titles are not shown."""

    def settled(self, row: RowId, keep: bool) -> None:
        """A row without a reply is done as well."""
        self._asked.pop(row, None)

    def take_surplus(self) -> list[Surplus]:
        """The events to delete that came up since the last call."""
        with self._lock:
            taken, self._surplus = self._surplus, []
        return taken

    def _look_into(self, out: Outgoing) -> None:
        reply = orjson.loads(out.body)
        if reply["type"] == "ERROR":
            if reply["code"] == "NOT_FOUND":
                return  # what was to be deleted was revoked in WhatsApp meanwhile
            with self._lock:
                self.errors[reply["code"]] = self.errors.get(reply["code"], 0) + 1
            return
        events = reply.get("data", {}).get("events", ())
        if out.in_reply_to is not None and len(events) > EVENTS_KEPT:
            ids = tuple(event["id"] for event in events[: -EVENTS_KEPT // 2])
            with self._lock:
                self._surplus.append(Surplus(out.conversation, ids))
