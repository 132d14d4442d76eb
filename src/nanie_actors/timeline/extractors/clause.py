"""A clause: what one part of a message tells of one thing. Filled by the splitter, joined by the merger."""

from __future__ import annotations

from collections.abc import Mapping

from nanie_actors.timeline.extractors.clock import When
from nanie_actors.value import Value, field, with_changes

GROUPS: Mapping[str, str] = {
    "eat": "feeding",
    "feed": "feeding",
    "bottle": "feeding",
    "breast": "feeding",
    "solid": "feeding",
    "fall": "sleeping",
    "lay": "sleeping",
    "slept": "sleeping",
    "asleep": "sleeping",
    "has slept": "sleeping",
    "wake": "waking_up",
    "rouse": "waking_up",
    "diaper": "diaper",
    "pee": "diaper",
    "poo": "diaper",
    "bath": "bath",
}
"""Which event type a sense belongs to. A sense that is not here is a group of its own, an `other`."""

EVENT_TYPES = ("feeding", "sleeping", "waking_up", "diaper", "bath", "other")
"""The types of the care extractor, as the protocol names them."""

METHODS = {"bottle": "bottle", "breast": "breast", "solid": "solid"}
"""The senses that tell how a baby was fed."""

_THEIR_OWN = frozenset({"eat", "fall", "slept", "asleep", "has slept", "wake"})
"""What people do themselves, too: `I ate`, `I slept`; nobody writes `I fed` of themselves."""

SMALLEST_FEED_ML = 25
LARGEST_FEED_ML = 400
"""A bare number between these is an amount of milk: below it is a time or a count, above it nobody drinks."""


def group_of(sense: str) -> str:
    """The group of a sense: an event type, or the sense itself."""
    return GROUPS.get(sense, sense)


Senses = tuple[str, ...]
"""Senses in the order in which they were told, each once: however long a text is, they are few."""


def united(senses: Senses, more: Senses) -> Senses:
    """The senses, and after them those of `more` that are new."""
    new = [sense for sense in more if sense not in senses]
    return (*senses, *new) if new else senses


class Clause(Value, gc=False):
    """A stretch of text and the facts in it. Mutable while it is being read; nobody outside keeps one."""

    line: int
    start: int
    end: int
    group: str = ""
    implied: bool = False
    senses: Senses = ()
    weak: Senses = ()
    when: When | None = None
    amounts: dict[str, float] = field(default_factory=dict)
    numbers: list[float] = field(default_factory=list)
    sides: frozenset[str] = frozenset()
    each_side: bool = False
    day: str = ""
    day_leads: bool = False
    day_heads: bool = False
    part: str = ""
    negated: bool = False
    hedged: bool = False
    asked: bool = False
    ongoing: bool = False
    just: bool = False
    of_self: bool = False
    of_baby: bool = False
    unknown: int = 0
    attached: bool = False

    @property
    def is_told(self) -> bool:
        """Whether the text says that this happened: not denied, asked, planned or wished."""
        return not (self.negated or self.hedged or self.asked or self.day == "tomorrow")

    @property
    def is_bare(self) -> bool:
        """Whether nothing but the action itself is known."""
        return self.when is None and not self.amounts and not self.numbers and not self.sides

    def method(self) -> str:
        """How the baby was fed, or an empty text."""
        for sense in self.senses:
            if sense in METHODS:
                return METHODS[sense]
        return ""

    def again(self, time: Clause) -> Clause:
        """The same thing at another time: `fed at 10 and at 12`."""
        part = time.part or self.part
        return with_changes(
            self,
            end=time.end,
            when=time.when,
            part=part,
            amounts=dict(self.amounts),
            numbers=list(self.numbers),
        )

    def settle(self) -> None:
        """Decide what the clause is about, once all of it was read."""
        if self.just and self.when is None:
            self.when = When(ago=0.0)
        if self.group:
            if self.weak:
                fitting = tuple([sense for sense in self.weak if group_of(sense) == self.group])
                self.senses = united(self.senses, fitting)
            if self.of_self and not self.of_baby and _THEIR_OWN.issuperset(self.senses):
                self.group = "note:self"
            elif self.senses == ("has slept",) and self.is_bare:
                # "slept well": over, but neither when nor how long is told.
                self.group = "note:slept"
            return
        if self.unknown:
            return
        self.implied = True
        if self.weak:
            self.group = group_of(self.weak[0])
            self.senses = united(self.senses, self.weak)
        else:
            self.group = self._implied_group()

    def _implied_group(self) -> str:
        """What facts without a verb tell: `L 10 min`, `120 ml`, `14:00 120`, `38.2`."""
        amounts = self.amounts
        if "kg" in amounts:
            return "note:weight"
        if "degree" in amounts or "fahrenheit" in amounts or self._is_body_heat():
            return "temp"
        if "ml" in amounts or self.milk_ml() is not None:
            return "feeding"
        if self.sides and not self.of_self and (self.when is not None or "duration" in amounts):
            return "feeding"
        return ""

    def _is_body_heat(self) -> bool:
        numbers = self.numbers
        return len(numbers) == 1 and numbers[0] % 1 != 0 and (36 <= numbers[0] < 42 or 99 < numbers[0] < 107)

    def milk_ml(self) -> float | None:
        """A bare number that can only be millilitres, or None."""
        for number in self.numbers:
            if SMALLEST_FEED_ML <= number <= LARGEST_FEED_ML and number % 1 == 0:
                return number
        return None
