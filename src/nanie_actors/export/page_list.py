"""The events as plain tables, a day each: for paper, and where no script runs."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterator
from itertools import groupby

from nanie_actors.export.contents import Contents, Event, moment_of, sender_of, text_of
from nanie_actors.export.page_words import PageWords


def day_tables(contents: Contents, words: PageWords) -> Iterator[str]:
    """The days in order, each with its events; events without a date come where they stand."""
    for day, events in groupby(contents.events, lambda event: _day(event, contents, words)):
        rows = "".join(_row(event, contents) for event in events)
        yield f"<section><h3>{shown(day)}</h3><table>{_head(words)}<tbody>{rows}</tbody></table></section>"


def _head(words: PageWords) -> str:
    cells = "".join(f'<th scope="col">{shown(column)}</th>' for column in words.columns)
    return f"<thead><tr>{cells}</tr></thead>"


def _day(event: Event, contents: Contents, words: PageWords) -> str:
    at = moment_of(event.get("timestamp"), contents.zone)
    return words.undated if at is None else f"{words.weekdays[at.weekday()]}, {at.date().isoformat()}"


def _row(event: Event, contents: Contents) -> str:
    at = moment_of(event.get("timestamp"), contents.zone)
    label, details, sender = text_of(event.get("label")), text_of(event.get("details")), sender_of(event)
    written = "" if details.strip() == label.strip() else details
    who = f"<cite>{isolated(sender)}</cite> " if sender else ""
    time = "" if at is None else f'<time datetime="{at.isoformat()}">{at:%H:%M}</time>'
    cells = (time, isolated(text_of(event.get("type"))), isolated(label), who + isolated(written))
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def isolated(text: str) -> str:
    """A text of whoever, as HTML that cannot turn around what stands beside it."""
    return f"<bdi>{shown(text)}</bdi>" if text else ""


def shown(text: str) -> str:
    """A text as HTML. Control characters, which HTML has no place for, become a visible stand-in."""
    fit = (
        char if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs") else "\ufffd"
        for char in text
    )
    return html.escape("".join(fit))
