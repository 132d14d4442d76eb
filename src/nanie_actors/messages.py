"""Everything that actors tell each other: the whole inner protocol, to be read in one go.

Frozen facts only. Requests carry what is needed to go on when the answer comes, so that an actor which was
restarted in between can still understand it. `ref` fields are actor references.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from nanie_actors.errors import CommandError
from nanie_actors.inspection.port import SnapshotResult
from nanie_actors.model import (
    ConnectionChanged,
    ConnectionState,
    ConversationId,
    EpochMs,
    GroupEvent,
    GroupId,
    GroupSeen,
    RowId,
)
from nanie_actors.protocol.commands import GroupCommand, LinkCommand
from nanie_actors.router.edge import RouterRow
from nanie_actors.storage.disk import DiskResult
from nanie_actors.storage.mappings import Mapping as Link
from nanie_actors.storage.mappings import MappingChange
from nanie_actors.storage.retained import Tail
from nanie_actors.ticket import Ticket
from nanie_actors.timeline.questions import Answer
from nanie_actors.timeline.view import TimelineView
from nanie_actors.whatsapp.edge import OutgoingText, SendOutcome

if TYPE_CHECKING:
    from nanie_actors.runtime import PooledRef

# ── into the gateway ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Incoming:
    """A source tells of its connection. What it tells of a group comes as Deliver."""

    change: ConnectionChanged
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class RouteGranted:
    """The registry leases a direct route: until Revoke, tell this group's events to `ref`."""

    group: GroupId
    ref: PooledRef[Any]


@dataclass(frozen=True, slots=True)
class RouteParked:
    """The group is quarantined: its events go to the registry, one by one, which keeps them on disk."""

    group: GroupId


@dataclass(frozen=True, slots=True)
class Revoke:
    """The lease ends: answer Released, and ask anew for the next event."""

    group: GroupId


@dataclass(frozen=True, slots=True)
class GroupDescription:
    """A group says how it is described on disk: the directory is saved later, and may have missed it."""

    seen: GroupSeen


@dataclass(frozen=True, slots=True)
class DropGroup:
    """The group was erased: the directory must not name it, until the stream tells of it again."""

    group: GroupId


@dataclass(frozen=True, slots=True)
class SendText:
    """A group wants a text sent; the outcome goes to `reply_to` as SendSettled."""

    text: OutgoingText
    reply_to: PooledRef[Any]


@dataclass(frozen=True, slots=True)
class SaveDirectory:
    """Timer: the group directory changed some time ago, write it."""


# ── into the registry ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class GatewayReady:
    """The first message: who routes the stream. Only then does the registry start anything."""

    gateway: PooledRef[Any]


@dataclass(frozen=True, slots=True)
class Route:
    """The gateway has an event for a group without a route; it sends no other until it is answered."""

    group: GroupId
    delivery: Deliver


@dataclass(frozen=True, slots=True)
class Released:
    """The gateway dropped its route: whatever it told the group before is in the group's mailbox."""

    group: GroupId


@dataclass(frozen=True, slots=True)
class SourceChanged:
    """A source's connection is in another state `since` then; told after whatever the source told before."""

    source: str
    state: ConnectionState
    since: EpochMs
    until: EpochMs | None


@dataclass(frozen=True, slots=True)
class RetentionDue:
    """Timer: some groups are to let go of old messages."""


@dataclass(frozen=True, slots=True)
class OutageDue:
    """Timer: WhatsApp may have been out of reach for so long that people are to be told."""


@dataclass(frozen=True, slots=True)
class RowArrived:
    """A transport handed in a router row."""

    row: RouterRow


@dataclass(frozen=True, slots=True)
class ConversationUp:
    """A conversation (re)started and must know its link."""

    conversation: ConversationId


@dataclass(frozen=True, slots=True)
class RunLinkCommand:
    """A conversation's command about its link. `added`: the rows that were to add something under the link
    that it has, and whether they did."""

    row: RouterRow
    reply_to: PooledRef[Any]
    command: LinkCommand
    added: tuple[tuple[RowId, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class CodeSaved:
    """The disk settled a link code; `text` is what its group is told, empty if there is no such group."""

    request: RunLinkCommand
    group: GroupId
    text: str = field(repr=False)
    result: DiskResult


@dataclass(frozen=True, slots=True)
class CodeDue:
    """Timer: WhatsApp did not take a link code, try again."""

    posting: str


@dataclass(frozen=True, slots=True)
class MappingsSaved:
    """The disk settled a change of the map."""

    request: RunLinkCommand | None
    change: MappingChange
    result: DiskResult


@dataclass(frozen=True, slots=True)
class GroupIdle:
    """A group had nothing to do for the configured time."""

    group: GroupId


@dataclass(frozen=True, slots=True)
class GroupDrained:
    """A group that was told to passivate has everything in its files (`ok`), or could not write them."""

    group: GroupId
    ok: bool


@dataclass(frozen=True, slots=True)
class GroupRenamed:
    """A group learned its (new) name."""

    group: GroupId
    name: str


@dataclass(frozen=True, slots=True)
class ConversationIdle:
    """A conversation had nothing to do for a while and owes nothing."""

    conversation: ConversationId


@dataclass(frozen=True, slots=True)
class ConversationDrained:
    """A conversation that was told to passivate has nothing under way."""

    conversation: ConversationId


@dataclass(frozen=True, slots=True)
class RestartDue:
    """Timer: the backoff of a failed child is over."""

    name: str


def nobody_asks(_: str) -> None:
    """For who does not want to know why a decision could not be carried out."""


@dataclass(frozen=True, slots=True)
class Unquarantine:
    """Somebody decided about a quarantined group; `answer` hears whether it was one.

    `refused` hears, instead, why the decision could not be carried out.
    """

    group: GroupId
    skip: bool
    answer: Callable[[bool], None]
    refused: Callable[[str], None] = nobody_asks


@dataclass(frozen=True, slots=True)
class PoisonKept:
    """The disk settled the message that a group is to go on without."""

    decision: Unquarantine
    result: DiskResult


@dataclass(frozen=True, slots=True)
class EraseGroup:
    """Forget a group; `answer` gets None once that is done and durable, or why it was not."""

    group: GroupId
    answer: Callable[[str | None], None]


ErasureStepName = Literal["noted", "removed", "swept", "ended"]


@dataclass(frozen=True, slots=True)
class ErasureStep:
    """The disk settled a step of forgetting a group."""

    group: GroupId
    step: ErasureStepName
    result: DiskResult


@dataclass(frozen=True, slots=True)
class WriteBehind:
    """The shared log wants to drop its oldest segment: these groups hold it."""

    groups: tuple[GroupId, ...]


@dataclass(frozen=True, slots=True)
class ListLives:
    """The control socket asks for every group's life; `answer` gets group -> (life, conversations, why)."""

    answer: Callable[[Mapping[GroupId, tuple[str, int, str | None]]], None]


@dataclass(frozen=True, slots=True)
class SnapshotAll:
    """Write the files of one group, or of all live ones."""

    group: GroupId | None
    done: Callable[[SnapshotResult], None]


@dataclass(frozen=True, slots=True)
class StopAll:
    """The worker stops: passivate every child, then call `done`."""

    done: Callable[[], None]


# ── into a group ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Deliver:
    """An event of a group, in order, from the ingress by the gateway to the group's actor. Its ticket holds a
    place at the ingress until it is settled."""

    event: GroupEvent
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class RunCommand:
    """A linked conversation's command; the answer goes to `reply_to`."""

    group: GroupId
    row: RouterRow
    reply_to: PooledRef[Any]
    command: GroupCommand


@dataclass(frozen=True, slots=True)
class SetListeners:
    """Told with every start, and ahead of the mail that waits: who listens now."""

    listeners: tuple[tuple[ConversationId, PooledRef[Any]], ...]


@dataclass(frozen=True, slots=True)
class AddListener:
    """A conversation was linked to this group."""

    conversation: ConversationId
    ref: PooledRef[Any]


@dataclass(frozen=True, slots=True)
class RemoveListener:
    """A conversation was unlinked; `deleted`: it is gone from the app."""

    conversation: ConversationId
    deleted: bool


@dataclass(frozen=True, slots=True)
class Describe:
    """A standalone group got its title."""

    name: str


@dataclass(frozen=True, slots=True)
class PostText:
    """Send a text that no event stands for; its outcome goes to `reply_to` as SendSettled.

    It is not kept: after a crash, or if WhatsApp does not take it, it is not sent by itself.
    """

    text: OutgoingText
    reply_to: PooledRef[Any]


@dataclass(frozen=True, slots=True)
class TakeSnapshot:
    """Write the files; `done` gets None, or why it failed. Called on any thread.

    `without_before`: leave out of the message log what is older, and write nothing if nothing is.
    """

    done: Callable[[str | None], None]
    without_before: EpochMs | None = None


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Write what is only in the shared log to the group's own journal."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Call `done` once everything told before is on disk (a group) or routed (the gateway). On any thread."""

    done: Callable[[], None]


@dataclass(frozen=True, slots=True)
class PassivateGroup:
    """Settle everything, write the files, answer GroupDrained. `erase`: remove them instead."""

    erase: bool = False


@dataclass(frozen=True, slots=True)
class Resume:
    """Passivation was called off: go on."""


@dataclass(frozen=True, slots=True)
class FilesQuiet:
    """What a failed predecessor was still writing is written."""

    incarnation: int


@dataclass(frozen=True, slots=True)
class TailRead:
    """The shared log's lines of this group that are not in its own files yet."""

    incarnation: int
    lines: Tail


@dataclass(frozen=True, slots=True)
class Settled:
    """The shared log settled an append."""

    incarnation: int
    result: DiskResult


@dataclass(frozen=True, slots=True)
class FilesWritten:
    """The group's own files are written up to `seq`, or not."""

    incarnation: int
    seq: int
    result: DiskResult


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The shared log will not bring this group back: its files may be erased."""

    incarnation: int
    result: DiskResult


@dataclass(frozen=True, slots=True)
class SendSettled:
    """The outcome of a SendText."""

    text: OutgoingText
    outcome: SendOutcome


@dataclass(frozen=True, slots=True)
class ExtractMore:
    """To itself: go on reading the message log."""

    incarnation: int


@dataclass(frozen=True, slots=True)
class ModelAnswered:
    """The language model has read a message, or never will."""

    incarnation: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class AppendDue:
    """Timer: try the disk again."""

    incarnation: int


@dataclass(frozen=True, slots=True)
class OutboxDue:
    """Timer: try a failed text again."""

    incarnation: int


@dataclass(frozen=True, slots=True)
class SendAgain:
    """What kept the group's texts from being sent may be gone: try now, whatever the pause."""


@dataclass(frozen=True, slots=True)
class IdleDue:
    """Timer: time to look whether anything happened lately."""

    incarnation: int


# ── into a conversation ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class RowGiven:
    """A router row of this conversation, in order."""

    row: RouterRow


@dataclass(frozen=True, slots=True)
class LinkState:
    """The answer to ConversationUp, and every later change that the conversation did not ask for."""

    link: Link | None


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The answer to a link command that changed the map: the new link, durable."""

    row: RouterRow
    link: Link | None


@dataclass(frozen=True, slots=True)
class CommandDone:
    """The answer to a command: what to reply, in order."""

    row: RouterRow
    replies: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class TimelineShown:
    """The answer to a command is the timeline itself; `update`: it is one because it changed."""

    row: RouterRow
    view: TimelineView
    update: bool


@dataclass(frozen=True, slots=True)
class CommandFailed:
    """The answer to a command that was refused."""

    row: RouterRow
    error: CommandError


@dataclass(frozen=True, slots=True)
class TimelineChanged:
    """The group's timeline is another one; only the newest view matters."""

    view: TimelineView


@dataclass(frozen=True, slots=True)
class TimelineJoined:
    """The state of the timeline when the conversation began to listen; `behind`: it may have missed some."""

    view: TimelineView
    behind: bool


@dataclass(frozen=True, slots=True)
class ReplySettled:
    """The transport took a reply, or never will (`accepted` is false)."""

    row: RouterRow
    accepted: bool


@dataclass(frozen=True, slots=True)
class PushSettled:
    """The transports took a push, or never will."""

    group: GroupId
    revision: int
    accepted: bool


@dataclass(frozen=True, slots=True)
class PushDue:
    """Timer: the conversation may push again."""

    incarnation: int


@dataclass(frozen=True, slots=True)
class CommandDue:
    """Timer: a command is not answered in time."""

    row: RouterRow


@dataclass(frozen=True, slots=True)
class PassivateConversation:
    """Settle everything, then answer ConversationDrained."""
