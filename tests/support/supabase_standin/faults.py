"""What goes wrong at the stand-in, as long as a test wants it to. Thread-safe."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Literal

When = Literal["before", "after"]
How = Literal["status", "html", "cut", "reset", "hang", "slow"]


@dataclass(slots=True)
class Fault:
    """The next `times` requests whose path ends with `path` fail, before or after they took effect.

    `status` with an error body of PostgREST's kind, `html` with a gateway's page, `cut` in the middle of the
    answer's head, `reset` without any of it; `hang` keeps the connection, and answers nothing until the other
    side gives up; `slow` does not fail, and takes `seconds`.
    """

    path: str
    times: int = 1
    when: When = "before"
    how: How = "status"
    status: int = 503
    code: str | None = None
    seconds: float = 0.0


@dataclass(slots=True)
class Faults:
    """The faults and the limits of one stand-in."""

    realtime_refused: bool = False
    """No websocket is accepted (503)."""
    realtime_muted: bool = False
    """Subscriptions are accepted, and nothing is ever told."""
    join_after_s: float = 0.0
    """From a join until it is answered."""
    ready_after_s: float = 0.0
    """From the answer to a join until changes flow; rows in between are lost, as on the hosted service."""
    told_after_s: float = 0.0
    """From a row's commit until it is told."""
    duplicates: int = 1
    """How often each change is told."""
    channels_per_socket: int = 100
    joins_per_s: int = 100
    """The hosted limits; whoever joins faster loses the websocket."""
    _requests: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        """Let this go wrong."""
        with self._lock:
            self._requests.append(fault)

    def take(self, path: str) -> Fault | None:
        """The fault that this request meets, if any."""
        with self._lock:
            for fault in self._requests:
                if path.endswith(fault.path) and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._requests.clear()
        self.realtime_refused = self.realtime_muted = False
        self.join_after_s = self.ready_after_s = self.told_after_s = 0.0
        self.duplicates = 1
