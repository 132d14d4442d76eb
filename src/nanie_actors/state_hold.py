"""How a running worker helps whoever copies its state directory, as the control socket asks it to."""

from __future__ import annotations

import logging
from threading import Event

from nanie_actors.errors import Unavailable
from nanie_actors.storage.disk import Disk, DiskError
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.shared_log import SharedLog
from nanie_actors.storage.state_cut import StateCut, take_cut

logger = logging.getLogger(__name__)

CUT_WITHIN_S = 60.0
"""How long a cut waits for its turn on the bulk lane: behind the snapshots that are queued there."""


class LiveStateHold:
    """Implements inspection.port.StateHold: from its making to its end no segment of the log goes."""

    def __init__(self, disk: Disk, layout: StateLayout, log: SharedLog) -> None:
        self._disk = disk
        self._layout = layout
        self._log = log
        self._hold = log.hold()
        logger.info("the state directory is being copied: the shared log is held")

    def cut(self) -> StateCut:
        """What the small files are and how long the log is, at one moment. Raises Unavailable."""
        found: list[StateCut | DiskError] = []
        taken = Event()

        def done(cut: StateCut | DiskError) -> None:
            found.append(cut)
            taken.set()

        take_cut(self._disk, self._layout, self._log, done)
        if not taken.wait(CUT_WITHIN_S):
            raise Unavailable("The worker's disk is too busy for a backup: try again.")
        if isinstance(found[0], DiskError):
            raise Unavailable(f"The worker cannot read its own files ({found[0].reason}): see to the disk.")
        return found[0]

    def end(self) -> str | None:
        """Let the segments go; why what was copied is of no use, None if it is. May be called twice."""
        self._log.let_go(self._hold)
        return self._hold.broken
