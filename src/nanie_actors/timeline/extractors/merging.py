"""Stage 5 of the care extractor: clauses that belong together become one; each that is left is one event."""

from __future__ import annotations

from nanie_actors.timeline.extractors.clause import EVENT_TYPES, Clause, united

MAX_EVENTS = 50
"""Events of one message. A full day's log has about thirty; what comes after stays in the last one's text."""


def merge_clauses(clauses: list[Clause]) -> list[Clause]:
    """The settled clauses that stand for an event each, in the order of the text."""
    if len(clauses) == 1:
        # Most messages tell one thing, and settling it again would find the same.
        return clauses
    merger = _Merger()
    for clause in clauses:
        if len(merger.merged) >= MAX_EVENTS:
            merger.merged[-1].end = clause.end
        else:
            merger.take(clause)
    return merger.finish()


class _Merger:
    """What is settled so far, and the head: a time or a remark that waits for what it is about."""

    __slots__ = ("_head", "merged")

    def __init__(self) -> None:
        self.merged: list[Clause] = []
        self._head: Clause | None = None

    def take(self, clause: Clause) -> None:
        """Add a clause as an event, or to the one it belongs to."""
        if clause.group:
            self._take_event(clause)
        elif clause.when is None:
            self._take_note(clause)
        elif clause.unknown or not clause.is_told:
            self._take_event(clause)
        else:
            self._take_time(clause)

    def finish(self) -> list[Clause]:
        """Whatever still waits is an event of its own."""
        if self._head is not None:
            self._take_waiting(self._head)
        return self.merged

    def _take_waiting(self, head: Clause) -> None:
        self._head = None
        if not head.group:
            # "both sides, 10 each": neither half says what it is about, the whole does.
            head.settle()
        if head.when is None and self.merged:
            self.merged[-1].end = head.end
        else:
            self.merged.append(head)

    def _take_event(self, clause: Clause) -> None:
        head, self._head = self._head, None
        if head is not None:
            if head.when is not None and clause.when is not None:
                self.merged.append(head)
            else:
                _put_before(head, clause)
        before = self.merged[-1] if self.merged else None
        if before is not None and _continues(before, clause):
            _add(before, clause)
        elif before is not None and _remarks_on(before, clause):
            before.end = clause.end
        else:
            self.merged.append(clause)

    def _take_time(self, clause: Clause) -> None:
        """A time alone: of what stands before it on its line, or of what follows."""
        before = self.merged[-1] if self.merged else None
        if self._head is None and before is not None and before.group and before.line == clause.line:
            if before.when is None:
                before.when = clause.when
                before.end = clause.end
            elif before.is_told:
                self.merged.append(before.again(clause))
            return
        if self._head is not None:
            if self._head.when is None:
                _put_before(self._head, clause)
            else:
                self.merged.append(self._head)
        self._head = clause

    def _take_note(self, clause: Clause) -> None:
        if self._head is not None:
            _add(self._head, clause)
            self._head.hedged |= clause.hedged
        elif not self.merged:
            self._head = clause
        else:
            before = self.merged[-1]
            if clause.attached and not clause.is_told and before.is_bare:
                # "פיפי לא היה": denied, though the action comes first.
                before.negated = True
            if before.line == clause.line or not clause.unknown:
                _add(before, clause)
            before.end = clause.end


def _put_before(head: Clause, clause: Clause) -> None:
    """Let a clause have what was said just before it."""
    clause.start = head.start
    clause.when = clause.when or head.when
    if not clause.day:
        clause.day, clause.day_leads = head.day, head.day_leads
        clause.day_heads = head.line != clause.line
    clause.part = clause.part or head.part
    if head.line == clause.line:
        clause.hedged |= head.hedged
        clause.asked |= head.asked
        if not head.unknown:
            _add_facts(clause, head)
    clause.unknown += head.unknown


def _add(before: Clause, clause: Clause) -> None:
    before.end = clause.end
    before.when = before.when or clause.when
    before.senses = united(before.senses, clause.senses)
    before.part = before.part or clause.part
    before.day = before.day or clause.day
    before.unknown += clause.unknown
    _add_facts(before, clause)


def _add_facts(before: Clause, clause: Clause) -> None:
    for measure, value in clause.amounts.items():
        if measure == "duration" and clause.unknown:
            # "fell asleep at 10, cried 20 min": how long something else took.
            continue
        before.amounts[measure] = before.amounts.get(measure, 0.0) + value
    before.numbers += clause.numbers
    before.sides |= clause.sides
    before.each_side |= clause.each_side
    before.ongoing |= clause.ongoing


def _continues(before: Clause, clause: Clause) -> bool:
    """Whether a clause goes on about the event before it: `pee, poo at 11`; `fed left, 10 min right`."""
    if before.is_told != clause.is_told or (before.when is not None and clause.when is not None):
        return False
    if before.line != clause.line and (clause.when is not None or not clause.implied):
        return False
    if before.group != clause.group:
        return clause.implied and _takes_amount(before, clause)
    if before.group == "feeding":
        methods = {before.method(), clause.method()} - {""}
        return len(methods) < 2 and not (_has_amount(before) and _has_amount(clause))
    return before.group in EVENT_TYPES or clause.when is None


def _remarks_on(before: Clause, clause: Clause) -> bool:
    """`ate 90, didn't finish it`; `up at 5, refused to sleep`: a denial says more of what was told.

    And one remark goes on with another: `buy diapers, formula and bottles`.
    """
    if clause.is_told or clause.when is not None or before.line != clause.line:
        return False
    return clause.negated or not before.is_told


def _takes_amount(before: Clause, clause: Clause) -> bool:
    """`Nurofen, 5 ml`: the amount is the dose."""
    measured = before.group.startswith("med:") or before.group == "note:pump"
    return measured and before.line == clause.line and "ml" in clause.amounts and "ml" not in before.amounts


def _has_amount(clause: Clause) -> bool:
    return "ml" in clause.amounts or clause.milk_ml() is not None
