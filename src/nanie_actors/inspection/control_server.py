"""The control socket: whoever runs the worker may look into it, act as its router, and watch its pushes."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, Final

import orjson

from nanie_actors.errors import InvalidMessage, NanieError
from nanie_actors.inspection.client_line import ClientLine
from nanie_actors.inspection.copyists import Copyists
from nanie_actors.inspection.port import WorkerControl
from nanie_actors.inspection.requests import Requests, TakeDump
from nanie_actors.inspection.socket_file import LONGEST_PATH, is_ours, listen_at, stop_listening
from nanie_actors.inspection.wire import (
    LONGEST_REQUEST,
    Copy,
    Plain,
    Request,
    Send,
    Tail,
    answer,
    parse_request,
    refusal,
)
from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import InboxClosed, Outgoing, RouterRow, RowInbox
from nanie_actors.router.envelope import Ignored, Refused, RowRules, parse_row
from nanie_actors.router.line_reader import TooLong

__all__ = ["LONGEST_PATH", "ControlServer"]

logger = logging.getLogger(__name__)

MOST_CLIENTS: Final = 64
"""Connections at a time; each costs two threads."""

FINISH_WITHIN_S: Final = 2.0
"""How long a stopping worker waits for all clients to take their last lines."""

BREATH_S: Final = 0.5
"""How long no client is let in after the system refused one (it is out of descriptors, say)."""

Accepted = Callable[[bool], None]


class ControlServer:
    """Implements router.edge.RouterTransport as "control": a client that sends is a router of its own.

    A reply goes to the client that sent the row; a push goes to all clients that tail. Nobody listening is
    fine: the push counts as taken.
    """

    name = "control"

    def __init__(self, path: Path, rules: RowRules, take_dump: TakeDump, control: WorkerControl) -> None:
        self._path = path
        self._rules = rules
        self._requests = Requests(take_dump, control)
        self._copyists = Copyists(control.hold_state)
        self._lock = Lock()
        self._clients: set[ClientLine] = set()
        self._senders: dict[RowId, ClientLine] = {}
        self._tails: dict[ClientLine, frozenset[str]] = {}
        self._inbox: RowInbox | None = None
        self._socket: socket.socket | None = None
        self._thread: Thread | None = None
        self._stopping = Event()

    def open(self) -> None:
        """Bind the socket and answer from now on; rows are taken once `start` was called.

        The caller holds the state lock, so a socket that is there belongs to nobody. Raises StateError.
        """
        self._socket = listening = listen_at(self._path)
        self._thread = Thread(target=self._accept, args=(listening,), name="control", daemon=True)
        self._thread.start()

    # ── as a router transport ───────────────────────────────────────────────────────────────────────────

    def start(self, inbox: RowInbox) -> None:
        """Take rows from now on."""
        self._inbox = inbox

    def stop_intake(self) -> None:
        """Take no further row."""
        self._inbox = None

    def deliver(self, out: Outgoing, accepted: Accepted) -> None:
        """Pass a reply to its sender, a push to those who watch; taken either way."""
        listeners = (
            self._watchers(out.conversation) if out.in_reply_to is None else self._sender(out.in_reply_to)
        )
        if listeners:  # A body may be long: nobody listens, nothing is copied.
            data = _line(out)
            for client in listeners:
                client.send(data)
        accepted(True)

    def rename(self, conversation: ConversationId, title: str) -> None:
        """A client of this socket shows no titles."""

    def settled(self, row: RowId, keep: bool) -> None:
        """The sender is told that nothing more comes."""
        with self._lock:
            client = self._senders.pop(row, None)
        if client is not None:
            client.send(orjson.dumps({"done": row}) + b"\n")

    def stop(self) -> None:
        """Let every client take its last lines, hang up on all, and remove the socket."""
        self._stopping.set()
        if self._socket is not None:
            self._path.unlink(missing_ok=True)
            stop_listening(self._socket)
            self._socket = None
        deadline = time.monotonic() + FINISH_WITHIN_S
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            client.finish()
        for client in clients:
            if not client.finished_within(max(0.0, deadline - time.monotonic())):
                client.hang_up()
        if self._thread is not None:
            self._thread.join(FINISH_WITHIN_S)

    def _sender(self, row: RowId) -> list[ClientLine]:
        with self._lock:
            client = self._senders.get(row)
        return [] if client is None else [client]

    def _watchers(self, conversation: ConversationId) -> list[ClientLine]:
        with self._lock:
            return [client for client, wanted in self._tails.items() if not wanted or conversation in wanted]

    # ── clients ─────────────────────────────────────────────────────────────────────────────────────────

    def _accept(self, listening: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = listening.accept()
                self._admit(connection)
            except (OSError, RuntimeError) as error:  # RuntimeError: the system gives no more threads
                if not self._stopping.is_set():
                    logger.warning("a client could not be let in (%s)", error)
                    self._stopping.wait(BREATH_S)

    def _admit(self, connection: socket.socket) -> None:
        if not is_ours(connection):
            logger.warning("another user's process was turned away from the control socket")
            connection.close()
            return
        with self._lock:
            full = len(self._clients) >= MOST_CLIENTS or self._stopping.is_set()
            if not full:
                client = ClientLine(connection, max(LONGEST_REQUEST, 2 * self._rules.row_bytes))
                self._clients.add(client)
        if full:
            logger.warning("a client was turned away: %d are connected", MOST_CLIENTS)
            connection.close()
            return
        Thread(target=self._serve, args=(client,), name="control-client", daemon=True).start()

    def _serve(self, client: ClientLine) -> None:
        try:
            for line in client.lines():
                self._handle(client, line)
            client.finish()  # Whoever says all at once and ends its input still gets its answers.
            client.finished_within(FINISH_WITHIN_S)
        finally:
            self._copyists.gone(client)
            with self._lock:
                self._clients.discard(client)
                self._tails.pop(client, None)
                self._senders = {row: sender for row, sender in self._senders.items() if sender is not client}
            client.close()

    def _handle(self, client: ClientLine, line: bytes | TooLong) -> None:
        try:
            if isinstance(line, TooLong):
                raise InvalidMessage(f"The request has {line.length} bytes: send less.")
            self._carry_out(client, parse_request(line))
        except NanieError as error:
            client.send(refusal(error))
        except InboxClosed:
            client.finish()  # The worker stops: what was answered already is all there will be.
        except Exception as error:
            logger.exception("a request on the control socket failed")
            client.send(refusal(InvalidMessage(f"The worker failed at this ({type(error).__name__}).")))

    def _carry_out(self, client: ClientLine, request: Request) -> None:
        match request:
            case Plain(op="stop"):
                client.send(answer(None))  # First: a worker that stops hangs up.
                self._requests.data(request)
            case Send(row=row):
                self._send(client, row)
            case Tail(conversations=conversations):
                with self._lock:
                    self._tails[client] = frozenset(conversations)
                client.send(answer(None))
            case Copy(op=op):
                client.send(answer(self._copyists.carry_out(client, op)))
            case _:
                client.send(answer(self._requests.data(request)))

    def _send(self, client: ClientLine, row: dict[str, Any]) -> None:
        try:
            # A client of this socket is in the worker's own room, unless it names another.
            line = orjson.dumps({"room_id": self._rules.room_id, **row})
        except orjson.JSONEncodeError:
            raise InvalidMessage("The message is nested too deeply.") from None
        match parse_row(line, transport=self.name, rules=self._rules):
            case RouterRow() as understood:
                self._put(client, understood)
            case Ignored(reason):
                raise InvalidMessage(f"The message was ignored: {reason}.")
            case Refused(error=error):
                raise error

    def _put(self, client: ClientLine, row: RouterRow) -> None:
        inbox = self._inbox
        if inbox is None:
            raise InvalidMessage("The worker takes no messages now: it is starting or stopping.")
        with self._lock:
            if row.row_id in self._senders:
                raise InvalidMessage("A message of this id is under way already: give each its own.")
            self._senders[row.row_id] = client
        client.send(answer(None))
        try:
            inbox.put(row)
        except InboxClosed:
            with self._lock:
                self._senders.pop(row.row_id, None)
            raise


def _line(out: Outgoing) -> bytes:
    body = orjson.Fragment(out.body)
    told = {"push": body} if out.in_reply_to is None else {"reply": body, "in_reply_to": out.in_reply_to}
    return orjson.dumps({"conversation_id": out.conversation, **told}) + b"\n"
