"""What WhatsApp itself says in a chat: who created the group, who joined, what it is called now.

Read in English and Hebrew. In another language a notice is only known by having no sender, and a new name
in it goes unnoticed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nanie_actors.whatsapp.export.marks import MARKS, plain_name

_QUOTED = r"[\"“”״„](?P<name>.+)[\"“”״]"
_NAMING = re.compile(
    rf"[^:]+ created (?:the )?group {_QUOTED}"
    rf"|[^:]+ changed the (?:subject|group name)(?: from .+?)? to {_QUOTED.replace('name', 'renamed')}"
    rf"|[^:]*(?:יצרת|יצר/ה|יצרה|יצר) את (?:ה?קבוצה|קבוצת) {_QUOTED.replace('name', 'created_he')}"
    r"|[^:]*(?:שינית|שינה/תה|שינתה|שינה|החלפת|החליף/ה|החליפה|החליף) את (?:ה?נושא|שם)(?: ה?קבוצה)?"
    rf"(?: מ.+?)? ל-?\s?{_QUOTED.replace('name', 'renamed_he')}"
    rf"|(?:ה?נושא|שם)(?: ה?קבוצה)? (?:שונה|השתנה)[^:]* ל-?\s?{_QUOTED.replace('name', 'passive_he')}",
    re.DOTALL,
)
_ENCRYPTION = re.compile(
    r"Messages and calls are end-to-end encrypt|Messages (?:you send )?to this (?:group|chat)"
    r"|ה?הודעות ו?ה?שיחות מוצפנות מקצה לקצה|כעת ההודעות הנשלחות בקבוצה זו מאובטחות"
)
_ROSTER = re.compile(
    r"[^:]+? (?:added|removed) (?P<who>.+)"
    r"|(?P<self>.+?) (?:joined (?:using|from|via)|left$|was added|was removed|is now an admin)"
    r"|[^:]*?(?:הוסיף/ה|הוסיפה|הוסיף|צירף/ה|צירפה|צירף|צירפת|הוספת|הסיר/ה|הסירה|הסיר|הסרת) את (?P<who_he>.+)"
    r"|(?P<self_he>.+?) (?:הצטרף/ה|הצטרפה|הצטרף|עזב/ה|עזבה|עזב|צורף/ה)(?: |$)"
)
_OTHER = re.compile(
    r".*(?:created this group|changed (?:this|the) group|changed to|changed their phone number|"
    r"now an admin|no longer an admin|security code|disappearing messages|pinned a message|"
    r"(?:were|was) (?:added|removed)|joined|left|missed (?:voice|video|group)|(?:voice|video) call|"
    r"this group's icon|the settings|started a call|group description|this group$)"
    r"|.*(?:נוצרה על ידי|תמונת ה?קבוצה|סמל הקבוצה|תיאור ה?קבוצה|הגדרות ה?קבוצה|קוד האבטחה|מנהל/ת|"
    r"הודעות נעלמות|הודעות זמניות|שיחת (?:קול|וידאו|טלפון)|שיחה קולית|צורפת|נוספת|קישור ה?הזמנה|מספר חדש)",
    re.DOTALL | re.IGNORECASE,
)
_FIXED = re.compile(
    r"You(?:'re|r)? |Missed (?:voice|video|group)|(?:Voice|Video) call|This group|The group"
    r"|צורפת|צירפת|הוספת|נוספת|יצרת|שינית|החלפת|(?:שם |תמונת |תיאור )?ה?קבוצה|ה?נושא|קוד האבטחה|שיח[הת]"
)
_LONGEST_NAME = 200
_LONGEST_NOTICE = 1000


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing WhatsApp said: the group's name if it told one, and the people it named."""

    group_name: str | None = None
    people: tuple[str, ...] = ()


def read_notice(text: str) -> Notice | None:
    """Read a text as a notice; None when it is none that we know."""
    if len(text) > _LONGEST_NOTICE:
        return None
    text = text.strip().strip(MARKS).strip()
    naming = _NAMING.fullmatch(text.rstrip("."))
    if naming is not None:
        name = plain_name(next(filter(None, naming.groups()), ""))
        return Notice(group_name=name[:_LONGEST_NAME] or None)
    if _ENCRYPTION.match(text):
        return Notice()
    roster = _ROSTER.match(text)
    if roster is not None:
        return Notice(people=_people(next(filter(None, roster.groups()), "")))
    return Notice() if _OTHER.match(text) else None


def read_signed_notice(text: str, signed: str) -> Notice | None:
    """Read what an iPhone signs with a name: a notice is about that person, about you, or of a fixed form.

    Anything else may be a person's own words, and those must not be lost for a notice.
    """
    bare = text.strip().strip(MARKS).strip()
    if plain_name(bare[:_LONGEST_NOTICE]).startswith(signed) or _FIXED.match(bare):
        return read_notice(bare)
    return None


def speaks_of_encryption(text: str) -> bool:
    """Whether this is the notice at the head of every chat; an iPhone signs it with the chat's own name."""
    return _ENCRYPTION.match(text.strip().strip(MARKS).strip()) is not None


def _people(listed: str) -> tuple[str, ...]:
    names = re.split(r", | and ", listed.rstrip("."))
    return tuple(plain_name(name) for name in names if name)
