"""What a group is called, and the JID that a name gives.

An export holds no group id, so the JID is derived from the group's name: the same chat exported twice is the
same group, and two chats of one name are one group (see docs/adr/0011).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from nanie_actors.model import GroupId, parse_group_id
from nanie_actors.whatsapp.export.marks import plain_name

IPHONE_STEM = "_chat"
"""An iPhone calls the text inside every export the same."""

_TITLED = re.compile(
    r"(?:WhatsApp Chat (?:with|[-–])|(?:צ['׳’`]אט|צאט|שיחת) WhatsApp עם|WhatsApp (?:צ['׳’`]אט|שיחה) עם)"
    r"\s+(.+)",
    re.IGNORECASE,
)
_COPY = re.compile(r"\s*\(\d{1,3}\)$")
_NOT_IN_FILE_NAMES = re.compile(r'[/\\:*?"<>|]')
_JID_PREFIX = "1203630"
_JID_DIGITS = 11


def title_in_file_name(stem: str) -> str | None:
    """The chat's name in a file name of WhatsApp's own form (without suffix), or None."""
    found = _TITLED.fullmatch(plain_name(stem))
    return found[1] if found else None


def name_of_group(path: Path, member: str | None, told: Sequence[str]) -> str:
    """The name by which a file's group is known; it decides the JID.

    In this order: the text's name inside the zip, the file's, an unpacked export's folder's; the last name
    that WhatsApp's own lines in the chat tell (`told`); the file's stem. A ` (1)` that a download added to a
    file name is dropped, unless the chat itself tells that it belongs to the name.
    """
    inside = title_in_file_name(PurePosixPath(member).stem) if member else None
    if inside:
        return inside
    stem = path.parent.name if path.stem == IPHONE_STEM else path.stem
    outside = title_in_file_name(stem)
    if outside:
        return outside if outside in told else _COPY.sub("", outside) or outside
    return told[-1] if told else plain_name(stem) or "WhatsApp"


def jid_of_name(name: str) -> GroupId:
    """The group JID of a name: 18 digits like WhatsApp's own, the same on every machine.

    What file systems change in a name does not count: composed or decomposed letters, spaces, and the signs
    that a file name cannot hold.
    """
    composed = unicodedata.normalize("NFC", plain_name(name))
    known = _NOT_IN_FILE_NAMES.sub("_", composed)
    digest = hashlib.sha256(known.encode("utf-8", "surrogatepass")).digest()
    number = int.from_bytes(digest[:8]) % 10**_JID_DIGITS
    return parse_group_id(f"{_JID_PREFIX}{number:0{_JID_DIGITS}}@g.us")
