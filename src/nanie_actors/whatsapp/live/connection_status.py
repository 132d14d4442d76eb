"""How the connection stands, and the two clocks by which that is told. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from nanie_actors.model import ConnectionState, EpochMs


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time by both clocks: `s` is monotonic, `ms` is the wall's."""

    s: float
    ms: EpochMs

    def later(self, seconds: float) -> EpochMs:
        """The wall's time after that many seconds."""
        return EpochMs(self.ms + round(seconds * 1000))


@dataclass(frozen=True, slots=True)
class Status:
    """What people and conversations are told; see ConnectionChanged."""

    state: ConnectionState
    reason: str = ""
    until: EpochMs | None = None
