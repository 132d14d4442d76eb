"""A timeline as CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any

COLUMNS = ("time", "type", "label", "details", "sender", "edited", "id")

_STARTS_A_FORMULA = tuple("=+-@＝＋－＠\t\r\n")
"""A cell that begins so (blanks aside) is carried out by some spreadsheet; see OWASP's "CSV Injection"."""


def timeline_csv(events: Iterable[Mapping[str, Any]], zone: tzinfo) -> str:
    """The events with a head line, times as the household's clock showed them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_row(event, zone) for event in events)
    return text.getvalue()


def _row(event: Mapping[str, Any], zone: tzinfo) -> list[str]:
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


def _time(at: object, zone: tzinfo) -> str:
    """ISO 8601 with offset; what cannot be shown so stays the number that it is."""
    if not isinstance(at, int):
        return _cell(at)
    try:
        return datetime.fromtimestamp(at // 1000, zone).isoformat(sep=" ")
    except (OverflowError, OSError, ValueError):
        return _cell(at)


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_STARTS_A_FORMULA) else text
