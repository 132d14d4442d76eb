"""The care extractor: what parents write about a baby, in Hebrew and English, as timeline events.

It reads as a chain of pure stages, each in its own module:
normalise → terms → items (amounts, clock_times) → splitting → merging
→ scheduling (resolve_time) → facts, labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from nanie_actors.model import EpochMs
from nanie_actors.timeline.extractor import ExtractedEvent
from nanie_actors.timeline.extractors.clause import Clause
from nanie_actors.timeline.extractors.facts import facts_of, minutes_of, type_of
from nanie_actors.timeline.extractors.household_zone import MINUTE_MS, HouseholdZone
from nanie_actors.timeline.extractors.items import read_items
from nanie_actors.timeline.extractors.labels import is_hebrew, label_of
from nanie_actors.timeline.extractors.merging import MAX_EVENTS, merge_clauses
from nanie_actors.timeline.extractors.normalise import normalise
from nanie_actors.timeline.extractors.resolve_time import TOLERANCE_MS, HouseholdClock
from nanie_actors.timeline.extractors.scheduling import Span, schedule
from nanie_actors.timeline.extractors.splitting import split_clauses
from nanie_actors.timeline.extractors.terms import read_terms

_FINISHED = frozenset({"slept", "has slept"})
"""Sleep that is over when its length is told, as far as nothing else is said."""

_EDGES = " \n\t,;+&/|-–—:"
"""What separates two events' fragments belongs to neither."""


class CareExtractor:
    """Feeding, sleep, waking, diapers, baths and remarks out of a parent's message.

    Times are read on the clock of `zone`, the household's. Every text that is not empty gives at least one
    event; never more than MAX_EVENTS. Thread-safe: it keeps nothing of a text.
    """

    __slots__ = ("_zone",)

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = HouseholdZone(zone)

    @property
    def name(self) -> str:
        """`care`, the default of the settings."""
        return "care"

    def extract(self, text: str, at: EpochMs) -> Sequence[ExtractedEvent]:
        """The events of a message written at `at`, in the order of the text."""
        clean = normalise(text)
        if not clean:
            return ()
        clauses = merge_clauses(split_clauses(read_items(read_terms(clean))))
        hebrew = is_hebrew(clean)
        if not clauses:
            return (_remark(clean, at, hebrew=hebrew),)
        spans = _spans(clauses, self._zone, at)
        types = [type_of(clause) for clause in clauses]
        clauses[0].start, clauses[-1].end = 0, len(clean)
        events: list[ExtractedEvent] = []
        for index, clause in enumerate(clauses):
            fragment = clean[clause.start : clause.end].strip(_EDGES) or clean
            if types[index] == "sleeping":
                waking = _waking_beside(types, spans, index)
                events += _sleep(clause, spans[index], fragment, at, waking, hebrew=hebrew)
            else:
                events.append(_event(clause, spans[index], types[index], fragment, hebrew=hebrew))
        return events[:MAX_EVENTS]


def _spans(clauses: Sequence[Clause], zone: HouseholdZone, at: int) -> Sequence[Span]:
    if not HouseholdClock.can_show(at):
        return [Span(at, None, False, False)] * len(clauses)
    if len(clauses) == 1 and clauses[0].when is None and not clauses[0].day:
        return [Span(at, None, False, False)]
    return schedule(clauses, HouseholdClock(zone, at))


def _remark(text: str, at: EpochMs, *, hebrew: bool) -> ExtractedEvent:
    return ExtractedEvent(at, "other", label_of("other", {}, text, hebrew=hebrew), text)


def _event(clause: Clause, span: Span, type_: str, fragment: str, *, hebrew: bool) -> ExtractedEvent:
    facts = facts_of(clause)
    if span.end is not None and type_ == "feeding":
        facts["durationMin"] = round((span.end - span.start) / MINUTE_MS)
    label = label_of(type_, facts, fragment, hebrew=hebrew)
    return ExtractedEvent(EpochMs(span.start), type_, label, fragment, facts)


def _sleep(
    clause: Clause, span: Span, fragment: str, at: int, waking: int | None, *, hebrew: bool
) -> Iterator[ExtractedEvent]:
    """Falling asleep, waking up, or both, by what the clause tells: a beginning, an end, a length.

    `waking` is when the baby woke, if the clause beside this one tells it.
    """
    start, end = _sleep_times(clause, span, waking, at)
    if start is not None:
        facts = {} if end is None else {"durationMin": round((end - start) / MINUTE_MS)}
        label = label_of("sleeping", facts, fragment, hebrew=hebrew)
        yield ExtractedEvent(EpochMs(start), "sleeping", label, fragment, facts)
    if end is not None and (start is None or waking is None):
        label = label_of("waking_up", {}, fragment, hebrew=hebrew)
        yield ExtractedEvent(EpochMs(end), "waking_up", label, fragment)


def _sleep_times(clause: Clause, span: Span, waking: int | None, at: int) -> tuple[int | None, int | None]:
    if span.end is not None:
        return span.start, span.end
    if span.is_end:
        return None, span.start
    minutes = minutes_of(clause)
    if minutes is None:
        return span.start, None
    length = minutes * MINUTE_MS
    if "asleep" in clause.senses or clause.ongoing:
        return (span.start if span.is_own else at - length), None
    if span.is_own:
        end = span.start + length
        return span.start, end if end <= at + TOLERANCE_MS else None
    if not _FINISHED.intersection(clause.senses):
        return span.start, None
    end = at if waking is None else waking
    return end - length, end


def _waking_beside(types: Sequence[str], spans: Sequence[Span], index: int) -> int | None:
    """When the baby woke, if the clause after or before tells it."""
    for beside in (index + 1, index - 1):
        if 0 <= beside < len(types) and types[beside] == "waking_up":
            return spans[beside].start
    return None
