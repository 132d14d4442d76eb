"""What the library's events say about the connection, as reports. Pure.

```
ConnectedEv ──► (groups are asked for) ──► Connected        DisconnectedEv ──► Disconnected, goes on
LoggedOutEv, StreamReplacedEv, TemporaryBanEv, ClientOutdatedEv, ConnectFailureEv ──► a report, and the end
```
After the ones of the second line the library's `connect` neither returns nor connects again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nanie_actors.whatsapp.bridge.library import (
    ClientOutdatedEv,
    ConnectedEv,
    ConnectFailureEv,
    DisconnectedEv,
    KeepAliveRestoredEv,
    KeepAliveTimeoutEv,
    LoggedOutEv,
    PairStatusEv,
    StreamErrorEv,
    StreamReplacedEv,
    TemporaryBanEv,
)
from nanie_actors.whatsapp.live.reports import (
    Banned,
    Disconnected,
    LoggedOut,
    Outdated,
    Replaced,
    Report,
    Unreachable,
)

CONNECTION_EVENTS: Final = (
    ConnectedEv,
    DisconnectedEv,
    LoggedOutEv,
    StreamReplacedEv,
    TemporaryBanEv,
    ClientOutdatedEv,
    ConnectFailureEv,
    StreamErrorEv,
    KeepAliveTimeoutEv,
    KeepAliveRestoredEv,
    PairStatusEv,
)
"""All that are subscribed beside those that become events of groups. A ban or a failure with a code that the
library does not know ends its event loop, and so is told after all: see `told_by_the_end`."""

_LOGGED_OUT: Final[Mapping[str, str]] = {
    "LOGGED_OUT": "the device was removed on the phone",
    "MAIN_DEVICE_GONE": "WhatsApp says that the phone is gone; the account may be locked",
    "UNKNOWN_LOGOUT": "WhatsApp logged the account out; it may be banned",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """The connection is over for good; this report says why."""

    report: Report


def told_by(event: object, now_ms: int) -> Report | Ended | None:
    """What an event of the connection says; None if it is only counted."""
    match event:
        case DisconnectedEv():
            return Disconnected()
        case LoggedOutEv():
            return Ended(LoggedOut(_why_logged_out(event)))
        case StreamReplacedEv():
            return Ended(Replaced())
        case TemporaryBanEv():
            until = now_ms + event.Expire * 1000 if event.Expire > 0 else None
            return Ended(Banned(event.Code, until))
        case ClientOutdatedEv():
            return Ended(Outdated())
        case ConnectFailureEv():
            reason = ConnectFailureEv.DESCRIPTOR.fields_by_name["Reason"].enum_type
            name = reason.values_by_number[event.Reason].name if reason else str(event.Reason)
            return Ended(Unreachable(f"WhatsApp refuses the connection ({name})"))
        case _:
            return None


def _why_logged_out(event: LoggedOutEv) -> str:
    if not event.OnConnect:
        return _LOGGED_OUT["LOGGED_OUT"]
    reason = LoggedOutEv.DESCRIPTOR.fields_by_name["Reason"].enum_type
    name = reason.values_by_number[event.Reason].name if reason else str(event.Reason)
    return _LOGGED_OUT.get(name, f"WhatsApp logged the account out ({name})")


def told_by_the_end(error: Exception | None) -> Report:
    """What the end of the library's `connect` says. It ends by an error that it cannot put into an event."""
    text = str(error) if error else "the library ended the connection"
    if "neonize.TemporaryBan." in text:
        return Banned(0, None)
    if "neonize.LoggedOut." in text:
        return LoggedOut("WhatsApp logged the account out, for a reason that the library does not know")
    return Unreachable("".join(sign for sign in text if sign.isprintable())[:300])
