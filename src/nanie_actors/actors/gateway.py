"""The single router of the raw WhatsApp stream: every event to its group, never waiting for one.

It holds leases, not groups: the registry grants a direct route and revokes it before a group stops. While it
has no route it asks once and keeps what comes after, so the order of a group is the order of the stream.

    no route ──first event──► asking ──RouteGranted──► direct ──Revoke──► no route
                                │                         ▲
                                └──RouteParked──► parked ─┘ (Revoke, then asking)
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nanie_actors.actors.directory import GroupDirectory
from nanie_actors.actors.push_ledger import Document
from nanie_actors.actors.tally import Tally
from nanie_actors.errors import InvalidGroup
from nanie_actors.messages import (
    Checkpoint,
    Deliver,
    DropGroup,
    GroupDescription,
    Incoming,
    Released,
    Revoke,
    Route,
    RouteGranted,
    RouteParked,
    SaveDirectory,
    SendSettled,
    SendText,
    SourceChanged,
)
from nanie_actors.model import (
    ConnectionChanged,
    ConnectionState,
    EpochMs,
    GroupId,
    group_of,
    parse_group_id,
)
from nanie_actors.runtime import Clock, PooledActor, PooledRef
from nanie_actors.storage.disk import DiskOk, DiskResult
from nanie_actors.whatsapp.edge import SendFailed, SendOutcome, WhatsAppSource, discreet_name

logger = logging.getLogger(__name__)

SAVE_DIRECTORY_AFTER_S = 2.0
"""How long changes of the group directory are gathered: the stream tells them again, so none is precious."""


LEFT = "the WhatsApp account is not a member of this group any more"
UNREACHED = "no WhatsApp connection reaches this group"


@dataclass(frozen=True, slots=True)
class GatewayServices:
    """Everything outside itself that the gateway touches."""

    sources: Sequence[WhatsAppSource]
    directory: GroupDirectory
    document: Document
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Connection:
    state: ConnectionState
    reason: str
    since: EpochMs
    until: EpochMs | None

    def to_json(self) -> dict[str, Any]:
        until = {} if self.until is None else {"until": self.until}
        return {"state": self.state, "reason": self.reason, "since": self.since, **until}


class GatewayActor(PooledActor):
    """See the module. One per WhatsApp account; its failure ends the process."""

    wide = True

    def __init__(self, services: GatewayServices, registry: PooledRef[Any]) -> None:
        super().__init__()
        self._services = services
        self._registry = registry
        self._directory = services.directory
        self._live = {source.name for source in services.sources if source.live}
        self._routes: dict[GroupId, PooledRef[Any]] = {}
        self._asking: dict[GroupId, list[Deliver]] = {}
        self._parked: set[GroupId] = set()
        self._connections: dict[str, _Connection] = {}
        self._saving = False
        self._texts = Tally()
        self._routed = 0
        self._ignored = 0

    def on_receive(self, message: Any) -> None:
        """The raw stream, leases and sends."""
        match message:
            case Deliver():
                self._incoming(message)
            case Incoming(change, ticket):
                self._connection_changed(change)
                ticket.settle()
            case RouteGranted(group, ref):
                self._granted(group, ref)
            case RouteParked(group):
                self._park(group)
            case Revoke(group):
                self._routes.pop(group, None)
                self._parked.discard(group)
                self._registry.tell(Released(group))
            case GroupDescription(seen):
                self._directory.learn(seen)
                if not self._saving:
                    self._save_later()
            case DropGroup(group):
                self._directory.drop(group)
                self._save()
            case Checkpoint(done):
                done()
            case SendText():
                self._send(message)
            case SaveDirectory():
                self._save()
            case _:
                super().on_receive(message)

    def _incoming(self, delivery: Deliver) -> None:
        event, ticket = delivery.event, delivery.ticket
        group = group_of(event)
        route = self._routes.get(group)
        if route is None and not self._acceptable(group):
            self._ignored += 1
            ticket.settle()
            return
        self._directory.learn(event)
        self._routed += 1
        if ticket.trail is not None:
            ticket.trail.mark("routed", "gateway")
        if not self._saving:
            self._save_later()
        if route is not None:
            route.tell(delivery)
        else:
            self._ask(group, delivery)

    def _acceptable(self, group: GroupId) -> bool:
        """Whether this is a group at all: status broadcasts and direct chats are not."""
        if group in self._asking or group in self._parked:
            return True
        try:
            return parse_group_id(group).endswith("@g.us")
        except InvalidGroup:
            return False

    def _ask(self, group: GroupId, delivery: Deliver) -> None:
        waiting = self._asking.get(group)
        if waiting is not None:
            waiting.append(delivery)
            return
        if group not in self._parked:
            self._asking[group] = []
        self._registry.tell(Route(group, delivery))

    def _granted(self, group: GroupId, ref: PooledRef[Any]) -> None:
        self._routes[group] = ref
        for delivery in self._asking.pop(group, ()):
            ref.tell(delivery)

    def _park(self, group: GroupId) -> None:
        self._routes.pop(group, None)
        self._parked.add(group)
        for delivery in self._asking.pop(group, ()):
            self._registry.tell(Route(group, delivery))

    def _connection_changed(self, change: ConnectionChanged) -> None:
        # Why a played file failed names the file: that is for the dump, where somebody asks for names.
        reason = f" ({change.reason})" if change.reason and change.source in self._live else ""
        logger.info("%s: %s%s", discreet_name(change.source), change.state, reason)
        before = self._connections.get(change.source)
        since = EpochMs(self._services.clock.now_ms())
        if before is not None and before.state == change.state:
            since = before.since
        self._connections[change.source] = _Connection(change.state, change.reason, since, change.until)
        self._registry.tell(SourceChanged(change.source, change.state, since, change.until))

    def _send(self, message: SendText) -> None:
        text, reply_to = message.text, message.reply_to
        known = self._directory.get(text.group)
        source = next((s for s in self._services.sources if s.reaches(text.group)), None)
        if known is not None and not known.joined:
            reply_to.tell_system(SendSettled(text, SendFailed(LEFT)))
        elif source is None:
            reply_to.tell_system(SendSettled(text, SendFailed(UNREACHED)))
        else:
            source.send(text, lambda outcome: self._sent(message, outcome))

    def _sent(self, message: SendText, outcome: SendOutcome) -> None:
        """On a thread of the source."""
        self._texts.add(type(outcome).__name__.removeprefix("Send").lower())
        message.reply_to.tell_system(SendSettled(message.text, outcome))

    def _save_later(self) -> None:
        self._saving = True
        self.context.after(SAVE_DIRECTORY_AFTER_S, SaveDirectory(), system=False)

    def _save(self) -> None:
        self._saving = False
        self._services.document.save(self._directory.to_json(), _log_failure)

    def inspect(self) -> Mapping[str, Any]:
        """The gateway's own words for the dump."""
        return {
            "sources": {name: known.to_json() for name, known in self._connections.items()},
            "routed": self._routed,
            "ignored": self._ignored,
            "routes": len(self._routes),
            "asking": len(self._asking),
            "parked": len(self._parked),
            "groups": len(self._directory),
            "texts": self._texts.counts(),
        }


def _log_failure(result: DiskResult) -> None:
    if not isinstance(result, DiskOk):
        logger.warning("the group directory could not be written (%s)", result.reason)
