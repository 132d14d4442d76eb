"""Gathering the results of many groups' snapshots into one answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock

from nanie_actors.inspection.port import SnapshotResult
from nanie_actors.model import GroupId


class Snapshots:
    """Thread-safe: groups answer from wherever their disk writes end."""

    def __init__(self, groups: Iterable[GroupId], done: Callable[[SnapshotResult], None]) -> None:
        self._waiting = set(groups)
        self._written: list[GroupId] = []
        self._failed: dict[GroupId, str] = {}
        self._done = done
        self._lock = Lock()

    def start(self) -> None:
        """Call after every group was asked: none at all is an answer as well."""
        self._finish_if_complete(nothing_asked=True)

    def answer(self, group: GroupId, failure: str | None) -> None:
        """One group's snapshot is over."""
        with self._lock:
            self._waiting.discard(group)
            if failure is None:
                self._written.append(group)
            else:
                self._failed[group] = failure
            complete = not self._waiting
        if complete:
            self._finish_if_complete(nothing_asked=False)

    def _finish_if_complete(self, *, nothing_asked: bool) -> None:
        if not nothing_asked or (not self._waiting and not self._written and not self._failed):
            self._done(SnapshotResult(tuple(sorted(self._written)), dict(self._failed)))
