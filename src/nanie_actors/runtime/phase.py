"""Where an actor is in its life."""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """What may happen to a cell next; the picture of the transitions is in `life`."""

    STARTING = "starting"
    OPEN = "open"
    FAILED = "failed"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"


OPEN: Phase = Phase.OPEN
STOPPED: Phase = Phase.STOPPED
"""For each turn: to look a member up in its class takes ten times as long. Type checkers take these for any
phase, and so do not believe that a handler leaves it as it was."""
