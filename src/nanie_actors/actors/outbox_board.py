"""How many texts wait for WhatsApp, in all groups together: for metrics, which ask no group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from threading import Lock

from nanie_actors.model import GroupId
from nanie_actors.timeline.outbox import OutboxState


class OutboxBoard:
    """What the groups that are awake have shown; thread-safe.

    A group with unsent texts stays awake, unless nobody knows the outcome of any of them.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._shown: dict[GroupId, Mapping[OutboxState, int]] = {}

    def show(self, group: GroupId, counts: Mapping[OutboxState, int]) -> None:
        """A group's texts now; an empty mapping if it has none, or sleeps."""
        with self._lock:
            if counts:
                self._shown[group] = counts
            else:
                self._shown.pop(group, None)

    def counts(self) -> dict[OutboxState, int]:
        """How many texts are in which state."""
        with self._lock:
            shown = list(self._shown.values())
        total: Counter[OutboxState] = Counter()
        for counts in shown:
            total.update(counts)
        return dict(total)
