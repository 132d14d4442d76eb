"""What the synthetic households write, and the groups they write in."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from nanie_actors.model import (
    ChatMessage,
    ConversationId,
    EpochMs,
    GroupId,
    MessageArrived,
    MessageId,
    SenderId,
)
from nanie_actors.timeline.extractor import Extractor
from nanie_actors.timeline.extractors.loading import load_extractor

START_MS = 1_764_000_000_000
"""When the first message was written; every further one of a group a minute later."""

_TEXTS = (
    "נרדמה ב-13:20",
    "אכלה 120 מ״ל ב10:15",
    "החלפתי חיתול, פיפי וקקי",
    "קמה עכשיו",
    "ינקה 10 דקות מימין ו-8 משמאל",
    "אמבטיה ב19:00 ונרדמה ב-19:40",
    "מישהו קונה טיטולים בדרך?",
    "ישן מ14:50 עד 16:20",
    "fed 4oz at 7:30",
    "down for a nap at 2",
    "wet diaper",
    "woke at 2:45, ate 3oz, back to sleep by 3:15",
    "bath done, pajamas on",
    "who picks her up today?",
    "nursed left 12 right 8",
    "big poo after lunch",
)


def extractor_named(name: str) -> Extractor:
    """`verbatim` (what the pipeline costs without reading anything) or `care`, as the worker loads them."""
    return load_extractor(name, ZoneInfo("Asia/Jerusalem"))


def group_ids(count: int) -> list[GroupId]:
    """So many groups."""
    return [GroupId(f"{120363000000000000 + number}@g.us") for number in range(1, count + 1)]


def conversation_of(group: GroupId) -> ConversationId:
    """The one conversation that is linked to a group."""
    return ConversationId(f"conversation-{group[:18]}")


def messages(groups: Sequence[GroupId], count: int) -> list[MessageArrived]:
    """`count` messages, all different, to the groups in turn."""
    return [_message(groups[number % len(groups)], number, len(groups)) for number in range(count)]


def text_of(number: int) -> str:
    """What the message of this number says."""
    return _TEXTS[number * 7 % len(_TEXTS)]


def _message(group: GroupId, number: int, groups: int) -> MessageArrived:
    sender = number % 3
    return MessageArrived(
        ChatMessage(
            group=group,
            message_id=MessageId(f"3EB0{number:016X}"),
            sender=SenderId(f"9725000000{sender:02}@s.whatsapp.net"),
            sender_name=f"Parent {sender}",
            at=EpochMs(START_MS + number // groups * 60_000),
            kind="text",
            text=text_of(number),
        )
    )
