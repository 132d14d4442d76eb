"""Stage 4 of the care extractor: items into clauses, each about one thing at one time."""

from __future__ import annotations

from collections.abc import Iterable

from nanie_actors.timeline.extractors.amounts import Quantity
from nanie_actors.timeline.extractors.clause import Clause, group_of
from nanie_actors.timeline.extractors.clock import When
from nanie_actors.timeline.extractors.items import Item, Value

_ORDERING = frozenset({"act", "weak", "when"})
"""Which of these comes first says what opens the clauses of a run."""

_MOODS = frozenset({"neg", "hedge"})
_DIVIDING = _ORDERING | _MOODS | {"emoji", "amount"}
"""What may begin another clause without a separator; all else goes on with the one it comes in."""

_SPLITTING_WHEN_JOINED = frozenset({"act", "weak", "side", "when"})
_CLOSING = frozenset({"stop", "query"})
_WITHOUT_MILK = frozenset({"sleeping", "waking_up", "diaper", "bath"})


def split_clauses(items: Iterable[Item]) -> list[Clause]:
    """The clauses in order.

    A separator ends a clause; so does a second action, and a second time. In a run that begins with a time
    (`10 woke 11 ate`) each time opens a clause; in one that begins with an action, each action does.
    """
    splitter = _Splitter()
    splitter.read(items)
    for clause in splitter.clauses:
        clause.settle()
    return splitter.clauses


class _Splitter:
    """Where the reading stands: the clause being filled, its line, and the sentence it is in."""

    __slots__ = (
        "_asking",
        "_clause",
        "_from",
        "_line",
        "_planning",
        "_sentence",
        "_supposing",
        "_time_first",
        "clauses",
    )

    def __init__(self) -> None:
        self.clauses: list[Clause] = []
        self._clause: Clause | None = None
        self._from = 0
        self._line = 0
        self._sentence = 0
        self._asking = False
        self._planning = False
        self._supposing = False
        self._time_first: bool | None = None

    def read(self, items: Iterable[Item]) -> None:
        """Put every item where it belongs. One loop, because a call an item would be a third of the work."""
        for role, value, start, end, joined in items:
            if role == "sep" or role == "and":
                self._separate(role, value, start, end)
                continue
            if joined and role in _SPLITTING_WHEN_JOINED:
                self._end_run(start, start)
            clause = self._clause
            opens = clause is None and self._sentence == len(self.clauses)
            if clause is None:
                clause = self._fresh(end)
            elif role in _DIVIDING and _begins_another(clause, role, value, time_first=self._time_first):
                clause = self._fresh(end)
                clause.attached = True
            self._from = clause.end = end
            if role == "ask" or (role == "opening ask" and opens):
                self._asking = clause.asked = True
                continue
            _fill(clause, role, value)
            if role in _ORDERING:
                if self._time_first is None:
                    self._time_first = role == "when"
            elif role == "day":
                self._planning = value == "tomorrow"
            elif value == "if":
                self._supposing = True

    def _separate(self, role: str, value: Value, start: int, end: int) -> None:
        """End a clause; unless it is an `and` or a comma, end the sentence as well."""
        self._end_run(end if value in _CLOSING else start, end)
        if role == "and" or value == "soft":
            return
        if value == "query":
            for clause in self.clauses[self._sentence :]:
                clause.asked = True
        elif value == "line":
            self._line += 1
        self._sentence = len(self.clauses)
        self._asking = self._planning = self._supposing = False

    def _end_run(self, end: int, start: int) -> None:
        """Close the clause at `end`, with the fillers after its last item; the next one begins at `start`."""
        if self._clause is not None:
            self._clause.end = end
        self._clause = None
        self._from = start
        self._time_first = None

    def _fresh(self, end: int) -> Clause:
        clause = Clause(self._line, self._from, end)
        if self._planning:
            clause.day = "tomorrow"
        clause.asked = self._asking
        clause.hedged = self._supposing
        self.clauses.append(clause)
        self._clause = clause
        return clause


def _begins_another(clause: Clause, role: str, value: Value, *, time_first: bool | None) -> bool:
    group = clause.group
    if role == "act":
        return bool(group) and group != group_of(str(value))
    if role == "when":
        acted = bool(group or clause.weak or clause.numbers or clause.amounts)
        return clause.when is not None or (acted and bool(time_first))
    if isinstance(value, Quantity):
        return _is_another_amount(clause, value.measure)
    if role in _MOODS:
        return bool(group)
    if role == "weak" and group:
        return False
    about = _about(clause)
    return bool(about) and about != group_of(str(value))


def _about(clause: Clause) -> str:
    return clause.group or (group_of(clause.weak[0]) if clause.weak else "")


def _is_another_amount(clause: Clause, measure: str) -> bool:
    """A second amount of its kind, or milk after what has none: `up 3:30 4 oz`."""
    if measure == "duration":
        return False
    if measure == "ml" and _about(clause) in _WITHOUT_MILK:
        return True
    return bool(clause.group) and measure in clause.amounts


def _fill(clause: Clause, role: str, value: Value) -> None:
    """Note one fact in its clause."""
    if not isinstance(value, str):
        _fill_number(clause, value)
    elif role == "act":
        clause.group = clause.group or group_of(value)
        if value not in clause.senses:
            clause.senses += (value,)
    elif role == "unknown":
        clause.unknown += 1
    elif role == "weak" or role == "emoji":
        if value not in clause.weak:
            clause.weak += (value,)
    elif role == "side":
        clause.sides |= {value}
    elif role == "day":
        clause.day = value
        clause.day_leads = not clause.group and not clause.unknown
    elif role == "part":
        clause.part = value
    else:
        _fill_circumstance(clause, role)


def _fill_number(clause: Clause, value: float | When | Quantity) -> None:
    if isinstance(value, When):
        clause.when = value
    elif isinstance(value, Quantity):
        measure, amount = value
        clause.amounts[measure] = clause.amounts.get(measure, 0.0) + amount
    else:
        clause.numbers.append(value)


def _fill_circumstance(clause: Clause, role: str) -> None:
    match role:
        case "neg":
            clause.negated = True
        case "hedge":
            clause.hedged = True
        case "each":
            clause.each_side = True
        case "ongoing":
            clause.ongoing = True
        case "just":
            clause.just = True
        case "self":
            clause.of_self = True
        case "object":
            clause.of_baby = True
        case _:
            pass
