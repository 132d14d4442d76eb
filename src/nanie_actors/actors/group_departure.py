"""How a group goes to sleep, or goes for good: everything settled and in its files first.

awake ──begin──► draining ──files written──► drained ──(the registry stops the actor)
  ▲                 │  └─erase──► erasing ──files removed──► drained
  └──the disk refuses, it wants to stay, or Resume
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from nanie_actors.actors.file_keeper import FileKeeper
from nanie_actors.actors.group_journal import GroupJournal
from nanie_actors.actors.group_outbox import GroupOutbox
from nanie_actors.actors.group_ties import GroupTies
from nanie_actors.messages import Forgotten, GroupDrained
from nanie_actors.storage.disk import DiskOk, DiskResult, Done

Stage = Literal["awake", "draining", "erasing", "drained"]


class Departure:
    """Used by one GroupActor only."""

    def __init__(
        self,
        ties: GroupTies,
        journal: GroupJournal,
        outbox: GroupOutbox,
        keeper: FileKeeper,
        erase_files: Callable[[Done], None],
        *,
        wants_to_stay: Callable[[], bool],
    ) -> None:
        """`wants_to_stay`: whether it waits for something that nobody would wake it for. It is asked once all
        is in the files: a worker that stops lets nobody stay."""
        self._ties = ties
        self._journal = journal
        self._outbox = outbox
        self._keeper = keeper
        self._erase_files = erase_files
        self._wants_to_stay = wants_to_stay
        self._erase = False
        self.stage: Stage = "awake"

    @property
    def final(self) -> bool:
        """Whether nothing may be begun any more: a record now would come back without its group."""
        return self.stage in ("erasing", "drained")

    def begin(self, *, erase: bool) -> None:
        """The registry wants the group to sleep."""
        self.stage, self._erase = "draining", erase

    def resume(self) -> None:
        """The registry wants it to stay."""
        self.stage = "awake"

    def go_on(self) -> None:
        """Something settled: take the next step, unless there is more to wait for."""
        if self.stage != "draining" or self._keeper.busy or not self._journal.idle or self._outbox.sending:
            return
        if self._erase:
            self._forget()
        elif self._keeper.dirty:
            self._keeper.snapshot()
        else:
            self._drained(ok=not self._wants_to_stay())

    def failed(self) -> None:
        """The disk refuses: not now."""
        if self.stage == "draining":
            self._drained(ok=False)

    def forgotten(self, result: DiskResult) -> None:
        """Nothing can bring the group back from the shared log any more: now its files may go."""
        registry, group = self._ties.registry, self._ties.group
        if isinstance(result, DiskOk):
            self._erase_files(lambda erased: registry.tell(GroupDrained(group, isinstance(erased, DiskOk))))
        else:
            self._drained(ok=False)

    def _forget(self) -> None:
        ties = self._ties
        self.stage = "erasing"
        ties.services.log.forget(ties.group, lambda result: ties.note(Forgotten(ties.incarnation, result)))

    def _drained(self, *, ok: bool) -> None:
        self.stage = "drained" if ok else "awake"
        self._ties.registry.tell(GroupDrained(self._ties.group, ok))
