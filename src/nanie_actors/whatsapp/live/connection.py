"""The life of the connection to WhatsApp. Pure: reports, looks and times in, states and one action out.

```
             ┌── in use ──► pairing ──┐
 unpaired ───┴──────── paired ────────┴──► connecting ──Connected, and all handed in──► online
    ▲ nothing is paired                     ▲      │                                   │     ▲
    │                                  due  │      │ the bridge ended          dropped │     │ restored
    │                                       │      ▼                                   ▼     │
 logged_out ── paired anew ──►          offline (until) ◄──── the bridge ended ──── offline ─┘
    ▲                                   replaced (until)  ◄─┐
    └── the device was removed ───────  banned (until)    ◄─┼── the bridge's last word
                                        outdated (until)  ◄─┘
```

At most one bridge exists. It is started when the session is paired, free, and the wait is over; it ends by
itself after its last word, and is killed when it does not, or gives no sign of life.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from nanie_actors.model import ConnectionState
from nanie_actors.settings.sections import WhatsAppSettings
from nanie_actors.whatsapp.live.connection_status import Moment, Status
from nanie_actors.whatsapp.live.reports import (
    Banned,
    Connected,
    Disconnected,
    LoggedOut,
    Outdated,
    Replaced,
    Report,
    Unreachable,
)
from nanie_actors.whatsapp.live.session import SessionLook

Action = Literal["start", "stop", "kill"]
"""For whoever holds the process: start a bridge, order it to end, end it."""

Phase = Literal["none", "up", "ending"]

LOOK_S: Final = 2.0
"""How often the session is looked at while no bridge runs."""

STUCK_S: Final = 60.0
"""A bridge gives a sign every five seconds; after this long without one it is stuck."""

ENDING_S: Final = 10.0
"""A bridge that said its last word ends within about seven seconds: it takes in what is queued first."""

STANDSTILL_S: Final = 15.0
"""Longer than this between two ticks, and it was us who stood still: nobody else's silence is counted."""

CONNECTS_WITHIN_S: Final = 300.0
"""The library tries to restore a connection for ever; after this long a new bridge may do better."""

STEADY_S: Final = 60.0
"""A connection that lasted this long was a good one: the next failure counts as the first."""

RARELY_S: Final = 6 * 3600.0
"""Between attempts that only somebody's help makes any better: an upgrade, another pairing."""

BAN_UNTOLD_S: Final = 3600.0
SHORTEST_BAN_S: Final = 60.0
"""Even if the clocks say that it is over."""


PAIR: Final = "no WhatsApp account is linked: run nanie pair"
IN_USE: Final = "another process uses the session, most likely nanie pair"
UPGRADE: Final = "WhatsApp refuses this version of its library: upgrade nanie-actors and start it again"


class Connection:
    """Every input is legal in every state; one that comes too late changes nothing. One thread."""

    def __init__(self, settings: WhatsAppSettings, jitter: Callable[[], float]) -> None:
        """`jitter` gives a number from 0 to 1, so that many workers do not come back at once."""
        self._settings = settings
        self._jitter = jitter
        self._phase: Phase = "none"
        self._stopping = False
        self._due = 0.0  # not before this a bridge is started
        self._ticked = self._last_sign = 0.0
        self._apart_since = 0.0  # a bridge runs, and is not logged in
        self._kill_at: float | None = None
        self._failures = 0
        self._logged_in = False
        self._online_since: float | None = None
        self._device = ""  # of the bridge that runs, or ran last
        self.status = Status("connecting")

    @property
    def online(self) -> bool:
        """Whether texts can be sent."""
        return self._phase == "up" and self.status.state == "online"

    @property
    def has_bridge(self) -> bool:
        """Whether a bridge was started whose end was not told yet."""
        return self._phase != "none"

    def pause(self, now: Moment) -> float:
        """Seconds until the next `tick` at the latest."""
        if self._phase != "none" or self._due <= now.s:
            return LOOK_S
        return min(LOOK_S, self._due - now.s)

    def tick(self, now: Moment, look: SessionLook) -> Action | None:
        """Time has passed; `look` is what the session looks like, of interest while there is no bridge."""
        self._forgive_standstill(now)
        if self._phase == "none":
            return None if self._stopping else self._without_bridge(now, look)
        if self._kill_at is not None:
            return "kill" if now.s >= self._kill_at else None
        if now.s - self._last_sign >= STUCK_S:
            self._lost(now, "the bridge gave no sign of life and was ended")
            self._kill_at = now.s
            return "kill"
        if not self._logged_in and now.s - self._apart_since >= CONNECTS_WITHIN_S:
            self._lost(now, "the connection was not made, or not restored, for minutes")
            return "stop"
        return None

    def reported(self, now: Moment, report: Report) -> None:
        """The bridge said this."""
        if self._phase != "up":
            return
        self._last_sign = now.s
        match report:
            case Connected():
                self._logged_in = True
            case Disconnected():
                self._dropped(now)
                self.status = Status("offline", "the connection dropped; it is being restored")
            case LoggedOut(why=why):
                self._last_word(now, Status("logged_out", f"{why}: run nanie pair"), RARELY_S)
            case Replaced():
                self._wait(
                    now, "replaced", "another program uses this session", self._settings.replaced_wait_s
                )
            case Banned(code=code, until=until):
                wait = BAN_UNTOLD_S if until is None else max(SHORTEST_BAN_S, (until - now.ms) / 1000)
                self._wait(now, "banned", f"WhatsApp refuses the account for a while (code {code})", wait)
            case Outdated():
                self._wait(now, "outdated", UPGRADE, RARELY_S)
            case Unreachable(why=why):
                self._lost(now, why)
            case _:
                pass

    def caught_up(self, now: Moment) -> None:
        """All that the journal held when `Connected` was reported was handed in."""
        if self._phase == "up" and self._logged_in and not self.online:
            self._online_since = now.s
            self.status = Status("online")

    def ended(self, now: Moment, why: str) -> None:
        """The bridge's process is gone; `why` is what its end looked like."""
        if self._phase == "up":
            self._lost(now, why)
        self._phase, self._kill_at = "none", None

    def stop(self, now: Moment) -> Action | None:
        """Nothing is started any more."""
        self._stopping = True
        if self._phase == "none":
            return None
        self._phase = "ending"
        self._kill_at = now.s + ENDING_S
        return "stop"

    def _without_bridge(self, now: Moment, look: SessionLook) -> Action | None:
        if look.in_use:
            if self.status.state in ("connecting", "unpaired", "logged_out"):
                self.status = Status("pairing", IN_USE)
            return None
        if not look.device and not look.mendable:
            if self.status.state != "logged_out":
                self.status = Status("unpaired", look.trouble or PAIR)
            return None
        unchanged = look.device in ("", self._device) and self.status.state != "pairing"
        if unchanged and now.s < self._due:
            return None
        return self._start(now, look.device or self._device)

    def _start(self, now: Moment, device: str) -> Action:
        self._phase, self._device = "up", device
        self._last_sign = self._apart_since = now.s
        self.status = Status("connecting")
        return "start"

    def _forgive_standstill(self, now: Moment) -> None:
        stood_still = now.s - self._ticked
        self._ticked = now.s
        if stood_still > STANDSTILL_S:
            self._last_sign = min(now.s, self._last_sign + stood_still)
            self._apart_since = min(now.s, self._apart_since + stood_still)
            if self._kill_at is not None:
                self._kill_at += stood_still

    def _lost(self, now: Moment, why: str) -> None:
        """No connection, for a reason that may pass: the wait grows with every failure."""
        self._dropped(now)
        longest = min(
            self._settings.max_retry_s, self._settings.first_retry_s * 2.0 ** min(self._failures, 32)
        )
        self._failures += 1
        self._wait(now, "offline", why, longest * (1 + self._jitter()) / 2)

    def _wait(self, now: Moment, state: ConnectionState, reason: str, seconds: float) -> None:
        self._last_word(now, Status(state, reason, now.later(seconds)), seconds)

    def _last_word(self, now: Moment, status: Status, wait_s: float) -> None:
        """The bridge is about to end, and this is how things stand then."""
        self._dropped(now)
        self.status = status
        self._due = now.s + wait_s
        self._phase = "ending"
        self._kill_at = now.s + ENDING_S

    def _dropped(self, now: Moment) -> None:
        if self._online_since is not None and now.s - self._online_since >= STEADY_S:
            self._failures = 0
        if self._logged_in:
            self._apart_since = now.s
        self._online_since = None
        self._logged_in = False
