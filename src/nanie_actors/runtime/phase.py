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
