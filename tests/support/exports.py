"""Exports for tests: what they hold, and events that nobody meant well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from nanie_actors.export.contents import Contents
from nanie_actors.model import EpochMs, GroupId

GROUP = GroupId("120363000000000001@g.us")
EXPORTED = EpochMs(1_774_560_000_000)
MINUTE = 60_000

NASTY = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]></style>",
    "=HYPERLINK()",
    "\u202egnirts\u202c",
    "\u200f\u2067מ\u2069",
    "a\"b'c,;\\",
    "line\r\nline\rline\nBEGIN:VEVENT",
    "\x00\x08\x1b\x7f\x85",
    "\u2028\u2029",
    "&amp;&lt;",
    "👶🏽",
    "\ufeff",
]


def contents(
    events: Sequence[dict[str, Any]], *, name: str = "Family", zone: str = "Asia/Jerusalem"
) -> Contents:
    """An export of these events."""
    return Contents(GROUP, name, events, ZoneInfo(zone), EXPORTED, "1.2.3")


def texts() -> st.SearchStrategy[str]:
    """Any text that JSON can carry, often a nasty one."""
    return st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), max_size=30))


def timelines() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Timelines as a file may hold them: ascending, with ids of their own, care and other types."""
    minutes = st.integers(0, 60 * 24 * 40)
    event = st.fixed_dictionaries(
        {
            "timestamp": minutes.map(lambda minute: EXPORTED - minute * MINUTE),
            "type": st.sampled_from(["feeding", "sleeping", "waking_up", "diaper", "other"]) | texts(),
            "label": texts(),
            "details": texts() | st.just({"x": [1, None]}),
        },
        optional={
            "source": st.fixed_dictionaries(
                {"messageId": texts(), "sender": texts(), "kind": st.just("text")}
            ),
            "attributes": st.fixed_dictionaries({"durationMin": st.integers(-5, 2000) | st.just("long")}),
            "editedAt": minutes.map(lambda minute: EXPORTED - minute * MINUTE),
        },
    )
    return st.lists(event, max_size=12).map(_numbered)


def _numbered(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ordered = sorted(events, key=lambda event: int(event["timestamp"]))
    return [{"id": f"e{number}", **event} for number, event in enumerate(ordered)]
