"""What people share that is no text, put into words: places, contacts, polls, appointments."""

from __future__ import annotations

import math
from typing import Any

from nanie_actors.whatsapp.bridge.texts import clean, lines


def place(message: Any) -> str:
    """A place's name and address, or its coordinates where it has neither."""
    named = lines(message.name, message.address)
    return lines(named or _coordinates(message), message.comment)


def live_place(message: Any) -> str:
    """Where somebody is who shares it for a while: their words, or the coordinates at first."""
    return clean(message.caption) or _coordinates(message)


def contact(message: Any) -> str:
    """The name on a contact's card."""
    return clean(message.displayName) or _full_name(clean(message.vcard))


def contacts(message: Any) -> str:
    """The names on several cards, one a line."""
    return lines(*(contact(one) for one in message.contacts)) or clean(message.displayName)


def poll(message: Any) -> str:
    """A poll's question, and below it what can be chosen."""
    return lines(message.name, *(f"- {clean(option.optionName)}" for option in message.options))


def poll_result(message: Any) -> str:
    """A poll's question, and below it how it was answered."""
    votes = (f"- {clean(vote.optionName)}: {vote.optionVoteCount}" for vote in message.pollVotes)
    return lines(message.name, *votes)


def event(message: Any) -> str:
    """An appointment's name, description and place.

    Not its time: whoever reads the text takes a clock time in it for the household's, and the household's
    zone is not known here.
    """
    where = place(message.location) if message.HasField("location") else ""
    return lines(message.name, message.description, where, message.joinLink)


def _coordinates(message: Any) -> str:
    where = (message.degreesLatitude, message.degreesLongitude)
    known = message.HasField("degreesLatitude") and all(math.isfinite(degrees) for degrees in where)
    return f"{where[0]:.6f}, {where[1]:.6f}" if known else ""


def _full_name(card: str) -> str:
    """RFC 6350: the property FN, perhaps with parameters, is there once or more."""
    for line in card.splitlines():
        name, colon, value = line.partition(":")
        if colon and name.partition(";")[0].upper() == "FN":
            return value.strip()
    return ""
