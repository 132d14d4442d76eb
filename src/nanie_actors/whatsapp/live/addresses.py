"""How WhatsApp writes who somebody is: by hidden id, `222@lid`, or by phone number, `49…@s.whatsapp.net`."""

from __future__ import annotations

from typing import Final

LID_SERVER: Final = "lid"
PHONE_SERVER: Final = "s.whatsapp.net"

_OTHER_NAMES: Final = {"c.us": PHONE_SERVER, "hosted": PHONE_SERVER, "hosted.lid": LID_SERVER}
"""Servers that stand for one of the two: the name of old times, and those of devices a company hosts."""


def person_address(text: str) -> str:
    """An address without the device, on the server's usual name; empty where it names nobody.

    `222:3@lid`, `222.1:3@lid` and `222:3@hosted.lid` are all `222@lid`.
    """
    user, _, server = text.rpartition("@")
    user = user.partition(":")[0].partition(".")[0]
    return f"{user}@{_OTHER_NAMES.get(server, server)}" if user and server else ""


def is_lid(address: str) -> bool:
    """Whether it is a hidden id: a person has one, and keeps it when the phone number changes."""
    return address.endswith("@" + LID_SERVER)


def is_phone(address: str) -> bool:
    """Whether it is a phone number, which may become somebody else's."""
    return address.endswith("@" + PHONE_SERVER)
