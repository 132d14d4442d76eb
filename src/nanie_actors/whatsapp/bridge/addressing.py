"""Addresses (JIDs) as the library has them: as text, and as one of our groups."""

from __future__ import annotations

from typing import Final

from nanie_actors.errors import InvalidGroup
from nanie_actors.model import GroupId, is_standalone, parse_group_id
from nanie_actors.whatsapp.bridge.converted import Met
from nanie_actors.whatsapp.bridge.library import JID, Jid2String
from nanie_actors.whatsapp.bridge.texts import clean

_ONE_PERSON: Final = ("s.whatsapp.net", "lid", "c.us", "hosted", "hosted.lid", "bot")


def text_of(jid: JID) -> str:
    """A JID as text, with its device; empty where it names nobody."""
    return clean(Jid2String(jid)) if jid.User else ""


def group_of(chat: str) -> GroupId | None:
    """The group whose chat this is; None for every other chat."""
    try:
        group = parse_group_id(chat)
    except InvalidGroup:
        return None
    return None if is_standalone(group) else group


def no_group(chat: str) -> Met:
    """What a chat is that is no group's: one with a person; or a status, a newsletter, a broadcast list."""
    return "direct_chat" if chat.rpartition("@")[2] in _ONE_PERSON else "other_chat"
