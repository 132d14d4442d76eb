"""Whether the current thread is inside an actor's turn: there, waiting for another actor is a bug."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Mark(threading.local):
    inside = False


_mark = _Mark()


def inside_a_turn() -> bool:
    """True on a pool thread, and on the thread of a hand-run dispatcher during a step."""
    return _mark.inside


@contextmanager
def turn() -> Iterator[None]:
    """Mark the current thread as running actors. Nests."""
    before, _mark.inside = _mark.inside, True
    try:
        yield
    finally:
        _mark.inside = before
