"""Stage 7 of the care extractor: what a clause is an event of, and the facts in it, for programs."""

from __future__ import annotations

from collections.abc import Mapping

from nanie_actors.timeline.extractors.clause import EVENT_TYPES, Clause

_TYPES = frozenset(EVENT_TYPES)
_FREEZING_F, _F_PER_C = 32.0, 1.8
_PLAUSIBLE_C = (34.0, 43.0)
_PLAUSIBLE_F = (93.0, 109.5)

_WITHOUT_FACTS = frozenset({"", "sleeping", "waking_up", "bath"})

Facts = Mapping[str, str | int | float]


def type_of(clause: Clause) -> str:
    """The event type of a clause: `other` for what did not happen, and for what has no type."""
    group = clause.group
    return group if group in _TYPES and clause.is_told else "other"


def facts_of(clause: Clause) -> dict[str, str | int | float]:
    """The attributes of a clause's event, as docs/extraction.md names them; none for what did not happen."""
    group = clause.group
    if group in _WITHOUT_FACTS or not clause.is_told:
        return {}
    if group == "feeding":
        return _feeding(clause)
    if group == "diaper":
        return _diaper(clause)
    if group == "temp":
        return _temperature(clause)
    if group.startswith("med:"):
        return _medicine(clause)
    if group == "note:pump":
        return _measure(clause, "ml", "pumpedMl")
    if group == "note:weight":
        return _measure(clause, "kg", "weightKg")
    return {}


def minutes_of(clause: Clause) -> int | None:
    """How long it lasted, where the clause says so."""
    minutes = clause.amounts.get("duration")
    if minutes is None:
        return None
    return round(minutes * 2) if clause.each_side else round(minutes)


def _feeding(clause: Clause) -> dict[str, str | int | float]:
    facts: dict[str, str | int | float] = {}
    method = clause.method()
    if method:
        facts["method"] = method
    sides = clause.sides
    if sides:
        facts["side"] = next(iter(sides)) if len(sides) == 1 and not clause.each_side else "both"
    amount = clause.amounts.get("ml") or clause.milk_ml()
    if amount:
        facts["amountMl"] = round(amount)
    minutes = minutes_of(clause)
    if minutes:
        facts["durationMin"] = minutes
    return facts


def _diaper(clause: Clause) -> dict[str, str | int | float]:
    senses = clause.senses
    wet, dirty = "pee" in senses, "poo" in senses
    if (wet and dirty) or "both" in clause.sides:
        return {"diaper": "both"}
    if wet or dirty:
        return {"diaper": "wet" if wet else "dirty"}
    return {}


def _temperature(clause: Clause) -> dict[str, str | int | float]:
    """The first number that a body can have, in either scale."""
    amounts = clause.amounts
    for number in (*(amounts[m] for m in ("degree", "fahrenheit") if m in amounts), *clause.numbers):
        if _PLAUSIBLE_C[0] <= number <= _PLAUSIBLE_C[1]:
            return {"temperatureC": number}
        if _PLAUSIBLE_F[0] <= number <= _PLAUSIBLE_F[1]:
            return {"temperatureC": round((number - _FREEZING_F) / _F_PER_C, 1)}
    return {}


def _medicine(clause: Clause) -> dict[str, str | int | float]:
    facts: dict[str, str | int | float] = {"medicine": clause.group.removeprefix("med:")}
    for measure, key in (("ml", "doseMl"), ("mg", "doseMg"), ("drops", "doseDrops")):
        facts.update(_measure(clause, measure, key))
    return facts


def _measure(clause: Clause, measure: str, key: str) -> dict[str, str | int | float]:
    value = clause.amounts.get(measure)
    if value is None:
        return {}
    value = round(value, 3)
    return {key: int(value) if value.is_integer() else value}
