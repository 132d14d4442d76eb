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
from nanie_actors.value import Value
from nanie_actors.whatsapp.edge import OutgoingText, SendOutcome

if TYPE_CHECKING:
    from nanie_actors.runtime import PooledRef

# ── into the gateway ────────────────────────────────────────────────────────────────────────────────────


class Incoming(Value, frozen=True):
    """A source tells of its connection. What it tells of a group comes as Deliver."""

    change: ConnectionChanged
    ticket: Ticket


class RouteGranted(Value, frozen=True):
    """The registry leases a direct route: until Revoke, tell this group's events to `ref`."""

    group: GroupId
    ref: PooledRef[Any]


class RouteParked(Value, frozen=True):
    """The group is quarantined: its events go to the registry, one by one, which keeps them on disk."""

    group: GroupId


class Revoke(Value, frozen=True):
    """The lease ends: answer Released, and ask anew for the next event."""

    group: GroupId


class GroupDescription(Value, frozen=True):
    """A group says how it is described on disk: the directory is saved later, and may have missed it."""

    seen: GroupSeen


class DropGroup(Value, frozen=True):
    """The group was erased: the directory must not name it, until the stream tells of it again."""

    group: GroupId


class SendText(Value, frozen=True):
    """A group wants a text sent; the outcome goes to `reply_to` as SendSettled."""

    text: OutgoingText
    reply_to: PooledRef[Any]


class SaveDirectory(Value, frozen=True):
    """Timer: the group directory changed some time ago, write it."""


# ── into the registry ───────────────────────────────────────────────────────────────────────────────────


class GatewayReady(Value, frozen=True):
    """The first message: who routes the stream. Only then does the registry start anything."""

    gateway: PooledRef[Any]


class Route(Value, frozen=True):
    """The gateway has an event for a group without a route; it sends no other until it is answered."""

    group: GroupId
    delivery: Deliver


class Released(Value, frozen=True):
    """The gateway dropped its route: whatever it told the group before is in the group's mailbox."""

    group: GroupId


class SourceChanged(Value, frozen=True):
    """A source's connection is in another state `since` then; told after whatever the source told before."""

    source: str
    state: ConnectionState
    since: EpochMs
    until: EpochMs | None


class RetentionDue(Value, frozen=True):
    """Timer: some groups are to let go of old messages."""


class OutageDue(Value, frozen=True):
    """Timer: WhatsApp may have been out of reach for so long that people are to be told."""


class RowArrived(Value, frozen=True):
    """A transport handed in a router row."""

    row: RouterRow


class ConversationUp(Value, frozen=True):
    """A conversation (re)started and must know its link."""

    conversation: ConversationId


class RunLinkCommand(Value, frozen=True):
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


class CodeDue(Value, frozen=True):
    """Timer: WhatsApp did not take a link code, try again."""

    posting: str


class MappingsSaved(Value, frozen=True):
    """The disk settled a change of the map."""

    request: RunLinkCommand | None
    change: MappingChange
    result: DiskResult


class GroupIdle(Value, frozen=True):
    """A group had nothing to do for the configured time."""

    group: GroupId


class GroupDrained(Value, frozen=True):
    """A group that was told to passivate has everything in its files (`ok`), or could not write them."""

    group: GroupId
    ok: bool


class GroupRenamed(Value, frozen=True):
    """A group learned its (new) name."""

    group: GroupId
    name: str


class ConversationIdle(Value, frozen=True):
    """A conversation had nothing to do for a while and owes nothing."""

    conversation: ConversationId


class ConversationDrained(Value, frozen=True):
    """A conversation that was told to passivate has nothing under way."""

    conversation: ConversationId


class RestartDue(Value, frozen=True):
    """Timer: the backoff of a failed child is over."""

    name: str


def nobody_asks(_: str) -> None:
    """For who does not want to know why a decision could not be carried out."""


class Unquarantine(Value, frozen=True):
    """Somebody decided about a quarantined group; `answer` hears whether it was one.

    `refused` hears, instead, why the decision could not be carried out.
    """

    group: GroupId
    skip: bool
    answer: Callable[[bool], None]
    refused: Callable[[str], None] = nobody_asks


class PoisonKept(Value, frozen=True):
    """The disk settled the message that a group is to go on without."""

    decision: Unquarantine
    result: DiskResult


class EraseGroup(Value, frozen=True):
    """Forget a group; `answer` gets None once that is done and durable, or why it was not."""

    group: GroupId
    answer: Callable[[str | None], None]


ErasureStepName = Literal["noted", "removed", "swept", "ended"]


class ErasureStep(Value, frozen=True):
    """The disk settled a step of forgetting a group."""

    group: GroupId
    step: ErasureStepName
    result: DiskResult


class WriteBehind(Value, frozen=True):
    """The shared log wants to drop its oldest segment: these groups hold it."""

    groups: tuple[GroupId, ...]


class ListLives(Value, frozen=True):
    """The control socket asks for every group's life; `answer` gets group -> (life, conversations, why)."""

    answer: Callable[[Mapping[GroupId, tuple[str, int, str | None]]], None]


class SnapshotAll(Value, frozen=True):
    """Write the files of one group, or of all live ones."""

    group: GroupId | None
    done: Callable[[SnapshotResult], None]


class StopAll(Value, frozen=True):
    """The worker stops: passivate every child, then call `done`."""

    done: Callable[[], None]


# ── into a group ────────────────────────────────────────────────────────────────────────────────────────


class Deliver(Value, frozen=True, gc=False):
    """An event of a group, in order, from the ingress by the gateway to the group's actor. Its ticket holds a
    place at the ingress until it is settled."""

    event: GroupEvent
    ticket: Ticket


class RunCommand(Value, frozen=True):
    """A linked conversation's command; the answer goes to `reply_to`."""

    group: GroupId
    row: RouterRow
    reply_to: PooledRef[Any]
    command: GroupCommand


class SetListeners(Value, frozen=True):
    """Told with every start, and ahead of the mail that waits: who listens now."""

    listeners: tuple[tuple[ConversationId, PooledRef[Any]], ...]


class AddListener(Value, frozen=True):
    """A conversation was linked to this group."""

    conversation: ConversationId
    ref: PooledRef[Any]


class RemoveListener(Value, frozen=True):
    """A conversation was unlinked; `deleted`: it is gone from the app."""

    conversation: ConversationId
    deleted: bool


class Describe(Value, frozen=True):
    """A standalone group got its title."""

    name: str


class PostText(Value, frozen=True):
    """Send a text that no event stands for; its outcome goes to `reply_to` as SendSettled.

    It is not kept: after a crash, or if WhatsApp does not take it, it is not sent by itself.
    """

    text: OutgoingText
    reply_to: PooledRef[Any]


class TakeSnapshot(Value, frozen=True):
    """Write the files; `done` gets None, or why it failed. Called on any thread.

    `without_before`: leave out of the message log what is older, and write nothing if nothing is.
    """

    done: Callable[[str | None], None]
    without_before: EpochMs | None = None


class CatchUp(Value, frozen=True):
    """Write what is only in the shared log to the group's own journal."""


class Checkpoint(Value, frozen=True):
    """Call `done` once everything told before is on disk (a group) or routed (the gateway). On any thread."""

    done: Callable[[], None]


class PassivateGroup(Value, frozen=True):
    """Settle everything, write the files, answer GroupDrained. `erase`: remove them instead."""

    erase: bool = False


class Resume(Value, frozen=True):
    """Passivation was called off: go on."""


class FilesQuiet(Value, frozen=True):
    """What a failed predecessor was still writing is written."""

    incarnation: int


class TailRead(Value, frozen=True):
    """The shared log's lines of this group that are not in its own files yet."""

    incarnation: int
    lines: Tail


class Settled(Value, frozen=True):
    """The shared log settled an append."""

    incarnation: int
    result: DiskResult


class FilesWritten(Value, frozen=True):
    """The group's own files are written up to `seq`, or not."""

    incarnation: int
    seq: int
    result: DiskResult


class Forgotten(Value, frozen=True):
    """The shared log will not bring this group back: its files may be erased."""

    incarnation: int
    result: DiskResult


class SendSettled(Value, frozen=True):
    """The outcome of a SendText."""

    text: OutgoingText
    outcome: SendOutcome


class ExtractMore(Value, frozen=True):
    """To itself: go on reading the message log."""

    incarnation: int


class ModelAnswered(Value, frozen=True):
    """The language model has read a message, or never will."""

    incarnation: int
    answer: Answer


class AppendDue(Value, frozen=True):
    """Timer: try the disk again."""

    incarnation: int


class OutboxDue(Value, frozen=True):
    """Timer: try a failed text again."""

    incarnation: int


class SendAgain(Value, frozen=True):
    """What kept the group's texts from being sent may be gone: try now, whatever the pause."""


class IdleDue(Value, frozen=True):
    """Timer: time to look whether anything happened lately."""

    incarnation: int


# ── into a conversation ─────────────────────────────────────────────────────────────────────────────────


class RowGiven(Value, frozen=True):
    """A router row of this conversation, in order."""

    row: RouterRow


class LinkState(Value, frozen=True):
    """The answer to ConversationUp, and every later change that the conversation did not ask for."""

    link: Link | None


class LinkChanged(Value, frozen=True):
    """The answer to a link command that changed the map: the new link, durable."""

    row: RouterRow
    link: Link | None


class CommandDone(Value, frozen=True):
    """The answer to a command: what to reply, in order."""

    row: RouterRow
    replies: tuple[bytes, ...]


class TimelineShown(Value, frozen=True):
    """The answer to a command is the timeline itself; `update`: it is one because it changed."""

    row: RouterRow
    view: TimelineView
    update: bool


class CommandFailed(Value, frozen=True):
    """The answer to a command that was refused."""

    row: RouterRow
    error: CommandError


class TimelineChanged(Value, frozen=True):
    """The group's timeline is another one; only the newest view matters."""

    view: TimelineView


class TimelineJoined(Value, frozen=True):
    """The state of the timeline when the conversation began to listen; `behind`: it may have missed some."""

    view: TimelineView
    behind: bool


class ReplySettled(Value, frozen=True):
    """The transport took a reply, or never will (`accepted` is false)."""

    row: RouterRow
    accepted: bool


class PushSettled(Value, frozen=True):
    """The transports took a push, or never will."""

    group: GroupId
    revision: int
    accepted: bool


class PushDue(Value, frozen=True):
    """Timer: the conversation may push again."""

    incarnation: int


class CommandDue(Value, frozen=True):
    """Timer: a command is not answered in time."""

    row: RouterRow


class PassivateConversation(Value, frozen=True):
    """Settle everything, then answer ConversationDrained."""
