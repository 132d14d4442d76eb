"""What the control socket may ask of a running worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from nanie_actors.model import EpochMs, GroupId


@dataclass(frozen=True, slots=True)
class GroupListing:
    """One group for `nanie groups`. `life` is the registry's word; `quarantine` says why, if it is."""

    group: GroupId
    name: str
    participants: int
    last_activity: EpochMs
    life: str
    conversations: int
    quarantine: str | None


@dataclass(frozen=True, slots=True)
class SnapshotResult:
    """Which groups' files now equal their live timelines, and which could not be written and why."""

    written: tuple[GroupId, ...]
    failed: Mapping[GroupId, str]


class StateAtOnce(Protocol):
    """The state directory at one moment: lengths of the log's segments by name, small files by path."""

    @property
    def log(self) -> Mapping[str, int]: ...

    @property
    def documents(self) -> Mapping[str, bytes]: ...


class StateHold(Protocol):
    """Somebody copies the state directory: until the end, nothing of the shared log goes."""

    def cut(self) -> StateAtOnce:
        """What files that change together are at one moment. Raises Unavailable."""

    def end(self) -> str | None:
        """Why what was copied is of no use; None: it is. May be called twice."""


class WorkerControl(Protocol):
    """The running worker as the control socket sees it. Callable from any thread outside the actors."""

    def facts(self) -> Mapping[str, Any]:
        """What the process is: version, pid, started (ms), state directory, edges, counters."""

    def health(self, *, ready: bool) -> Mapping[str, Any]:
        """Whether the worker lives (or is ready), as JSON: `ok`, and `checks` by name."""

    def metrics(self) -> str:
        """What is measured, as Prometheus reads it. Raises Unavailable without the library for that."""

    def follow(self, group: GroupId, tell: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
        """Tell of the messages of a group as they go by, until the function that is returned is called.

        `tell` is called on the actors' threads: it must not block.
        """

    def snapshot(self, group: GroupId | None, done: Callable[[SnapshotResult], None]) -> None:
        """Write the timeline files of one group or of all live ones; `done` is called on any thread."""

    def groups(self, deadline_s: float) -> list[GroupListing]:
        """All groups the worker knows. Raises Unavailable after the deadline."""

    def retry(self, group: GroupId) -> bool:
        """Start a quarantined group again with the message it failed on. False: it is not quarantined."""

    def skip(self, group: GroupId) -> bool:
        """Start a quarantined group again without that message. False: it is not quarantined."""

    def forget(self, group: GroupId) -> None:
        """Erase what is kept of a group, and return when that is durable. Raises Unavailable."""

    def hold_state(self) -> StateHold:
        """Help somebody who copies the state directory."""

    def stop(self) -> None:
        """Ask the worker to stop cleanly; returns at once."""
