"""One thread of the pool."""

from __future__ import annotations

import threading
from collections.abc import Callable

from nanie_actors.runtime.dispatcher import Runnable


class Worker:
    """One pool thread: what it runs, and the gate at which it sleeps.

    `orders` is raised by the lookout between two turns: lie down, or `leave` for good.
    """

    __slots__ = ("cell", "gate", "leave", "orders", "thread")

    def __init__(self, name: str, work: Callable[[Worker], None]) -> None:
        self.cell: Runnable | None = None
        self.gate = threading.Lock()
        self.gate.acquire()
        self.leave = False
        self.orders = False
        # A daemon: a handler that never ends cannot keep a stopped process alive. `stop` joins the others.
        self.thread = threading.Thread(target=work, args=(self,), name=name, daemon=True)

    def age_s(self, now: float) -> float:
        """How long its current turn has taken; 0.0 between turns."""
        cell = self.cell
        since = 0.0 if cell is None else cell.busy_since
        return now - since if since else 0.0
