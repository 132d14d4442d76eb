"""When a text may go to WhatsApp, which bans accounts that write like machines. Pure: times in, texts out."""

from __future__ import annotations

from collections import deque
from typing import Final, Generic, TypeVar

from nanie_actors.model import GroupId

Text = TypeVar("Text")

MINUTE_S: Final = 60.0


class _Line(Generic[Text]):
    """The texts of one group, and when the next of them may go."""

    __slots__ = ("free_at", "under_way", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[Text] = deque()
        self.under_way = False
        self.free_at = 0.0


class Pacing(Generic[Text]):
    """One text at a time for each group, in order, with a pause between; so many a minute for the account.

    Groups take turns: one with a hundred texts waits behind one with a single text after each of them. One
    thread. Times are seconds of one monotonic clock, at or above 0.
    """

    def __init__(self, interval_s: float, per_minute: int) -> None:
        """`interval_s`: from the beginning of a text to that of the next one of its group, at least."""
        self._interval_s = interval_s
        self._recent: deque[float] = deque(maxlen=per_minute)
        self._lines: dict[GroupId, _Line[Text]] = {}  # whose turn is next comes first

    def add(self, group: GroupId, text: Text) -> None:
        """This text waits for its turn."""
        self._lines.setdefault(group, _Line()).waiting.append(text)

    def take(self, now: float) -> Text | None:
        """A text that is to go now; None if there is none. Tell its end by `done`."""
        if self._account_free_at() > now:
            return None
        for group, line in self._lines.items():
            if line.waiting and not line.under_way and line.free_at <= now:
                self._lines[group] = self._lines.pop(group)  # behind all others
                self._recent.append(now)
                line.under_way, line.free_at = True, now + self._interval_s
                return line.waiting.popleft()
        return None

    def done(self, group: GroupId, now: float) -> None:
        """The outcome of the group's text is known."""
        if group in self._lines:
            self._lines[group].under_way = False
        self._forget_idle(now)

    def pause(self, now: float) -> float | None:
        """Seconds until `take` may have something, if nothing else happens; None: it will not."""
        free = [line.free_at for line in self._lines.values() if line.waiting and not line.under_way]
        return max(0.0, min(free) - now, self._account_free_at() - now) if free else None

    def drop_waiting(self) -> list[Text]:
        """All that wait, in turn; they are forgotten here."""
        dropped = [text for line in self._lines.values() for text in line.waiting]
        for line in self._lines.values():
            line.waiting.clear()
        return dropped

    def _account_free_at(self) -> float:
        return self._recent[0] + MINUTE_S if len(self._recent) == self._recent.maxlen else 0.0

    def _forget_idle(self, now: float) -> None:
        idle = [
            group
            for group, line in self._lines.items()
            if not line.waiting and not line.under_way and line.free_at <= now
        ]
        for group in idle:
            del self._lines[group]
