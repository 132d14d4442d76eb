"""Stage 4 of the care extractor: items into clauses, each about one thing at one time."""

from __future__ import annotations

from collections.abc import Iterable

from nanie_actors.timeline.extractors.amounts import Quantity
from nanie_actors.timeline.extractors.clause import Clause, group_of
from nanie_actors.timeline.extractors.clock import When
from nanie_actors.timeline.extractors.items import Item

_MOODS = frozenset({"neg", "hedge"})
_SPLITTING_WHEN_JOINED = frozenset({"act", "weak", "side", "when"})
_CLOSING = frozenset({"stop", "query"})
_WITHOUT_MILK = frozenset({"sleeping", "waking_up", "diaper", "bath"})


def split_clauses(items: Iterable[Item]) -> list[Clause]:
    """The clauses in order.

    A separator ends a clause; so does a second action, and a second time. In a run that begins with a time
    (`10 woke 11 ate`) each time opens a clause; in one that begins with an action, each action does.
    """
    splitter = _Splitter()
    for item in items:
        splitter.take(item)
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

    def take(self, item: Item) -> None:
        """Put one item where it belongs."""
        role = item.role
        if role == "sep" or role == "and":
            self._separate(item)
            return
        if item.joined and role in _SPLITTING_WHEN_JOINED:
            self._end_run(item.start, item.start)
        opens = self._sentence == len(self.clauses) and self._clause is None
        clause = self._clause
        if clause is None:
            clause = self._fresh(item, attached=False)
        elif self._begins_another(clause, item):
            clause = self._fresh(item, attached=True)
        self._from = clause.end = item.end
        if role == "ask" or (role == "opening ask" and opens):
            self._asking = clause.asked = True
        else:
            _fill(clause, item)
        if item.value == "if":
            self._supposing = True
        if role == "day":
            self._planning = item.value == "tomorrow"
        if self._time_first is None and role in ("act", "weak", "when"):
            self._time_first = role == "when"

    def _separate(self, item: Item) -> None:
        self._end_run(item.end if item.value in _CLOSING else item.start, item.end)
        if item.value == "query":
            for clause in self.clauses[self._sentence :]:
                clause.asked = True
        if item.role == "sep" and item.value != "soft":
            self._sentence = len(self.clauses)
            self._asking = self._planning = self._supposing = False
        if item.value == "line":
            self._line += 1

    def _end_run(self, end: int, start: int) -> None:
        """Close the clause at `end`, with the fillers after its last item; the next one begins at `start`."""
        if self._clause is not None:
            self._clause.end = end
        self._clause = None
        self._from = start
        self._time_first = None

    def _fresh(self, item: Item, *, attached: bool) -> Clause:
        day = "tomorrow" if self._planning else ""
        clause = Clause(self._line, self._from, item.end, asked=self._asking, attached=attached, day=day)
        clause.hedged = self._supposing
        self.clauses.append(clause)
        self._clause = clause
        return clause

    def _begins_another(self, clause: Clause, item: Item) -> bool:
        role = item.role
        if role == "act":
            return bool(clause.group) and clause.group != group_of(str(item.value))
        if role == "emoji":
            about = clause.group or (group_of(clause.weak[0]) if clause.weak else "")
            return bool(about) and about != group_of(str(item.value))
        if role == "weak":
            return (
                not clause.group
                and bool(clause.weak)
                and group_of(clause.weak[0]) != group_of(str(item.value))
            )
        if role == "when":
            acted = bool(clause.group or clause.weak or clause.numbers or clause.amounts)
            return clause.when is not None or (acted and bool(self._time_first))
        if role in _MOODS:
            return bool(clause.group)
        if role == "amount" and isinstance(item.value, Quantity):
            return _is_another_amount(clause, item.value.measure)
        return False


def _is_another_amount(clause: Clause, measure: str) -> bool:
    """A second amount of its kind, or milk after what has none: `up 3:30 4 oz`."""
    if measure == "duration":
        return False
    about = clause.group or (group_of(clause.weak[0]) if clause.weak else "")
    if measure == "ml" and about in _WITHOUT_MILK:
        return True
    return bool(clause.group) and measure in clause.amounts


def _fill(clause: Clause, item: Item) -> None:
    """Note one fact in its clause."""
    value = item.value
    if isinstance(value, When):
        clause.when = value
    elif isinstance(value, Quantity):
        clause.amounts[value.measure] = clause.amounts.get(value.measure, 0.0) + value.value
    elif isinstance(value, str):
        _fill_word(clause, item.role, value)
    else:
        clause.numbers.append(value)


def _fill_word(clause: Clause, role: str, sense: str) -> None:
    match role:
        case "act":
            clause.group = clause.group or group_of(sense)
            clause.senses.append(sense)
        case "weak" | "emoji":
            clause.weak.append(sense)
        case "side":
            clause.sides.add(sense)
        case "each":
            clause.each_side = True
        case "day":
            clause.day = sense
            clause.day_leads = not clause.group and not clause.unknown
        case "part":
            clause.part = sense
        case "neg":
            clause.negated = True
        case "hedge":
            clause.hedged = True
        case _:
            _fill_circumstance(clause, role)


def _fill_circumstance(clause: Clause, role: str) -> None:
    match role:
        case "ongoing":
            clause.ongoing = True
        case "just":
            clause.just = True
        case "self":
            clause.of_self = True
        case "object":
            clause.of_baby = True
        case "unknown":
            clause.unknown += 1
        case _:
            pass
