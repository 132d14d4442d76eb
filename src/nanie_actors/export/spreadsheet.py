"""A timeline as CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from nanie_actors.export.contents import Contents, Event, moment_of

COLUMNS = ("time", "type", "label", "details", "sender", "edited", "id")

_STARTS_A_FORMULA = tuple("=+-@＝＋－＠\t\r\n")
"""A cell that begins so (blanks aside) is carried out by some spreadsheet; see OWASP's "CSV Injection"."""


def as_csv(contents: Contents) -> bytes:
    """The events with a head line, times as the household's clock showed them.

    Begins with the mark by which spreadsheets know UTF-8.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_row(event, contents.zone) for event in contents.events)
    return text.getvalue().encode("utf-8-sig")


def _row(event: Event, zone: ZoneInfo) -> list[str]:
    source = event.get("source")
    return [
        _time(event.get("timestamp"), zone),
        _cell(event.get("type")),
        _cell(event.get("label")),
        _cell(event.get("details")),
        _cell(source.get("sender") if isinstance(source, Mapping) else None),
        _time(event.get("editedAt"), zone),
        _cell(event.get("id")),
    ]


def _time(at: object, zone: ZoneInfo) -> str:
    """ISO 8601 with offset; what cannot be shown so stays the number that it is."""
    shown = moment_of(at, zone)
    return _cell(at) if shown is None else shown.isoformat(sep=" ")


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_STARTS_A_FORMULA) else text
