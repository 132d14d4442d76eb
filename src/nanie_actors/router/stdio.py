"""The router that launched us: messages come in as JSON lines, replies and pushes go out as JSON lines."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from queue import SimpleQueue
from select import select
from threading import Event, Thread
from typing import Final

import orjson

from nanie_actors.model import ConversationId, RowId
from nanie_actors.protocol import replies
from nanie_actors.router.edge import InboxClosed, Outgoing, RowInbox
from nanie_actors.router.envelope import Ignored, Refused, RowRules, parse_row
from nanie_actors.router.line_reader import LineReader, TooLong

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.5
"""How often a reader that waits for input looks whether it should stop."""

JOIN_WITHIN_S: Final = 5.0

READABLE: Final = 16
"""A line up to so many times too long is still read, so that its conversation can be told."""

Accepted = Callable[[bool], None]


class StdioTransport:
    """Reads `source` and writes `target`, two file descriptors, on a thread each.

    `on_end` is called once when the input is over, `on_broken` once when nobody reads the output any more;
    both on a thread of the transport.
    """

    name = "stdio"

    def __init__(
        self,
        rules: RowRules,
        *,
        source: int = 0,
        target: int = 1,
        on_end: Callable[[], None] = lambda: None,
        on_broken: Callable[[], None] = lambda: None,
    ) -> None:
        self._rules = rules
        self._source = source
        self._target = target
        self._on_end = on_end
        self._on_broken = on_broken
        self._stopping = Event()
        self._broken = False
        self._out: SimpleQueue[tuple[bytes, Accepted, bool] | None] = SimpleQueue()
        self._reader: Thread | None = None
        self._writer = Thread(target=self._write_all, name="stdio-writer", daemon=True)

    def start(self, inbox: RowInbox) -> None:
        """Start both threads."""
        self._reader = Thread(target=self._read_all, args=(inbox,), name="stdio-reader", daemon=True)
        self._writer.start()
        self._reader.start()

    def stop_intake(self) -> None:
        """Read no further line."""
        self._stopping.set()

    def deliver(self, out: Outgoing, accepted: Accepted) -> None:
        """Queue one line; accepted once it is written."""
        line: dict[str, object] = {"conversation_id": out.conversation, "reply": orjson.Fragment(out.body)}
        if out.in_reply_to is not None:
            line["in_reply_to"] = out.in_reply_to
        self._out.put((orjson.dumps(line) + b"\n", accepted, out.in_reply_to is None))

    def rename(self, conversation: ConversationId, title: str) -> None:
        """A parent process reads the group's name in every update."""

    def settled(self, row: RowId, keep: bool) -> None:
        """A line needs no deleting."""

    def stop(self) -> None:
        """Write what is queued, then end."""
        self._stopping.set()
        self._out.put(None)
        for thread in (self._reader, self._writer):
            if thread is not None and thread.is_alive():
                thread.join(JOIN_WITHIN_S)

    # ── in ──────────────────────────────────────────────────────────────────────────────────────────────

    def _read_all(self, inbox: RowInbox) -> None:
        reader = LineReader(READABLE * self._rules.row_bytes)
        try:
            while (chunk := self._read_chunk()) is not None:
                for line in reader.feed(chunk):
                    self._take(line, inbox)
                if not chunk:
                    break
        except InboxClosed:
            return
        if not self._stopping.is_set():
            self._on_end()

    def _read_chunk(self) -> bytes | None:
        """What there is to read, empty at the end of the input; None when the transport stops."""
        while not self._stopping.is_set():
            if select([self._source], [], [], LOOK_EVERY_S)[0]:
                return os.read(self._source, 1 << 16)
        return None

    def _take(self, line: bytes | TooLong, inbox: RowInbox) -> None:
        if isinstance(line, TooLong):
            logger.warning("a line of %d bytes was dropped unread", line.length)
            return
        if not line.strip():
            return
        match parse_row(line, transport=self.name, rules=self._rules):
            case Ignored(reason):
                logger.debug("a row was ignored: %s", reason)
            case Refused(None, _, error):
                logger.warning("a line was refused: %s", error)
            case Refused(conversation, row, error) if conversation is not None:
                self.deliver(Outgoing(conversation, replies.error(error), row), lambda _: None)
            case Refused():
                raise AssertionError("a refusal has a conversation or none")
            case row:
                inbox.put(row)

    # ── out ─────────────────────────────────────────────────────────────────────────────────────────────

    def _write_all(self) -> None:
        while (queued := self._out.get()) is not None:
            line, accepted, is_push = queued
            if not self._broken and self._write(line):
                accepted(True)
            elif not is_push:
                accepted(False)  # A push is left open: it stays owed to its conversation.

    def _write(self, line: bytes) -> bool:
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._target, rest) :]
        except OSError as error:
            self._broken = True
            logger.error("nobody reads the replies any more (%s): the worker ends", error.strerror)
            self._on_broken()
            return False
        return True
