"""The words around the picture in an exported page, in English and Hebrew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nanie_actors.export.contents import Language


@dataclass(frozen=True, slots=True)
class PageWords:
    """One language. `locale` is the picture's; English goes by the 24-hour clock, like all of nanie."""

    locale: str
    direction: str
    weekdays: tuple[str, ...]
    """From Monday on."""
    summary: str
    exported: str
    span: str
    nothing: str
    list_title: str
    columns: tuple[str, str, str, str]
    undated: str


PAGE_WORDS: Mapping[Language, PageWords] = {
    "en": PageWords(
        locale="en-GB",
        direction="ltr",
        weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        summary="{count} events · times of {zone}",
        exported="Exported {when} by nanie {version}",
        span="{first} to {last}",
        nothing="No events in these days.",
        list_title="All events as a list",
        columns=("Time", "Type", "What", "As it was written"),
        undated="Without a date",
    ),
    "he": PageWords(
        locale="he",
        direction="rtl",
        weekdays=("יום שני", "יום שלישי", "יום רביעי", "יום חמישי", "יום שישי", "שבת", "יום ראשון"),
        summary="{count} אירועים · שעון {zone}",
        exported="יוצא ב-{when} על ידי nanie {version}",
        span="{first} עד {last}",
        nothing="אין אירועים בימים אלה.",
        list_title="כל האירועים כרשימה",
        columns=("שעה", "סוג", "מה", "כפי שנכתב"),
        undated="ללא תאריך",
    ),
}
