"""What is believed of a model's answer: events of known form, near their message, and nothing else. Pure.

Whatever stood in the text, all that can come of it are events of this one message.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from nanie_actors.llm.failures import Unusable
from nanie_actors.llm.local_time import instant_of
from nanie_actors.llm.prompt import MEDICINES, readable
from nanie_actors.timeline.extracted import label_of
from nanie_actors.timeline.extractor import ExtractedEvent
from nanie_actors.timeline.questions import MOST_EVENTS, Question

TYPES: Final = frozenset({"feeding", "sleeping", "waking_up", "diaper", "bath", "other"})
"""What the app knows how to show; anything else is `other`."""

LONGEST_ANSWER: Final = 65_536
"""Characters: fifty events with their details take a fifth of it."""

WHOLE: Final = frozenset({"amountMl", "durationMin"})

Millilitres = Annotated[float, Field(gt=0, le=5_000)]
Dose = Annotated[float, Field(gt=0, le=10_000)]


class _Border(BaseModel):
    """Strict: a number in quotes is no number. Keys that nobody asked for are passed over."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False, alias_generator=to_camel)


class _Attributes(_Border):
    method: Literal["bottle", "breast", "solid"] | None = None
    side: Literal["left", "right", "both"] | None = None
    amount_ml: Millilitres | None = None
    duration_min: Annotated[float, Field(gt=0, le=1_440)] | None = None
    diaper: Literal["wet", "dirty", "both"] | None = None
    medicine: Annotated[str, Field(max_length=1_000)] | None = None
    dose_ml: Dose | None = None
    dose_mg: Dose | None = None
    dose_drops: Dose | None = None
    temperature_c: Annotated[float, Field(ge=30, le=45)] | None = None
    pumped_ml: Millilitres | None = None
    weight_kg: Annotated[float, Field(gt=0, le=50)] | None = None


class _Event(_Border):
    time: Annotated[str, Field(max_length=40)]
    type: Annotated[str, Field(max_length=40)]
    label: Annotated[str, Field(max_length=1_000)]
    details: Annotated[str, Field(max_length=LONGEST_ANSWER)] | None = None
    attributes: _Attributes | None = None


class _Answer(_Border):
    events: Annotated[list[_Event], Field(max_length=MOST_EVENTS)]


def events_of(answer: str, question: Question, zone: ZoneInfo) -> tuple[ExtractedEvent, ...]:
    """The events of an answer, one at least: a message about nothing is a remark. Raises Unusable."""
    if len(answer) > LONGEST_ANSWER:
        raise Unusable("an answer that is too long")
    try:
        told = _Answer.model_validate_json(_without_fence(answer).encode("utf-8", "replace"))
    except ValidationError as error:
        # Where it is wrong may be told; what stands there may not.
        places = {
            ".".join(str(step) for step in wrong["loc"])
            for wrong in error.errors(include_input=False, include_context=False)
        }
        raise Unusable(f"an answer of another form ({_shown(places)})") from None
    if not told.events:
        return (ExtractedEvent(question.at, "other", label_of(question.text), question.text),)
    return tuple(_event(event, question, zone) for event in told.events)


def _event(told: _Event, question: Question, zone: ZoneInfo) -> ExtractedEvent:
    details = told.details or ""
    kind = told.type.strip().casefold()
    return ExtractedEvent(
        timestamp=instant_of(told.time.strip(), zone, question.at),
        type=kind if kind in TYPES else "other",
        label=_plain(told.label) or label_of(question.text),
        # Only what people wrote is shown as theirs.
        details=details if details.strip() and details in readable(question.text) else question.text,
        attributes=_attributes(told.attributes),
    )


def _attributes(told: _Attributes | None) -> dict[str, Any]:
    """As `care` gives them: a medicine by its known name, whole numbers where they are whole."""
    facts = {} if told is None else told.model_dump(exclude_none=True, by_alias=True)
    if "medicine" in facts and facts["medicine"] not in MEDICINES:
        facts["medicine"] = "unnamed"
    for name, value in facts.items():
        if isinstance(value, float) and (name in WHOLE or value.is_integer()):
            facts[name] = round(value)
    return facts


def _plain(label: str) -> str:
    """A label on one line, without marks that cannot be seen."""
    line = " ".join("".join(char if char.isprintable() else " " for char in label).split())
    return label_of(line) if line else ""


def _without_fence(answer: str) -> str:
    """The object within what many models wrap it in."""
    text = answer.strip()
    if text.startswith("```") and text.endswith("```"):
        text = text.removesuffix("```").removeprefix("```").removeprefix("json").strip()
    return text


def _shown(places: set[str]) -> str:
    """At most three, and only of our own words: a place is a field's name or a number."""
    return ", ".join(sorted(place or "no object" for place in places)[:3])
