"""What a group is given to work with: its edges and its limits. Made once by the worker for all groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from nanie_actors.actors.outbox_board import OutboxBoard
from nanie_actors.actors.push_ledger import PushLedger
from nanie_actors.following.trails import Trails
from nanie_actors.model import GroupId
from nanie_actors.runtime import Clock
from nanie_actors.storage.disk import Done
from nanie_actors.storage.group_files import GroupFiles
from nanie_actors.storage.retained import Tail
from nanie_actors.timeline.extractor import Extractor
from nanie_actors.timeline.questions import Model


class Log(Protocol):
    """The shared write-ahead log, as a group uses it. Nothing here blocks."""

    def append(self, group: GroupId, lines: Sequence[bytes], done: Done) -> None:
        """Make lines durable, in order; `done` on the log's thread."""

    def tail(self, group: GroupId, done: Callable[[Tail], None]) -> None:
        """The durable lines that are not in the group's own files, after every earlier append is settled."""

    def caught_up(self, group: GroupId, seq: int) -> None:
        """The group's own files hold everything up to `seq`."""

    def forget(self, group: GroupId, done: Done) -> None:
        """The group is erased: its lines must not come back. Its files may go once this is done."""


@dataclass(frozen=True, slots=True)
class GroupLimits:
    """The numbers of a group's life; seconds and counts."""

    passivate_after_s: float
    message_log: int
    recent_messages: int
    shown_events: int
    outbox_first_delay_s: float
    outbox_max_delay_s: float
    on_orphaned: Literal["archive", "keep", "erase"]


@dataclass(frozen=True, slots=True)
class GroupServices:
    """Everything outside itself that a group touches."""

    log: Log
    files: Callable[[GroupId], GroupFiles]
    files_quiet: Callable[[Done], None]
    """Calls back when all file writes asked for so far are done."""
    extractor: Extractor
    pushes: PushLedger
    trails: Trails
    clock: Clock
    limits: GroupLimits
    outboxes: OutboxBoard = field(default_factory=OutboxBoard)
    model: Model | None = None
    """Reads again what the extractor has read first; None: the extractor's reading is the only one."""
