"""Forgetting a group while the worker runs: its links go first, then its actor with its files, then the rest.

    noting ──► unlinking ──► erasing ──────────────────────────► sweeping ──► done
                                └─(quarantined) removing ─ dismissing ──┘

What is to be erased is on disk before anything goes. If the worker ends half-way, its next start goes on with
it (storage/erasing.py). Until then nobody can link the group.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

from nanie_actors.actors.auditor import Auditor
from nanie_actors.actors.children import Children
from nanie_actors.actors.code_desk import CodeDesk
from nanie_actors.actors.group_lives import GroupLives
from nanie_actors.actors.link_desk import LinkDesk
from nanie_actors.actors.links import Links
from nanie_actors.actors.quarantine import QuarantineWard
from nanie_actors.messages import DropGroup, EraseGroup, ErasureStep, ErasureStepName
from nanie_actors.model import GroupId
from nanie_actors.runtime import PooledRef
from nanie_actors.storage.disk import Disk, DiskOk, DiskResult, Done
from nanie_actors.storage.documents import JsonDocument
from nanie_actors.storage.erasing import GROUPS, loose_files, remove_all
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.mappings import MappingsStore

logger = logging.getLogger(__name__)

UNLINK_TRIES = 3
"""How often the map is tried before an erasure is put off to the next start."""

Stage = Literal["noting", "unlinking", "erasing", "removing", "dismissing", "sweeping"]


class ForgettingLog(Protocol):
    """The shared log, as an erasure uses it. Nothing here blocks."""

    def forget(self, group: GroupId, done: Done) -> None:
        """The group's lines must not come back."""

    def renew(self, done: Done) -> None:
        """Let go of every segment with void lines in it."""


@dataclass(frozen=True, slots=True)
class ErasureServices:
    """Where a group's data is, beside its actor."""

    disk: Disk
    layout: StateLayout
    log: ForgettingLog
    store: MappingsStore
    document: JsonDocument


@dataclass(slots=True)
class _Erasure:
    answers: list[Callable[[str | None], None]]
    stage: Stage = "noting"
    tries: int = 0


class Erasures:
    """Used by the RegistryActor only."""

    def __init__(
        self,
        services: ErasureServices,
        registry: PooledRef[Any],
        gateway: PooledRef[Any],
        *,
        children: Children,
        links: Links,
        groups: GroupLives,
        ward: QuarantineWard,
        desk: LinkDesk,
        codes: CodeDesk,
        auditor: Auditor,
        blocked: set[GroupId],
    ) -> None:
        """`blocked` are the groups that nobody may link; the LinkDesk looks at it, too."""
        self._services = services
        self._registry = registry
        self._gateway = gateway
        self._children = children
        self._links = links
        self._groups = groups
        self._ward = ward
        self._desk = desk
        self._codes = codes
        self._auditor = auditor
        self._blocked = blocked
        self._under_way: dict[GroupId, _Erasure] = {}

    @property
    def groups(self) -> dict[GroupId, Stage]:
        """What is being erased, and how far it is, for the dump."""
        return {group: erasure.stage for group, erasure in self._under_way.items()}

    def begin(self, message: EraseGroup) -> None:
        """Somebody wants a group forgotten."""
        erasure = self._under_way.get(message.group)
        if erasure is not None:
            erasure.answers.append(message.answer)
            return
        self._under_way[message.group] = _Erasure([message.answer])
        self._blocked.add(message.group)
        self._save_intents(message.group, "noted")

    def step(self, message: ErasureStep) -> None:
        """The disk settled a step."""
        group, erasure = message.group, self._under_way.get(message.group)
        if erasure is None:
            return
        if not isinstance(message.result, DiskOk):
            self._fail(group, erasure, message.result.reason)
            return
        match message.step:
            case "noted":
                erasure.stage = "unlinking"
            case "removed":
                self._dismiss(group, erasure)
            case "swept":
                self._blocked.discard(group)
                self._save_intents(group, "ended")
            case "ended":
                self._finish(group, erasure)

    def actor_gone(self, group: GroupId) -> None:
        """Its actor is gone, and the group's own files with it."""
        erasure = self._under_way.get(group)
        if erasure is not None and erasure.stage in ("erasing", "dismissing"):
            erasure.stage = "sweeping"
            self._sweep(group)

    def go_on(self) -> None:
        """Call after every message of the registry: what an erasure waits for may have happened."""
        for group, erasure in list(self._under_way.items()):
            if erasure.stage == "unlinking" and not self._desk.busy:
                self._unlink(group, erasure)
            if erasure.stage == "erasing":
                self._erase(group, erasure)

    # ── the steps ───────────────────────────────────────────────────────────────────────────────────────

    def _unlink(self, group: GroupId, erasure: _Erasure) -> None:
        listeners = self._links.listeners(group)
        if not listeners:
            erasure.stage = "erasing"
        elif erasure.tries == UNLINK_TRIES:
            self._fail(group, erasure, "the conversation map could not be written")
        else:
            erasure.tries += 1
            for conversation in listeners:
                self._desk.unlink(conversation)

    def _erase(self, group: GroupId, erasure: _Erasure) -> None:
        """Have the group's actor erase it, whatever it is doing; one that was given up has none."""
        child = self._children.groups.get(group)
        if child is None:
            self._groups.erase(self._groups.wake(group))
        elif child.life == "quarantined":
            erasure.stage = "removing"
            self._children.when_written(group, lambda: self._remove(group))
        elif not child.erase and not child.erasing:
            self._groups.erase(child)

    def _remove(self, group: GroupId) -> None:
        """What a group that was given up has on disk. On any thread."""
        services, told = self._services, self._telling(group, "removed")

        def forgotten(result: DiskResult) -> None:
            if isinstance(result, DiskOk):
                remove_all(services.disk, [services.layout.memory(group)], told)
            else:
                told(result)

        services.log.forget(group, forgotten)

    def _dismiss(self, group: GroupId, erasure: _Erasure) -> None:
        child = self._children.groups.get(group)
        erasure.stage = "dismissing"
        if child is not None and child.life == "quarantined":
            self._ward.dismiss(child, self._groups)
        else:
            erasure.stage = "erasing"  # somebody let it start again meanwhile

    def _sweep(self, group: GroupId) -> None:
        services = self._services
        self._gateway.tell(DropGroup(group))
        self._codes.forget(group)
        paths = loose_files(services.disk, services.layout, group)
        steps: list[Callable[[Done], None]] = [
            services.log.renew,
            services.store.tidy,
            partial(remove_all, services.disk, paths),
        ]
        _in_turn(steps, self._telling(group, "swept"))

    def _finish(self, group: GroupId, erasure: _Erasure) -> None:
        del self._under_way[group]
        logger.info("group %s is erased", group)
        self._auditor.by_operator("forget", "done", group)
        for answer in erasure.answers:
            answer(None)

    def _fail(self, group: GroupId, erasure: _Erasure, why: str) -> None:
        del self._under_way[group]
        logger.error("group %s could not be erased completely (%s)", group, why)
        self._auditor.by_operator("forget", "failed", group, "disk")
        for answer in erasure.answers:
            answer(why)

    def _save_intents(self, group: GroupId, step: ErasureStepName) -> None:
        self._services.document.save({GROUPS: sorted(self._blocked)}, self._telling(group, step))

    def _telling(self, group: GroupId, step: ErasureStepName) -> Done:
        registry = self._registry
        return lambda result: registry.tell_system(ErasureStep(group, step, result))


def _in_turn(steps: Sequence[Callable[[Done], None]], done: Done) -> None:
    """Take one step after the other, on whatever thread tells of the one before; up to the first failure."""

    def settled(result: DiskResult) -> None:
        if isinstance(result, DiskOk) and len(steps) > 1:
            _in_turn(steps[1:], done)
        else:
            done(result)

    steps[0](settled)
