"""Sleep as spans, out of what was told of falling asleep and waking up.

The picture has the same rules (web/assets/picture/sleep.js), and both are held to the same cases.
docs/export.md tells them in words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from nanie_actors.export.contents import Event, facts_of

MINUTE_MS = 60_000

LONGEST_MS = 16 * 60 * MINUTE_MS
"""Nobody sleeps longer without anybody noticing: past it, a waking or an end was not told."""

SAME_MS = 30 * MINUTE_MS
"""Two who tell of the same falling asleep, or waking, do so within this."""


@dataclass(frozen=True, slots=True)
class SleepSpan:
    """From falling asleep to waking up, in milliseconds.

    `state` is `whole`, `open` (still asleep), `no-end` or `no-start`: then only one end is known and the span
    has no length. `asleep` and `awake` are the events that tell of its ends.
    """

    start: int
    end: int
    state: Literal["whole", "open", "no-end", "no-start"]
    asleep: Event | None
    awake: Event | None


def spans_of_sleep(events: Iterable[Event], now: int) -> list[SleepSpan]:
    """The spans, ascending, none over another, of events that are ascending in time."""
    reader = _Reader()
    for event in events:
        if event.get("type") == "sleeping":
            reader.fall_asleep(event, event["timestamp"])
        elif event.get("type") == "waking_up":
            reader.wake_up(event, event["timestamp"])
    return reader.finish(now)


class _Reader:
    """What was told so far."""

    def __init__(self) -> None:
        self.spans: list[SleepSpan] = []
        self.open: Event | None = None

    def fall_asleep(self, event: Event, at: int) -> None:
        again = self.open is not None and at - self.open["timestamp"] <= SAME_MS
        length = _told_length(event)
        if again and not length:
            return
        if not again:
            self._abandon()
        self.open = event
        if length:
            self.open = None
            self._add(SleepSpan(at, at + length, "whole", event, None))

    def wake_up(self, event: Event, at: int) -> None:
        last = self.spans[-1] if self.spans else None
        if self.open is not None and at - self.open["timestamp"] <= LONGEST_MS:
            self._add(SleepSpan(self.open["timestamp"], at, "whole", self.open, event))
            self.open = None
        elif self.open is None and last and last.state != "no-end" and at - last.end <= SAME_MS:
            if last.awake is None:
                self.spans[-1] = replace(last, awake=event, end=at)
        else:
            self._abandon()
            self._add(SleepSpan(at, at, "no-start", None, event))

    def finish(self, now: int) -> list[SleepSpan]:
        if self.open is not None and now - (at := self.open["timestamp"]) <= LONGEST_MS:
            self._add(SleepSpan(at, max(at, now), "open", self.open, None))
        else:
            self._abandon()
        return self.spans

    def _abandon(self) -> None:
        if self.open is not None:
            at = self.open["timestamp"]
            self._add(SleepSpan(at, at, "no-end", self.open, None))
        self.open = None

    def _add(self, span: SleepSpan) -> None:
        if self.spans and self.spans[-1].end > span.start:
            self.spans[-1] = replace(self.spans[-1], end=span.start)
        self.spans.append(span)


def _told_length(event: Event) -> int:
    """The length of a sleep in milliseconds if a believable one was told, else 0."""
    minutes = facts_of(event).get("durationMin")
    if not isinstance(minutes, int | float) or isinstance(minutes, bool):
        return 0
    length = round(minutes * MINUTE_MS) if abs(minutes) < LONGEST_MS else 0
    return length if 0 < length <= LONGEST_MS else 0
