"""What to do about an actor that keeps failing: a pure decision over the times of its failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True, slots=True)
class RestartAfter:
    """Start it again after this many seconds."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Leave it suspended until somebody decides; `reason` is a sentence for people."""

    reason: str


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Restarts with growing delays, up to a limit within a sliding window.

    At most `max_restarts` restarts within any `window_s` seconds; the first waits `first_delay_s`, each
    further one in the window `factor` times longer, none more than `max_delay_s`. `jitter` (0 to 1) spreads
    the delay by that fraction to either side, so that actors felled by one cause do not all come back in
    one instant.
    """

    max_restarts: int = 5
    window_s: float = 60.0
    first_delay_s: float = 0.1
    factor: float = 2.0
    max_delay_s: float = 10.0
    jitter: float = 0.2
    random: Random = field(default_factory=Random, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.max_restarts < 0 or self.window_s <= 0 or self.factor < 1 or not 0 <= self.jitter <= 1:
            raise ValueError(
                "a restart policy needs max_restarts >= 0, window_s > 0, factor >= 1, 0 <= jitter <= 1"
            )
        if not 0 <= self.first_delay_s <= self.max_delay_s:
            raise ValueError("a restart policy needs 0 <= first_delay_s <= max_delay_s")

    def decide(self, failures: Sequence[float], now: float) -> RestartAfter | Quarantine:
        """What follows the newest failure.

        `failures` are the times of all failures, the newest included, and `now` the time of the decision:
        seconds of one monotonic clock. Those older than the window no longer count.
        """
        recent = sum(1 for at in failures if now - at < self.window_s)
        if recent > self.max_restarts:
            return Quarantine(
                f"failed {recent} times within {self.window_s:g} s; {self.max_restarts} are allowed"
            )
        return RestartAfter(self._delay(max(recent, 1)))

    def _delay(self, nth: int) -> float:
        try:
            grown = self.first_delay_s * self.factor ** (nth - 1)
        except OverflowError:
            grown = self.max_delay_s
        spread = 1.0 + self.jitter * (2.0 * self.random.random() - 1.0)
        return min(min(grown, self.max_delay_s) * spread, self.max_delay_s)
