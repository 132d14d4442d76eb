"""From the library's events to ours. Pure but for what it learns about who is who, and the time of day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from nanie_actors.model import GroupEvent
from nanie_actors.whatsapp.bridge.addressing import group_of, no_group, text_of
from nanie_actors.whatsapp.bridge.converted import Converted, Met
from nanie_actors.whatsapp.bridge.group_events import GroupReader
from nanie_actors.whatsapp.bridge.history import HistoryReader
from nanie_actors.whatsapp.bridge.library import (
    GroupInfo,
    GroupInfoEv,
    HistorySyncEv,
    JoinedGroupEv,
    MessageEv,
    UndecryptableMessageEv,
)
from nanie_actors.whatsapp.bridge.message_events import MessageReader
from nanie_actors.whatsapp.bridge.moments import Now, wall_clock
from nanie_actors.whatsapp.bridge.push_names import PushNames
from nanie_actors.whatsapp.live.identities import People

__all__ = ("PART", "Converted", "Converter", "Met")

PART: Final = 500
"""At most so many events of history at once: each part becomes one entry of the journal."""


class Converter:
    """One per bridge; one thread at a time. Whatever a message holds, it is converted or counted."""

    def __init__(self, people: People, now: Now = wall_clock) -> None:
        """`now` stands in for times that WhatsApp does not tell, or tells wrongly."""
        self._people = people
        names = PushNames()
        self._messages = MessageReader(people, names, now)
        self._history = HistoryReader(people, names, self._messages, now)
        self._groups = GroupReader(people, now)

    def we_are(self, *jid_texts: str) -> None:
        """The account's own addresses, as far as they are known; as soon as they are known."""
        self._people.we_are(*jid_texts)

    def convert(self, event: object) -> Converted:
        """What one event of the library means to groups. History may be long: see `history`."""
        match event:
            case MessageEv():
                return self._messages.live(event)
            case UndecryptableMessageEv():
                return _undecryptable(event)
            case GroupInfoEv():
                return self._groups.changed(event)
            case JoinedGroupEv():
                return self._groups.joined(event)
            case HistorySyncEv():
                return Converted(tuple(self._history.read(event.Data)), "history")
            case _:
                return Converted((), "unknown_event")

    def history(self, event: HistorySyncEv) -> Iterator[tuple[GroupEvent, ...]]:
        """A chunk of history in parts of at most PART events, each converted when it is asked for."""
        events = self._history.read(event.Data)
        while part := tuple(islice(events, PART)):
            yield part

    def joined_groups(self, groups: Iterable[GroupInfo]) -> tuple[GroupEvent, ...]:
        """The account's groups, as WhatsApp lists them."""
        return tuple(seen for info in groups if (seen := self._groups.described(info)))


def _undecryptable(event: UndecryptableMessageEv) -> Converted:
    """No event: the sender is asked to send it again, and then it comes with the same id."""
    chat = text_of(event.Info.MessageSource.Chat)
    return Converted((), "undecryptable" if group_of(chat) else no_group(chat))
