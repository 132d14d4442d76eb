"""What the registry knows of the connection to WhatsApp, and tells those who wait for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from nanie_actors.actors.links import Links
from nanie_actors.actors.outages import OutageBoard, OutageWatch, Reachability
from nanie_actors.actors.outlet import Outlet
from nanie_actors.messages import OutageDue, SourceChanged
from nanie_actors.protocol.outages import ONLINE_PUSH, Outage, offline_push
from nanie_actors.runtime import ActorContext, Clock

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OutageServices:
    """What the desk works with; `after_s` is how long an outage lasts before it is told."""

    reachability: Reachability
    board: OutageBoard
    after_s: float


class OutageDesk:
    """Used by the RegistryActor only."""

    def __init__(
        self,
        context: ActorContext,
        services: OutageServices,
        links: Links,
        outlet: Outlet,
        clock: Clock,
        *,
        reached: Callable[[], None],
    ) -> None:
        """`reached` is called when WhatsApp can be reached again."""
        self._context = context
        self._reachability = services.reachability
        self._board = services.board
        self._after_s = services.after_s
        self._links = links
        self._outlet = outlet
        self._clock = clock
        self._reached = reached
        self._watch = OutageWatch(services.after_s)
        self._look()

    @property
    def outage(self) -> Outage | None:
        """What is wrong with the connection now, if anything."""
        return self._reachability.outage

    def changed(self, change: SourceChanged) -> None:
        """A source's connection changed."""
        before = self._reachability.outage
        self._reachability.changed(change.source, change.state, change.until, change.since)
        self._look()
        if before is not None and self._reachability.outage is None:
            self._reached()

    def due(self) -> None:
        """An outage could have lasted long enough."""
        if self._watch.lasts(self._clock.monotonic()):
            self._look()
            if self._board.push is not None:
                self._tell_all(self._board.push)

    def _look(self) -> None:
        outage = self._reachability.outage
        if outage is not None:
            if self._watch.down(self._clock.monotonic()):
                self._context.after(self._after_s, OutageDue())
            self._board.push = offline_push(outage) if self._watch.told else None
        else:
            self._board.push = None
            if self._watch.back():
                self._tell_all(ONLINE_PUSH)

    def _tell_all(self, body: bytes) -> None:
        """Best effort: whoever is not reached sees from the next answer how things stand."""
        for conversation in self._links.of_whatsapp():
            try:
                self._outlet.push(conversation, body, lambda _: None)
            except Exception:
                logger.warning("a conversation could not be told of the connection", exc_info=True)
