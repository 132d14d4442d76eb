"""When a model that does not answer is asked again. Pure; time comes from whoever asks."""

from __future__ import annotations

from typing import Final

FIRST_PAUSE_S: Final = 1.0
"""After the first failure: most are over by then."""

LONGEST_WISH_S: Final = 3_600.0
"""How long we leave a provider alone because it says so: quotas are by the minute, the hour or the day."""


class Breaker:
    """Open after every failure, for twice as long each time in a row; then one question tries."""

    __slots__ = ("_longest_s", "_open_until_s", "failures")

    def __init__(self, longest_s: float) -> None:
        """`longest_s`: from there on the pauses do not grow."""
        self._longest_s = longest_s
        self._open_until_s = 0.0
        self.failures = 0
        """How many in a row."""

    @property
    def troubled(self) -> bool:
        """Whether the newest thing known is a failure: then one question at a time is enough."""
        return self.failures > 0

    def wait_s(self, now_s: float) -> float:
        """Seconds until it may be asked; 0 for now."""
        return max(0.0, self._open_until_s - now_s)

    def failed(self, now_s: float, retry_after_s: float) -> None:
        """It did not answer."""
        self.failures += 1
        pause_s = min(FIRST_PAUSE_S * 2.0 ** min(self.failures - 1, 30), self._longest_s)
        wished_s = min(max(0.0, retry_after_s), LONGEST_WISH_S)
        self._open_until_s = max(self._open_until_s, now_s + max(pause_s, wished_s))

    def answered(self) -> None:
        """It did."""
        self.failures = 0
        self._open_until_s = 0.0
