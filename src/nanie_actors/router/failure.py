"""What went wrong at the other end, in four words: try again, never again, refused, or somebody must act."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TryAgain:
    """It may succeed later: the network, a restart, a limit. `why` is for the log, without names or texts."""

    why: str


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """It succeeds once somebody acts; `why` says how. Tried again, too: nobody should have to restart."""

    why: str


@dataclass(frozen=True, slots=True)
class Never:
    """This very thing can never be done."""

    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The other end refused what was sent, for a reason that is not known here: perhaps one thing of many,
    perhaps only now."""

    why: str


Failure = TryAgain | Misconfigured | Never | Refused
