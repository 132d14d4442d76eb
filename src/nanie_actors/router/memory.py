"""A router without a wire, for tests and for programs that embed the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import Outgoing, RouterRow, RowInbox

Accepted = Callable[[bool], None]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What went out, and the way to accept it later."""

    out: Outgoing
    accepted: Accepted


class MemoryTransport:
    """Rows are put by hand, deliveries are kept. Thread-safe.

    `open`: accept at once; otherwise whoever embeds it does, through the kept delivery. `heard` is called
    with everything that goes out, on whatever thread it does.
    """

    def __init__(
        self, name: str = "memory", *, open: bool = True, heard: Callable[[Outgoing], None] | None = None
    ) -> None:
        self._name = name
        self._heard = heard
        self._lock = Lock()
        self._inbox: RowInbox | None = None
        self.open = open
        self.out: list[Delivery] = []
        self.titles: dict[ConversationId, str] = {}
        self.finished: list[tuple[RowId, bool]] = []

    @property
    def name(self) -> str:
        """What rows carry in `transport`."""
        return self._name

    def put(self, row: RouterRow) -> None:
        """Hand in a row, once started; waits where the inbox does."""
        if self._inbox is None:
            raise RuntimeError(f"{self._name} is not started, or takes no more rows")
        self._inbox.put(row)

    def start(self, inbox: RowInbox) -> None:
        """Rows may be put from now on."""
        self._inbox = inbox

    def stop_intake(self) -> None:
        """No further row may be put."""
        self._inbox = None

    def deliver(self, out: Outgoing, accepted: Accepted) -> None:
        """Keep it; accept it at once if `open`."""
        with self._lock:
            self.out.append(Delivery(out, accepted))
        if self._heard is not None:
            self._heard(out)
        if self.open:
            accepted(True)

    def rename(self, conversation: ConversationId, title: str) -> None:
        """Keep the title."""
        self.titles[conversation] = title

    def settled(self, row: RowId, keep: bool) -> None:
        """Keep which rows are done."""
        with self._lock:
            self.finished.append((row, keep))

    def stop(self) -> None:
        """Nothing to flush."""
        self.stop_intake()
