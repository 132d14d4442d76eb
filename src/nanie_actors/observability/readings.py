"""Everything that is measured of a worker at one moment, without names of groups, people or conversations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nanie_actors import __version__
from nanie_actors.actors.traffic import Traffic
from nanie_actors.llm.reader import ModelStats
from nanie_actors.observability.mailbox_age import MailboxAges
from nanie_actors.runtime import ActorReport, Unanswered, inspect_all
from nanie_actors.runtime.dead_letters import DeadKind
from nanie_actors.runtime.retired import Deeds
from nanie_actors.storage.log_meter import LogStats
from nanie_actors.timeline.outbox import OutboxState

if TYPE_CHECKING:
    from nanie_actors.assembly import Worker

ANSWER_WITHIN_S: Final = 1.0
"""How long the three actors that there are only one of have to say what they know."""

HEADS: Final = ("guardian", "registry", "gateway")


@dataclass(frozen=True, slots=True)
class KindReading:
    """The actors of one class together. Ages and times in seconds."""

    states: Mapping[str, int]
    mail: int
    system_mail: int
    oldest_mail_s: float
    longest_turn_s: float
    deeds: Deeds


@dataclass(frozen=True, slots=True)
class Reading:
    """A worker at one moment. Of the heads' own words those that did not answer in time are missing."""

    version: str
    started_ms: int
    kinds: Mapping[str, KindReading]
    dead_letters: Mapping[DeadKind, int]
    ingress: tuple[int, int]
    inbox: tuple[int, int]
    """Places taken, and how often an edge had to wait."""
    rows_refused: int
    log: LogStats
    traffic: Mapping[str, Traffic]
    groups: Mapping[str, int]
    conversations: Mapping[str, int]
    linked: int
    quarantined: int
    known_groups: int
    connections: Mapping[str, int]
    texts: Mapping[str, int]
    outbox: Mapping[OutboxState, int]
    unanswered: tuple[str, ...]
    model: ModelStats | None


class Reader:
    """Reads one worker. One thread at a time, and no actor's."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._ages = MailboxAges()

    def read(self) -> Reading:
        """Look at everything; takes as long as it takes to look at every actor once, and ANSWER_WITHIN_S at
        worst for the heads."""
        worker, tree = self._worker, self._worker.tree
        words = inspect_all(worker.system, ANSWER_WITHIN_S, HEADS.__contains__)
        said = {name: word for name, word in words.items() if not isinstance(word, Unanswered)}
        registry, gateway = said.get("registry", {}), said.get("gateway", {})
        reports = worker.system.reports()
        ages = self._ages.look(worker.clock.monotonic(), reports)
        return Reading(
            version=__version__,
            started_ms=worker.started_ms,
            kinds=_kinds(reports, ages, worker.system.retired.by_kind()),
            dead_letters=worker.dead_letters.counts(),
            ingress=(tree.ingress.inside, tree.ingress.waits),
            inbox=(tree.inbox.inside, tree.inbox.waits),
            rows_refused=tree.command_limit.refused,
            log=tree.log.stats(),
            traffic=tree.outlet.traffic(),
            groups=dict(registry.get("lives", {})),
            conversations=dict(registry.get("conversation_lives", {})),
            linked=int(registry.get("conversations", 0)),
            quarantined=len(registry.get("quarantined", ())),
            known_groups=len(tree.directory),
            connections=_connections(gateway),
            texts=dict(gateway.get("texts", {})),
            outbox=tree.group_services.outboxes.counts(),
            unanswered=tuple(name for name in HEADS if name not in said),
            model=None if worker.model is None else worker.model.stats(),
        )


def _kinds(
    reports: list[ActorReport], ages: Mapping[str, float], retired: Mapping[str, Deeds]
) -> dict[str, KindReading]:
    by_kind: dict[str, list[ActorReport]] = {kind: [] for kind in retired}
    for report in reports:
        by_kind.setdefault(report.kind, []).append(report)
    return {
        kind: KindReading(
            states=Counter(report.state for report in members),
            mail=sum(report.depth for report in members),
            system_mail=sum(report.system_depth for report in members),
            oldest_mail_s=ages.get(kind, 0.0),
            longest_turn_s=max((report.busy_s for report in members), default=0.0),
            deeds=_deeds(members, retired.get(kind, Deeds())),
        )
        for kind, members in by_kind.items()
    }


def _deeds(members: list[ActorReport], before: Deeds) -> Deeds:
    for report in members:
        before = before.with_(report)
    return before


def _connections(gateway: Mapping[str, Any]) -> Counter[str]:
    """How many WhatsApp sources are in which state."""
    return Counter(str(source["state"]) for source in gateway.get("sources", {}).values())
