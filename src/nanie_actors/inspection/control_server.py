"""The control socket: whoever runs the worker may look into it, act as its router, and watch its pushes."""

from __future__ import annotations

import logging
import os
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import orjson

from nanie_actors.errors import InvalidMessage, NanieError, NotFound, StateError
from nanie_actors.inspection.client_line import ClientLine
from nanie_actors.inspection.dump import DumpRequest
from nanie_actors.inspection.port import SnapshotResult, WorkerControl
from nanie_actors.inspection.wire import (
    LONGEST_REQUEST,
    Decide,
    Dump,
    Plain,
    Request,
    Send,
    Snapshot,
    Tail,
    answer,
    parse_request,
    refusal,
)
from nanie_actors.model import ConversationId, RowId, parse_group_id
from nanie_actors.router.edge import InboxClosed, Outgoing, RouterRow, RowInbox
from nanie_actors.router.envelope import Ignored, Refused, RowRules, parse_row
from nanie_actors.router.line_reader import TooLong

logger = logging.getLogger(__name__)

LONGEST_PATH = 107
"""Bytes in the path of a Unix socket: the kernel's sun_path has 108 with the final zero."""

GROUPS_WITHIN_S = 2.0

Accepted = Callable[[bool], None]
TakeDump = Callable[[DumpRequest], Mapping[str, Any]]


class ControlServer:
    """Implements router.edge.RouterTransport as "control": a client that sends is a router of its own.

    A reply goes to the client that sent the row; a push goes to all clients that tail. Nobody listening is
    fine: the push counts as taken.
    """

    name = "control"

    def __init__(self, path: Path, rules: RowRules, take_dump: TakeDump, control: WorkerControl) -> None:
        self._path = path
        self._rules = rules
        self._take_dump = take_dump
        self._control = control
        self._lock = Lock()
        self._clients: set[ClientLine] = set()
        self._senders: dict[RowId, ClientLine] = {}
        self._tails: dict[ClientLine, frozenset[str]] = {}
        self._inbox: RowInbox | None = None
        self._socket: socket.socket | None = None
        self._thread: Thread | None = None

    def open(self) -> None:
        """Bind the socket, mode 0600, and answer from now on; rows are taken once `start` was called.

        The caller holds the state lock, so a socket file that is there belongs to nobody. Raises StateError.
        """
        if len(os.fsencode(self._path)) > LONGEST_PATH:
            raise StateError(
                f"the path of the control socket is too long ({self._path}): "
                f"choose a state directory whose path is shorter, with --state."
            )
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        self._socket = listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # The mode has to be right from the first moment on: there is no chmod before bind.
        before = os.umask(0o177)
        try:
            listening.bind(str(self._path))
        finally:
            os.umask(before)
        listening.listen()
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
        line: dict[str, Any] = {"conversation_id": out.conversation}
        if out.in_reply_to is None:
            data = orjson.dumps({**line, "push": orjson.Fragment(out.body)}) + b"\n"
            listeners = self._listeners(out.conversation)
        else:
            line |= {"reply": orjson.Fragment(out.body), "in_reply_to": out.in_reply_to}
            data = orjson.dumps(line) + b"\n"
            listeners = [client for client in (self._senders.get(out.in_reply_to),) if client is not None]
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
        """Hang up on everybody and remove the socket."""
        if self._socket is not None:
            self._path.unlink(missing_ok=True)
            _wake_and_close(self._socket)
            self._socket = None
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            client.finish()
        if self._thread is not None:
            self._thread.join(1.0)

    def _listeners(self, conversation: ConversationId) -> list[ClientLine]:
        with self._lock:
            return [client for client, wanted in self._tails.items() if not wanted or conversation in wanted]

    # ── clients ─────────────────────────────────────────────────────────────────────────────────────────

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            if not _is_ours(connection):
                logger.warning("another user's process was turned away from the control socket")
                connection.close()
                continue
            client = ClientLine(connection, LONGEST_REQUEST)
            with self._lock:
                self._clients.add(client)
            Thread(target=self._serve, args=(client,), name="control-client", daemon=True).start()

    def _serve(self, client: ClientLine) -> None:
        try:
            for line in client.lines():
                self._handle(client, line)
        finally:
            client.hang_up()
            with self._lock:
                self._clients.discard(client)
                self._tails.pop(client, None)

    def _handle(self, client: ClientLine, line: bytes | TooLong) -> None:
        try:
            if isinstance(line, TooLong):
                raise InvalidMessage(f"The request has {line.length} bytes; {LONGEST_REQUEST} are allowed.")
            self._carry_out(client, parse_request(line))
        except (NanieError, InboxClosed) as error:
            client.send(refusal(error if str(error) else InvalidMessage("The worker is stopping.")))
        except Exception as error:
            logger.exception("a request on the control socket failed")
            client.send(refusal(InvalidMessage(f"The worker failed at this ({type(error).__name__}).")))

    def _carry_out(self, client: ClientLine, request: Request) -> None:
        match request:
            case Dump(group=group, conversation=conversation, verbose=verbose):
                client.send(answer(self._take_dump(DumpRequest(group, conversation, verbose))))
            case Plain(op="facts"):
                client.send(answer(self._control.facts()))
            case Plain(op="groups"):
                client.send(answer([asdict(group) for group in self._control.groups(GROUPS_WITHIN_S)]))
            case Plain():
                self._control.stop()
                client.send(answer(None))
            case Snapshot(group=group):
                wanted = None if group is None else parse_group_id(group)
                self._control.snapshot(wanted, lambda result: client.send(answer(_result(result))))
            case Decide(op=op, group=group):
                self._decide(client, op, group)
            case Send(row=row):
                self._send(client, row)
            case Tail(conversations=conversations):
                with self._lock:
                    self._tails[client] = frozenset(conversations)
                client.send(answer(None))

    def _decide(self, client: ClientLine, op: str, group: str) -> None:
        act = self._control.retry if op == "retry" else self._control.skip
        if not act(parse_group_id(group)):
            raise NotFound("This group is not quarantined: `nanie groups` shows which are.")
        client.send(answer(None))

    def _send(self, client: ClientLine, raw: dict[str, Any]) -> None:
        match parse_row(orjson.dumps(raw), transport=self.name, rules=self._rules):
            case RouterRow() as row:
                inbox = self._inbox
                if inbox is None:
                    raise InvalidMessage("The worker takes no messages now: it is starting or stopping.")
                with self._lock:
                    self._senders[row.row_id] = client
                client.send(answer(None))
                inbox.put(row)
            case Ignored(reason):
                raise InvalidMessage(f"The message was ignored: {reason}.")
            case Refused(error=error):
                raise error


def _result(result: SnapshotResult) -> dict[str, Any]:
    return {"written": list(result.written), "failed": dict(result.failed)}


def _is_ours(connection: socket.socket) -> bool:
    """Whether the other end is a process of the worker's own user (or of root)."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # The folder's mode 0700 is what keeps others out there.
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", credentials)
    return user in (0, os.getuid())


def _wake_and_close(listening: socket.socket) -> None:
    """A thread that waits in accept() comes back by a shutdown, not by a close."""
    try:
        listening.shutdown(socket.SHUT_RDWR)
    except OSError:
        logger.debug("the control socket was not connected")
    listening.close()
