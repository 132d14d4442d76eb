"""What tests let happen to a simulated kernel: calls that fail, and an end between any two calls."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Choose = Callable[[int], int]
"""Given n, one of 0 … n: decides what an accident left behind."""


class Cut(BaseException):
    """The process ends here, between two calls to the kernel. No handler for errors may see it."""


@dataclass(slots=True)
class Fault:
    """A call that fails: the `nth` matching one and `count - 1` after it."""

    call: str
    errno: int
    name: str = ""
    nth: int = 1
    count: int = 1
    taken: int = 0

    def strikes(self, call: str, path: Path) -> bool:
        """Whether this call fails; counts it if it matches."""
        if call != self.call or self.name not in path.name or self.count == 0:
            return False
        self.nth -= 1
        if self.nth > 0:
            return False
        self.count -= 1
        return True

    def error(self) -> OSError:
        """What the call raises."""
        return OSError(self.errno, os.strerror(self.errno))


class Accidents:
    """Every changing call of the simulated kernel asks here first."""

    def __init__(self) -> None:
        self.calls = 0
        self.faults: list[Fault] = []
        self._cut_at: int | None = None
        self._choose: Choose = lambda _: 0

    def cut_after(self, calls: int, choose: Choose) -> None:
        """Raise Cut in place of the next call but `calls`."""
        self._cut_at = self.calls + calls
        self._choose = choose

    def over(self) -> None:
        """A new process: it is not cut off."""
        self._cut_at = None

    def strike(self, call: str, path: Path) -> Fault | None:
        """Count a call; the fault that strikes it, if any. Raises Cut where the process ends."""
        if self._cut_at is not None and self.calls >= self._cut_at:
            raise Cut
        self.calls += 1
        return next((fault for fault in self.faults if fault.strikes(call, path)), None)

    def check(self, call: str, path: Path) -> None:
        """Like `strike`, and raises the fault's error."""
        if fault := self.strike(call, path):
            raise fault.error()

    def half_of(self, length: int) -> int:
        """How much of a write was done that the end of the process cut off."""
        return self._choose(length)
