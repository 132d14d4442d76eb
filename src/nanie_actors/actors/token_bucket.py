"""How much somebody may take, and how soon again: token buckets. Pure; time comes from whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EPSILON = 1e-9
"""What sums of fractions may be wrong by."""

FEWEST_BEFORE_SWEEP = 1_024
"""Keys that may be remembered before it is worth looking for those that need not be."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a second in the long run, and `burst` at once after a quiet time."""

    burst: int
    per_second: float

    @classmethod
    def per_minute(cls, count: int, *, burst: int) -> Rate:
        """The same, as settings say it."""
        return cls(burst, count / 60)

    @classmethod
    def per_hour(cls, count: int) -> Rate:
        """All of an hour's may come at once."""
        return cls(count, count / 3600)


class TokenBucket:
    """Holds `burst` tokens when full, and gets `per_second` more while it is not. A clock that goes back adds
    none."""

    __slots__ = ("_at_s", "_level", "_rate")

    def __init__(self, rate: Rate, now_s: float, level: float | None = None) -> None:
        self._rate = rate
        self._at_s = now_s
        self._level = float(rate.burst) if level is None else min(level, float(rate.burst))

    def wait_s(self, now_s: float) -> float:
        """Seconds until a token is there; 0 if one is."""
        missing = 1.0 - self.level(now_s)
        return missing / self._rate.per_second if missing > EPSILON else 0.0

    def take(self, now_s: float) -> float:
        """Take a token. 0: taken; else none was, and one is there after so many seconds."""
        missing = 1.0 - self.level(now_s)
        if missing > EPSILON:
            return missing / self._rate.per_second
        self._level -= 1.0
        return 0.0

    def level(self, now_s: float) -> float:
        """How many tokens there are."""
        gained = max(0.0, now_s - self._at_s) * self._rate.per_second
        self._level = min(self._level + gained, float(self._rate.burst))
        self._at_s = now_s
        return self._level

    def is_full(self, now_s: float) -> bool:
        """Whether it is as if nobody had ever taken any."""
        return self.level(now_s) >= self._rate.burst - EPSILON


class Buckets:
    """One bucket a key. Those that are full again are forgotten, so strangers' keys do not pile up."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._buckets: dict[str, TokenBucket] = {}
        self._sweep_at = FEWEST_BEFORE_SWEEP

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str, now_s: float) -> float:
        """Take one of the key's tokens; see TokenBucket.take."""
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= self._sweep_at:
                self._sweep(now_s)
            bucket = self._buckets[key] = TokenBucket(self._rate, now_s)
        return bucket.take(now_s)

    def wait_s(self, key: str, now_s: float) -> float:
        """Seconds until the key has a token; 0 if it has one."""
        bucket = self._buckets.get(key)
        return 0.0 if bucket is None else bucket.wait_s(now_s)

    def to_json(self, now_s: float) -> dict[str, list[float]]:
        """The buckets that are not full, for `restore`."""
        self._sweep(now_s)
        return {key: [now_s, bucket.level(now_s)] for key, bucket in self._buckets.items()}

    def restore(self, stored: Mapping[str, Any]) -> None:
        """Take in what `to_json` gave. Raises TypeError or ValueError for anything else."""
        for key, (at_s, level) in stored.items():
            self._buckets[key] = TokenBucket(self._rate, float(at_s), float(level))

    def _sweep(self, now_s: float) -> None:
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if not bucket.is_full(now_s)}
        self._sweep_at = max(FEWEST_BEFORE_SWEEP, 2 * len(self._buckets))
