"""What happens to one process of a storm, as decided before it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from chaos.orders import Aim, Jump, Quota, Rule

Ending = Literal["kill", "stop", "stop and kill", "end of input"]
"""kill -9; SIGTERM; SIGTERM and kill -9 behind it; the end of the router's input."""

PauseKind = Literal["freeze", "deaf"]


@dataclass(frozen=True, slots=True)
class Pause:
    """So many seconds after the first line of output: SIGSTOP, or the parent reads nothing, for `for_s`."""

    kind: PauseKind
    after_s: float
    for_s: float


@dataclass(frozen=True, slots=True)
class Blow:
    """One process: what goes in, what it suffers inside, how it ends.

    It ends `after_s` seconds after it was started, or (`alive`) after its first line of output, unless what
    it suffers inside ends it earlier. `growth`: how much happens in the groups before it; `repeat`: the share
    of old messages that it is told again. `replay_s`: about how long the accounts take to tell it all; None:
    as fast as it takes them. `forgets_s`: the parent ends with it, and with it what it heard in the last so
    many seconds. `loses_power`: what it did not sync is taken back. `tears_log`: the
    shared log gets a torn end.
    """

    ending: Ending = "kill"
    after_s: float = 1.0
    alive: bool = True
    growth: int = 12
    repeat: float = 0.15
    replay_s: float | None = None
    rules: tuple[Rule, ...] = ()
    quota: Quota | None = None
    aim: Aim | None = None
    jumps: tuple[Jump, ...] = ()
    crash_every: int = 0
    pauses: tuple[Pause, ...] = ()
    forgets_s: float = 0.0
    loses_power: bool = False
    tears_log: bool = False
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def aimed(self) -> bool:
        """Whether something inside is to end it."""
        return self.aim is not None or any(rule.action.startswith("kill") for rule in self.rules)
