"""Labels of care events: a few words in the language of the message, the facts after a dot."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nanie_actors.timeline.extractors.facts import Facts

LABEL_CHARACTERS = 80
"""How much of a text becomes a label, an ellipsis included."""

_HEBREW = re.compile("[א-ת]")


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one language."""

    types: Mapping[str, str]
    values: Mapping[str, str]
    units: Mapping[str, str]
    minutes: str
    hours: str


_ENGLISH = _Words(
    types={
        "feeding": "Feeding",
        "sleeping": "Asleep",
        "waking_up": "Woke up",
        "diaper": "Diaper",
        "bath": "Bath",
        "medicine": "Medicine",
        "temperatureC": "Temperature",
        "pumpedMl": "Pumped",
        "weightKg": "Weight",
    },
    values={
        "left": "left",
        "right": "right",
        "both": "both sides",
        "bottle": "bottle",
        "breast": "breast",
        "solid": "solids",
        "wet": "pee",
        "dirty": "poo",
        "pee and poo": "pee and poo",
        "vitamin_d": "vitamin D",
        "unnamed": "",
    },
    units={
        "amountMl": "ml",
        "doseMl": "ml",
        "pumpedMl": "ml",
        "doseMg": "mg",
        "doseDrops": "drops",
        "weightKg": "kg",
    },
    minutes="min",
    hours="h",
)
_HEBREW_WORDS = _Words(
    types={
        "feeding": "האכלה",
        "sleeping": "שינה",
        "waking_up": "התעוררות",
        "diaper": "חיתול",
        "bath": "אמבטיה",
        "medicine": "תרופה",
        "temperatureC": "חום",
        "pumpedMl": "שאיבה",
        "weightKg": "משקל",
    },
    values={
        "left": "שמאל",
        "right": "ימין",
        "both": "שני הצדדים",
        "bottle": "בקבוק",
        "breast": "הנקה",
        "solid": "מוצקים",
        "wet": "פיפי",
        "dirty": "קקי",
        "pee and poo": "פיפי וקקי",
        "paracetamol": "אקמול",
        "ibuprofen": "נורופן",
        "vitamin_d": "ויטמין D",
        "vitamin": "ויטמין",
        "iron": "ברזל",
        "probiotic": "פרוביוטיקה",
        "simethicone": "טיפות גזים",
        "antibiotic": "אנטיביוטיקה",
        "unnamed": "",
    },
    units={
        "amountMl": 'מ"ל',
        "doseMl": 'מ"ל',
        "pumpedMl": 'מ"ל',
        "doseMg": 'מ"ג',
        "doseDrops": "טיפות",
        "weightKg": 'ק"ג',
    },
    minutes="דק'",
    hours="ש'",
)


def is_hebrew(text: str) -> bool:
    """Whether labels for this message are Hebrew: one Hebrew letter is enough."""
    return not text.isascii() and _HEBREW.search(text) is not None


def label_of(type_: str, facts: Facts, text: str, *, hebrew: bool) -> str:
    """The label of an event; `text` speaks for itself where the event has no type of its own."""
    words = _HEBREW_WORDS if hebrew else _ENGLISH
    if type_ != "other":
        name = words.types[type_]
    elif facts:
        # The first fact says what the others are of: a medicine before its dose.
        name = words.types[next(iter(facts))]
    else:
        return shortened(text)
    if not facts:
        return name
    said = " ".join([told for key, value in facts.items() if (told := _fact(key, value, words))])
    return f"{name} · {said}" if said else name


def shortened(text: str) -> str:
    """The first line of a text, cut to the length of a label."""
    line = text.partition("\n")[0].strip()
    return line if len(line) <= LABEL_CHARACTERS else line[: LABEL_CHARACTERS - 1].rstrip() + "…"


def _fact(key: str, value: str | float, words: _Words) -> str:
    if isinstance(value, str):
        return words.values.get("pee and poo" if key == "diaper" and value == "both" else value, value)
    unit = words.units.get(key)
    if unit is not None:
        return f"{value} {unit}"
    return _duration(int(value), words) if key == "durationMin" else f"{value}°C"


def _duration(minutes: int, words: _Words) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} {words.minutes}"
    return f"{hours} {words.hours} {rest} {words.minutes}" if rest else f"{hours} {words.hours}"
