"""Queues that several threads append to and take from, by single atomic steps."""

from __future__ import annotations

from collections import deque
from typing import TypeVar

T = TypeVar("T")


def take_all(lane: deque[T]) -> list[T]:
    """Take out everything, in order. Of threads that do so at once, each item goes to one."""
    taken = []
    try:
        while lane:
            taken.append(lane.popleft())
    except IndexError:
        # Another thread took the last one between our look and our hand.
        return taken
    return taken
