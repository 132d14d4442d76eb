"""Which events of the library are subscribed to: those the converter understands, and none that is deadly.

An event with a value that the library does not know (a new kind of receipt is enough) ends its event loop,
and it goes on acknowledging messages that nobody gets. So nothing is subscribed to without need.
"""

from __future__ import annotations

from typing import Final

from nanie_actors.whatsapp.bridge.library import (
    GroupInfoEv,
    HistorySyncEv,
    JoinedGroupEv,
    MessageEv,
    UndecryptableMessageEv,
)

WantedEvent = MessageEv | UndecryptableMessageEv | HistorySyncEv | GroupInfoEv | JoinedGroupEv

WANTED: Final[tuple[type[WantedEvent], ...]] = (
    MessageEv,
    UndecryptableMessageEv,
    HistorySyncEv,
    GroupInfoEv,
    JoinedGroupEv,
)
