"""One household that has written for years: what its page is measured on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from bench.chat import group_ids
from bench.sample import Built
from bench.stored_groups import write_maps, write_taken_in
from nanie_actors.model import ChatMessage, EpochMs, GroupId, MessageArrived, MessageId, SenderId
from nanie_actors.storage.layout import StateLayout

BETWEEN_MS = 48 * 60_000
"""Thirty events a day, so the newest five hundred are those of seventeen days."""

_TOLD_EVERY = 1_000

_TEXTS = (
    "woke up",
    "bottle 120 ml",
    "wet diaper",
    "nursed left 12",
    "asleep",
    "woke up",
    "solids, half a banana",
    "poo",
    "bottle 150 ml",
    "bath",
    "asleep",
    "who picks her up today?",
)
"""Each is one event, at the time when it is written."""


def the_group() -> GroupId:
    """The only one."""
    return group_ids(1)[0]


def build(folder: Path, progress: Built, *, events: int) -> None:
    """The household's group with so many events, the last of them recent, and a conversation linked to it."""
    layout = StateLayout(folder)
    write_taken_in(layout, the_group(), _history(events, progress), "care")
    write_maps(layout, [the_group()])


def message(number: int, at: EpochMs, text: str) -> MessageArrived:
    """What one of the parents wrote. Messages of different numbers are different ones."""
    sender = number % 2
    return MessageArrived(
        ChatMessage(
            group=the_group(),
            message_id=MessageId(f"3EB1{number:016X}"),
            sender=SenderId(f"9725000000{sender:02}@s.whatsapp.net"),
            sender_name=f"Parent {sender}",
            at=at,
            kind="text",
            text=text,
        )
    )


def _history(events: int, progress: Built) -> Iterator[MessageArrived]:
    now = int(time.time() * 1000)
    for number in range(events):
        if number % _TOLD_EVERY == 0:
            progress(number / events)
        at = EpochMs(now - (events - number) * BETWEEN_MS)
        yield message(number, at, _TEXTS[number % len(_TEXTS)])
