"""The router that launched us: messages come in as JSON lines, replies and pushes go out as JSON lines."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from queue import SimpleQueue
from select import select
from threading import BoundedSemaphore, Event, Lock, Thread
from typing import Final

import orjson

from nanie_actors.model import ConversationId, RowId
from nanie_actors.protocol import replies
from nanie_actors.router.edge import InboxClosed, Outgoing, RowInbox
from nanie_actors.router.envelope import Ignored, Refused, RowRules, parse_row
from nanie_actors.router.line_reader import LineReader, TooLong

logger = logging.getLogger(__name__)

JOIN_WITHIN_S: Final = 5.0

READABLE: Final = 16
"""A line up to so many times too long is still read, so that its conversation can be told."""

REFUSALS: Final = 64
"""Refusals that may wait for a parent that does not read; then no further line is read. Replies need no such
bound: the inbox lets in no more rows than it has places."""

LOOK_EVERY_S: Final = 0.2
"""How often a reader that waits for refusals to be read looks whether it should stop."""

Accepted = Callable[[bool], None]


class StdioTransport:
    """Reads `source` and writes `target`, two file descriptors, on a thread each.

    `on_end` is called once when the input is over, `on_broken` once when nobody reads the output any more;
    both on a thread of the transport, so they must not call `stop`.
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
        self._wake = _Wake()
        self._broken = False
        self._refusals = BoundedSemaphore(REFUSALS)
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
        self._wake.up()

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
        """Write what is queued, then end; what a parent does not read within 5 s is left unwritten."""
        self.stop_intake()
        self._out.put(None)
        for thread in (self._reader, self._writer):
            if thread is not None and thread.is_alive():
                thread.join(JOIN_WITHIN_S)
        if self._reader is None or not self._reader.is_alive():
            self._wake.close()

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
            # Not poll: it cannot wait for a regular file everywhere. Both descriptors are small numbers.
            if self._source not in select([self._source, self._wake.waiting], [], [])[0]:
                continue
            try:
                return os.read(self._source, 1 << 16)
            except BlockingIOError:
                continue
            except OSError as error:
                logger.error("the input cannot be read any more (%s): it counts as ended", error.strerror)
                return b""
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
            case Refused() as refused:
                self._refuse(refused)
            case row:
                inbox.put(row)

    def _refuse(self, refused: Refused) -> None:
        if refused.conversation is None:
            logger.warning("a line was refused: %s", refused.error)
            return
        while not self._refusals.acquire(timeout=LOOK_EVERY_S):
            if self._stopping.is_set():
                return
        out = Outgoing(refused.conversation, replies.error(refused.error), refused.row_id)
        self.deliver(out, lambda _: self._refusals.release())

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
        while rest:
            try:
                rest = rest[os.write(self._target, rest) :]
            except BlockingIOError:
                # Whoever shares this end of the pipe with us has made it non-blocking.
                select([], [self._target], [])
            except OSError as error:
                self._broken = True
                logger.error("nobody reads the replies any more (%s): the worker ends", error.strerror)
                self._on_broken()
                return False
        return True


class _Wake:
    """A pipe by which a thread that waits in select() is woken for good."""

    def __init__(self) -> None:
        self.waiting, self._calling = os.pipe()
        self._lock = Lock()
        self._called = False
        self._closed = False

    def up(self) -> None:
        with self._lock:
            if not self._called and not self._closed:
                self._called = True
                os.write(self._calling, b"!")

    def close(self) -> None:
        with self._lock:
            if not self._closed:
                self._closed = True
                os.close(self._calling)
                os.close(self.waiting)
