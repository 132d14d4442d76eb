"""A source that plays a table: `time,group,sender,text`, as another messenger may export it."""

from __future__ import annotations

import csv
import hashlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from nanie_actors.model import (
    ChatMessage,
    ConnectionChanged,
    EpochMs,
    GroupId,
    GroupSeen,
    MessageArrived,
    MessageId,
    SenderId,
)
from nanie_actors.whatsapp.edge import Ingress, IngressClosed, OutgoingText, SendFailed, SendOutcome, Sent

logger = logging.getLogger(__name__)


def group_called(name: str) -> GroupId:
    """The same name gives the same group in every run, in the form that groups have."""
    return GroupId(f"{int.from_bytes(hashlib.blake2b(name.encode(), digest_size=7).digest())}@g.us")


class TableSource:
    """Reads a CSV file once, on a thread of its own: connecting, online, every message, finished."""

    def __init__(self, path: Path) -> None:
        self.name = f"table:{path.name}"
        self._path = path
        self._groups: dict[GroupId, str] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def live(self) -> bool:
        """No account is behind it that could be out of reach."""
        return False

    def start(self, ingress: Ingress) -> None:
        """Begin to read; returns at once. Once only."""
        if self._thread is not None:
            raise RuntimeError(f"{self.name} was started twice")
        self._thread = threading.Thread(target=self._play, args=(ingress,), name=self.name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it: behind this nothing is put. May be called twice."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def reaches(self, group: GroupId) -> bool:
        """Whether this table is of that group."""
        return group in self._groups

    def send(self, text: OutgoingText, settled: Callable[[SendOutcome], None]) -> None:
        """A table has nobody to send to. A text counts as delivered, or it would be tried for ever."""
        if self._stopping.is_set() or not self.reaches(text.group):
            settled(SendFailed("this table is not of that group, or is not played any more"))
        else:
            settled(Sent(MessageId(f"TABLE-{text.outbox_id}"), EpochMs(time.time_ns() // 1_000_000)))

    def _play(self, ingress: Ingress) -> None:
        try:
            ingress.put(ConnectionChanged(self.name, "connecting"))
            try:
                self._put_all(ingress)
            except (OSError, ValueError, TypeError, KeyError, csv.Error) as error:
                logger.warning("%s cannot be read (%s)", self.name, type(error).__name__)
                ingress.put(ConnectionChanged(self.name, "failed", "The table cannot be read: see its form."))
        except IngressClosed:
            return  # the worker stops

    def _put_all(self, ingress: Ingress) -> None:
        ingress.put(ConnectionChanged(self.name, "online"))
        for message, group_name in self._messages():
            if self._stopping.is_set():
                return
            if message.group not in self._groups:
                self._groups[message.group] = group_name
                ingress.put(GroupSeen(message.group, message.at, group_name))
            ingress.put(MessageArrived(message))
        ingress.put(ConnectionChanged(self.name, "finished"))

    def _messages(self) -> Iterator[tuple[ChatMessage, str]]:
        seen: Counter[str] = Counter()
        with self._path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                # Of what the row says, not of where it stands: a longer table keeps the old ids.
                said = "\n".join(row[key] for key in ("time", "group", "sender", "text"))
                digest = hashlib.sha256(said.encode()).hexdigest()[:20]
                seen[digest] += 1
                yield (
                    ChatMessage(
                        group=group_called(row["group"]),
                        message_id=MessageId(f"TABLE-{digest}-{seen[digest]}"),
                        sender=SenderId(row["sender"]),
                        sender_name=row["sender"],
                        at=EpochMs(round(datetime.fromisoformat(row["time"]).timestamp() * 1_000)),
                        kind="text",
                        text=row["text"],
                    ),
                    row["group"],
                )
