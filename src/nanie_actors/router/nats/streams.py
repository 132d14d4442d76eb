"""The three streams: what each must be, and that it is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import APIError, NotFoundError

from nanie_actors.router.nats.connection import Link
from nanie_actors.router.nats.failures import Denied, StreamUnusable, failure_of
from nanie_actors.router.nats.names import Names
from nanie_actors.settings.nats_section import NatsSettings

REPEATED_WITHIN_S = 3_600.0
"""How long a stream knows what it was given: a reply that is sent again, even after a crash, is not stored
twice. The server keeps these keys in memory."""

ROWS_REPEATED_WITHIN_S = 600.0
"""The same for rows. The worker knows them for longer; this only spares it the reading."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stream as it should be. `newest`: only the newest message of each subject is kept."""

    name: str
    subject: str
    keep_s: float
    repeated_within_s: float
    newest: bool
    replicas: int

    @property
    def command(self) -> str:
        """What makes it, with NATS' own tool."""
        return (
            f"nats stream add {self.name} --subjects '{self.subject}' --storage file --retention limits"
            f" --discard old --max-age {self.keep_s:.0f}s --dupe-window {self.repeated_within_s:.0f}s"
            f" --max-msgs-per-subject {1 if self.newest else -1} --replicas {self.replicas} --defaults"
        )

    @property
    def config(self) -> StreamConfig:
        """The same for the library."""
        return StreamConfig(
            name=self.name,
            subjects=[self.subject],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            discard=DiscardPolicy.OLD,
            max_age=self.keep_s,
            duplicate_window=self.repeated_within_s,
            max_msgs_per_subject=1 if self.newest else -1,
            num_replicas=self.replicas,
            allow_direct=True,
        )


def wanted(settings: NatsSettings) -> tuple[Wanted, Wanted, Wanted]:
    """Rows, replies, pushes."""
    names = Names(settings.prefix)

    def stream(kind: str, name: str, keep_s: float, repeated_s: float, newest: bool = False) -> Wanted:
        within_s = min(keep_s, repeated_s)
        return Wanted(name, names.subject(kind), keep_s, within_s, newest, settings.replicas)

    return (
        stream("rows", names.rows, settings.keep_s, ROWS_REPEATED_WITHIN_S),
        stream("replies", names.replies, settings.keep_replies_s, REPEATED_WITHIN_S),
        stream("pushes", names.pushes, settings.keep_s, ROWS_REPEATED_WITHIN_S, newest=True),
    )


async def look(link: Link, name: str) -> StreamInfo | None:
    """What there is of that name."""
    try:
        return await link.asked(link.jetstream.stream_info(name))
    except NotFoundError:
        return None


async def time_of(link: Link, name: str, sequence: int) -> int | None:
    """When a stream took a message, in microseconds since the epoch; None if it has it no more."""
    try:
        found = await link.asked(link.jetstream.get_msg(name, sequence))
    except NotFoundError:
        return None
    return None if found.time is None else round(found.time.timestamp() * 1e6)


async def ensure(link: Link, stream: Wanted) -> None:
    """Have it: make it if it is missing. One that is there is left as it is. Raises StreamUnusable."""
    info = await look(link, stream.name)
    if info is None:
        info = await _make(link, stream)
    if (problem := fault_of(info, stream)) is not None:
        raise StreamUnusable(problem)


async def _make(link: Link, stream: Wanted) -> StreamInfo:
    try:
        return await link.asked(link.jetstream.add_stream(stream.config))
    except (APIError, Denied) as error:
        why = failure_of(error).why
        raise StreamUnusable(
            f"the stream {stream.name} is missing and could not be made ({why}): run {stream.command}"
        ) from error


def fault_of(info: StreamInfo, stream: Wanted) -> str | None:
    """Why a stream that is there cannot be used; None if it can."""
    config: Any = info.config
    edit = f"nats stream edit {stream.name}"
    if stream.subject not in (config.subjects or ()):
        return f"the stream {stream.name} lacks its subject: run {edit} --subjects '{stream.subject}'"
    if stream.newest and config.max_msgs_per_subject != 1:
        return f"the stream {stream.name} keeps more than the newest: run {edit} --max-msgs-per-subject 1"
    if config.retention != RetentionPolicy.LIMITS:
        return f"the stream {stream.name} forgets what was read: delete it, then run {stream.command}"
    return None
