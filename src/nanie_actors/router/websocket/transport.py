"""The router over websockets: whoever opens one is a router of its own, and hears of what it watches."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Final

from nanie_actors.errors import InvalidMessage, Unavailable
from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import InboxClosed, Outgoing, RouterRow, RowInbox
from nanie_actors.router.envelope import Ignored, Refused, RowRules
from nanie_actors.router.websocket import frames
from nanie_actors.router.websocket.frames import Watch, read_frame
from nanie_actors.router.websocket.outbox import Outbox

logger = logging.getLogger(__name__)

FINISH_WITHIN_S: Final = 2.0
"""How long a stopping worker waits for all clients to take their last frames."""

NOT_NOW: Final = "The worker takes no messages now, it is starting or stopping: try again."
UNDER_WAY: Final = "A message of this id is under way already: give each its own."

Accepted = Callable[[bool], None]


class WebSocketTransport:
    """Implements router.edge.RouterTransport as "websocket". All of it may be called from any thread.

    A reply goes to the client that sent the row, a push to the clients that watch its conversation. Nobody
    watching is fine: the push counts as taken, and who comes back asks with GET_STATUS.
    """

    name = "websocket"

    def __init__(self, rules: RowRules) -> None:
        self._rules = rules
        self._lock = Lock()
        self._clients: dict[Outbox, frozenset[ConversationId]] = {}
        self._watchers: dict[ConversationId, set[Outbox]] = {}
        self._senders: dict[RowId, Outbox] = {}
        self._inbox: RowInbox | None = None
        self._stopped = False

    # ── clients ─────────────────────────────────────────────────────────────────────────────────────────

    def join(self, client: Outbox) -> None:
        """A client is there; it hears nothing before it watches or sends."""
        with self._lock:
            self._clients[client] = frozenset()
            stopped = self._stopped
        if stopped:
            client.finish()

    def leave(self, client: Outbox) -> None:
        """A client is gone."""
        with self._lock:
            self._watch(client, frozenset())
            self._clients.pop(client, None)
            self._senders = {row: sender for row, sender in self._senders.items() if sender is not client}
        client.gone()

    def take(self, client: Outbox, frame: bytes) -> None:
        """Carry out what a client sent; waits while the worker's inbox is full."""
        match read_frame(frame, transport=self.name, rules=self._rules):
            case Watch(conversations):
                with self._lock:
                    self._watch(client, conversations)
            case RouterRow() as row:
                self._put(client, row)
            case Refused(conversation, row_id, error):
                client.send(frames.refused(conversation, row_id, error))
            case Ignored(reason):
                logger.debug("a row was ignored: %s", reason)

    def _watch(self, client: Outbox, conversations: frozenset[ConversationId]) -> None:
        """With the lock held."""
        before = self._clients.get(client)
        if before is None:
            return  # gone meanwhile
        for conversation in before - conversations:
            watchers = self._watchers[conversation]
            watchers.discard(client)
            if not watchers:
                del self._watchers[conversation]
        for conversation in conversations - before:
            self._watchers.setdefault(conversation, set()).add(client)
        self._clients[client] = conversations

    def _put(self, client: Outbox, row: RouterRow) -> None:
        inbox = self._inbox
        if inbox is None:
            client.send(frames.refused(row.conversation, row.row_id, Unavailable(NOT_NOW)))
        elif not self._register(client, row):
            client.send(frames.refused(row.conversation, row.row_id, InvalidMessage(UNDER_WAY)))
        else:
            try:
                inbox.put(row)
            except InboxClosed:
                client.finish()  # What was answered already is all there will be.

    def _register(self, client: Outbox, row: RouterRow) -> bool:
        """Note who gets the replies, and that it wants to hear of the conversation."""
        with self._lock:
            watched = self._clients.get(client)
            if watched is None or row.row_id in self._senders:
                return False
            self._senders[row.row_id] = client
            if row.conversation not in watched and len(watched) < frames.MOST_WATCHED:
                self._watch(client, watched | {row.conversation})
            return True

    # ── as a router transport ───────────────────────────────────────────────────────────────────────────

    def start(self, inbox: RowInbox) -> None:
        """Take rows from now on."""
        self._inbox = inbox

    def stop_intake(self) -> None:
        """Take no further row."""
        self._inbox = None

    def deliver(self, out: Outgoing, accepted: Accepted) -> None:
        """Pass a reply to its sender, a push to those who watch; taken either way."""
        listeners = self._listeners(out)
        if listeners:  # A body may be long: nobody listens, nothing is copied.
            frame = frames.told(out)
            for client in listeners:
                client.send(frame)
        accepted(True)

    def rename(self, conversation: ConversationId, title: str) -> None:
        """A client reads the group's name in every update."""

    def settled(self, row: RowId, keep: bool) -> None:
        """The sender is told that nothing more comes."""
        with self._lock:
            client = self._senders.pop(row, None)
        if client is not None:
            client.send(frames.done(row))

    def stop(self) -> None:
        """Let every client take its last frames, then hang up; within two seconds for all together."""
        with self._lock:
            self._stopped = True
            clients = list(self._clients)
        self.stop_intake()
        deadline = time.monotonic() + FINISH_WITHIN_S
        for client in clients:
            client.finish()
        for client in clients:
            if not client.gone_within(max(0.0, deadline - time.monotonic())):
                client.hang_up()

    def _listeners(self, out: Outgoing) -> tuple[Outbox, ...]:
        with self._lock:
            if out.in_reply_to is None:
                return tuple(self._watchers.get(out.conversation, ()))
            sender = self._senders.get(out.in_reply_to)
            return () if sender is None else (sender,)
