"""Whether the current thread is inside an actor's turn, and whose: there, waiting for an actor is a bug."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Mark(threading.local):
    inside: object = None


_mark = _Mark()


def inside_a_turn() -> bool:
    """True on a pool thread, and on the thread of a hand-run dispatcher during a step."""
    return _mark.inside is not None


def turn_of() -> object:
    """The dispatcher that runs actors on this thread; None outside."""
    return _mark.inside


@contextmanager
def turn(dispatcher: object) -> Iterator[None]:
    """Mark the current thread as running this dispatcher's actors. Nests."""
    before, _mark.inside = _mark.inside, dispatcher
    try:
        yield
    finally:
        _mark.inside = before
