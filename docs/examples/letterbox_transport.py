"""A transport by files: the app drops rows into `in/`, and finds replies and updates in `out/`."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

import orjson

from nanie_actors.model import ConversationId, RowId
from nanie_actors.protocol import replies
from nanie_actors.router.edge import InboxClosed, Outgoing, RowInbox
from nanie_actors.router.envelope import Ignored, Refused, RowRules, parse_row

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 0.05
Accepted = Callable[[bool], None]


class LetterboxTransport:
    """One row a file, `in/<anything>.json`, taken in the order of the names and removed when it is settled.

    The app writes a file under another ending and renames it, so that none is read half. One thread reads,
    one writes. Rows that the last run did not settle are there at the next start; each takes effect once.
    """

    name = "letterbox"

    def __init__(self, folder: Path, rules: RowRules) -> None:
        self._in, self._out = folder / "in", folder / "out"
        self._rules = rules
        self._files: dict[RowId, Path] = {}
        self._closing = Event()
        self._queue: SimpleQueue[tuple[Outgoing, Accepted] | None] = SimpleQueue()
        self._written = 0
        self._reader: Thread | None = None
        self._writer = Thread(target=self._write_all, name="letterbox-writer", daemon=True)

    def start(self, inbox: RowInbox) -> None:
        """Make the folders, start both threads, return at once."""
        for folder in (self._in, self._out):
            folder.mkdir(parents=True, exist_ok=True)
        # What an earlier run wrote may still lie there, unread.
        self._written = max((int(path.stem) for path in self._out.glob("*.json")), default=0)
        self._reader = Thread(target=self._read_all, args=(inbox,), name="letterbox-reader", daemon=True)
        self._reader.start()
        self._writer.start()

    def stop_intake(self) -> None:
        """Take no further row; what is owed still goes out."""
        self._closing.set()

    def deliver(self, out: Outgoing, accepted: Accepted) -> None:
        """Queue it: an actor calls this, and no actor waits for a disk."""
        self._queue.put((out, accepted))

    def rename(self, conversation: ConversationId, title: str) -> None:
        """Conversations have no titles here; every update has the group's name."""

    def settled(self, row: RowId, keep: bool) -> None:
        """The row's work is done: its file goes, unless somebody debugs or it was not for this worker."""
        path = self._files.pop(row, None)
        if path is not None and not keep:
            path.unlink(missing_ok=True)

    def stop(self) -> None:
        """Write what is queued, then end both threads. May be called twice."""
        self.stop_intake()
        self._queue.put(None)
        for thread in (self._reader, self._writer):
            if thread is not None and thread.is_alive():
                thread.join()

    # ── in ──────────────────────────────────────────────────────────────────────────────────────────────

    def _read_all(self, inbox: RowInbox) -> None:
        taken: set[Path] = set()
        try:
            while not self._closing.wait(LOOK_EVERY_S):
                present = sorted(self._in.glob("*.json"))
                taken.intersection_update(present)
                for path in present:
                    if path not in taken and not self._closing.is_set():
                        taken.add(path)
                        self._take(path, inbox)
        except InboxClosed:
            return  # the worker stops

    def _take(self, path: Path, inbox: RowInbox) -> None:
        try:
            content = path.read_bytes()
        except OSError as error:
            logger.warning("a row cannot be read (%s): it is left where it is", error.strerror)
            return
        match parse_row(content, transport=self.name, rules=self._rules):
            case Ignored(reason):
                logger.debug("a row was ignored: %s", reason)
            case Refused() as refused:
                logger.warning("a row was refused, and is left where it is")
                if refused.conversation is not None:
                    body = replies.error(refused.error)
                    self.deliver(Outgoing(refused.conversation, body, refused.row_id), lambda _: None)
            case row:
                self._files[row.row_id] = path
                inbox.put(row)  # waits while too many are unanswered

    # ── out ─────────────────────────────────────────────────────────────────────────────────────────────

    def _write_all(self) -> None:
        while (queued := self._queue.get()) is not None:
            out, accepted = queued
            line: dict[str, object] = {
                "conversation_id": out.conversation,
                "reply": orjson.Fragment(out.body),
            }
            if out.in_reply_to is not None:
                line["in_reply_to"] = out.in_reply_to
            try:
                self._write(orjson.dumps(line))
            except OSError as error:
                # Not accepted, and not refused: an update stays owed, and comes again after the next start.
                logger.error("the letterbox cannot be written (%s)", error.strerror)
            else:
                accepted(True)

    def _write(self, content: bytes) -> None:
        """Durable before it is called accepted, and never seen half."""
        self._written += 1
        path = self._out / f"{self._written:012}.json"
        with path.with_suffix(".new").open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.with_suffix(".new").rename(path)
