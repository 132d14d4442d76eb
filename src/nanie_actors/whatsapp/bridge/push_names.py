"""The names people gave themselves: told with live messages, and apart from the messages of history."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from nanie_actors.model import SenderId

REMEMBERED: Final = 10_000
"""A few megabytes; beyond that, whoever has not been heard of for the longest time is forgotten."""

_NO_NAME: Final = "-"


class PushNames:
    """Names by sender. One thread at a time."""

    def __init__(self) -> None:
        self._names: OrderedDict[SenderId, str] = OrderedDict()

    def learn(self, sender: SenderId, name: str) -> None:
        """Somebody is called that. A dash is WhatsApp's word for no name."""
        if not name or name == _NO_NAME:
            return
        self._names[sender] = name
        self._names.move_to_end(sender)
        if len(self._names) > REMEMBERED:
            self._names.popitem(last=False)

    def of(self, sender: SenderId) -> str:
        """What somebody is called; empty where that is not known."""
        return self._names.get(sender, "")
