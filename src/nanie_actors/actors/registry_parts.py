"""What the registry is made of, and what it is given to work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nanie_actors.actors.access import AccessPolicy
from nanie_actors.actors.auditor import Auditor
from nanie_actors.actors.child_fates import ChildFates
from nanie_actors.actors.children import Children, ChildServices
from nanie_actors.actors.closing import Closing
from nanie_actors.actors.code_desk import CodeDesk, CodeServices
from nanie_actors.actors.conversation_lives import ConversationLives
from nanie_actors.actors.directory import GroupDirectory
from nanie_actors.actors.erasures import Erasures, ErasureServices
from nanie_actors.actors.group_lives import GroupLives
from nanie_actors.actors.link_desk import LinkDesk, LinkServices
from nanie_actors.actors.linking import Linking
from nanie_actors.actors.links import Links
from nanie_actors.actors.outage_desk import OutageDesk, OutageServices
from nanie_actors.actors.outlet import Outlet
from nanie_actors.actors.parking import Parking
from nanie_actors.actors.quarantine import QuarantineWard
from nanie_actors.actors.retention import Retention
from nanie_actors.messages import SendAgain, SetListeners
from nanie_actors.model import GroupId, RowId
from nanie_actors.runtime import ActorContext, Clock, PooledRef
from nanie_actors.storage.mappings import MappingsStore
from nanie_actors.ticket import Ticket


@dataclass(frozen=True, slots=True)
class RegistryServices:
    """Everything outside itself that the registry touches."""

    store: MappingsStore
    links: Links
    handled_rows: set[RowId]
    added_rows: dict[RowId, bool]
    directory: GroupDirectory
    policy: AccessPolicy
    codes: CodeServices
    auditor: Auditor
    erasures: ErasureServices
    outlet: Outlet
    parking: Parking
    admit: Callable[[GroupId], Ticket]
    outages: OutageServices
    children: ChildServices
    clock: Clock
    wake: frozenset[GroupId]
    """Groups with unfinished work: they are started with the worker."""
    erase_orphans: bool
    message_days: int
    stored_groups: Callable[[], list[GroupId]]


class RegistryParts:
    """Made when the gateway is known; used on the registry's thread."""

    def __init__(self, context: ActorContext, services: RegistryServices, gateway: PooledRef[Any]) -> None:
        links = services.links
        self.children = Children(context, services.children, gateway)
        pushes = services.children.conversation.pushes
        self.ward = QuarantineWard(
            self.children,
            gateway,
            services.parking,
            pushes,
            services.admit,
            services.auditor,
            context.ref,
            dismissed=self._erased,
        )
        self.groups = GroupLives(
            self.children,
            gateway,
            links,
            listeners=self._listeners,
            refuse=self.ward.refuse,
            erased=self._erased,
        )
        self.retention = Retention(
            context,
            self.groups,
            services.clock,
            days=services.message_days,
            stored=services.stored_groups,
        )
        self.conversations = ConversationLives(self.children, links, services.outlet, self.groups)
        self.outages = OutageDesk(
            context,
            services.outages,
            links,
            services.outlet,
            services.clock,
            reached=lambda: self.groups.tell_awake(SendAgain()),
        )
        self.codes = CodeDesk(context, services.codes, self.groups, services.auditor, services.clock)
        erasing: set[GroupId] = set()
        link_services = _link_services(services, self.codes, erasing)
        self.desk = LinkDesk(link_services, context.ref, self.groups, self.conversations)
        self.erasures = Erasures(
            services.erasures,
            context.ref,
            gateway,
            children=self.children,
            links=links,
            groups=self.groups,
            ward=self.ward,
            desk=self.desk,
            codes=self.codes,
            auditor=services.auditor,
            blocked=erasing,
        )
        self.closing = Closing(self.children, self.groups, self.conversations, self.desk)
        self.fates = ChildFates(
            self.children, self.groups, self.conversations, self.ward, self.closing, services.clock
        )

    def _listeners(self, group: GroupId) -> SetListeners:
        return self.conversations.listeners(group)

    def _erased(self, group: GroupId) -> None:
        self.erasures.actor_gone(group)


def _link_services(services: RegistryServices, codes: CodeDesk, erasing: set[GroupId]) -> LinkServices:
    return LinkServices(
        store=services.store,
        links=services.links,
        handled_rows=services.handled_rows,
        added_rows=services.added_rows,
        directory=services.directory,
        linking=Linking(
            services.directory,
            services.policy,
            services.links,
            lambda: services.outages.reachability.outage,
        ),
        codes=codes,
        auditor=services.auditor,
        erasing=erasing,
        clock=services.clock,
        erase_orphans=services.erase_orphans,
    )
