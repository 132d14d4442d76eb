"""Reads what one process logged: dead letters, failures of its own, and how it ended."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from chaos.findings import Finding

_DEAD = re.compile(r"dead letter: (\w+) to (\S+) \((\w+)\)")
_MORE = re.compile(r"(\d+) more dead letters")

USER_MAIL = frozenset(
    {"Deliver", "Incoming", "Route", "RowArrived", "RowGiven", "RunCommand", "RunLinkCommand"}
)
"""What somebody outside is owed: it must never become a dead letter."""

_ORDERED = re.compile(r"ExtractorFailed|OSError|CorruptGroup")
"""Failures that a storm orders, as an exception's text begins. A group that is out of order without an order
is found at the end."""


@dataclass(slots=True)
class Logbook:
    """What stood in it."""

    dead_letters: int = 0
    findings: list[Finding] = field(default_factory=list)
    last_words: str = ""


def read_log(path: Path) -> Logbook:
    """The log of one process; lines are JSON objects."""
    book = Logbook()
    for line in path.read_text("utf-8", errors="replace").splitlines():
        book.last_words = line[:300]
        try:
            record = json.loads(line)
        except ValueError:
            continue
        book.findings += _judge(book, str(record.get("event")), str(record.get("exception", "")))
    return book


def _judge(book: Logbook, event: str, exception: str) -> Iterator[Finding]:
    if dead := _DEAD.match(event):
        book.dead_letters += 1
        if dead[1] in USER_MAIL:
            yield Finding("dead letter", f"{dead[1]} to {dead[2]} ({dead[3]})")
    elif more := _MORE.match(event):
        book.dead_letters += int(more[1])
    elif exception and not _ORDERED.match(exception):
        yield Finding("other", f"{event}: {exception[:300]}")
