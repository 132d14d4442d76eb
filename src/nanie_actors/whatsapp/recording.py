"""A stream of our own inbound events on disk: one JSON line each, and the ingress that writes them.

`{"v":1,"event":"message_arrived","data":{"message":{…}}}`: `data` has the fields of the type in model.py.
A recording holds messages in clear text: its file is for its owner only.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Annotated, BinaryIO, Final, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from nanie_actors.errors import InvalidGroup, SourceError
from nanie_actors.model import (
    ConnectionChanged,
    GroupSeen,
    Inbound,
    MessageArrived,
    MessageEdited,
    MessageRevoked,
    group_of,
    parse_group_id,
)
from nanie_actors.whatsapp.edge import Ingress, nobody_waits

_log = logging.getLogger(__name__)
_YEAR_10000: Final = 253_402_300_800_000
_OWNER_ONLY = 0o600


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    v: Literal[1]


class _Arrived(_Line):
    event: Literal["message_arrived"]
    data: MessageArrived


class _Edited(_Line):
    event: Literal["message_edited"]
    data: MessageEdited


class _Revoked(_Line):
    event: Literal["message_revoked"]
    data: MessageRevoked


class _Seen(_Line):
    event: Literal["group_seen"]
    data: GroupSeen


class _Connection(_Line):
    event: Literal["connection_changed"]
    data: ConnectionChanged


_ANY_LINE: TypeAdapter[_Arrived | _Edited | _Revoked | _Seen | _Connection] = TypeAdapter(
    Annotated[_Arrived | _Edited | _Revoked | _Seen | _Connection, Field(discriminator="event")]
)
_NAMES: dict[type[Inbound], str] = {
    MessageArrived: "message_arrived",
    MessageEdited: "message_edited",
    MessageRevoked: "message_revoked",
    GroupSeen: "group_seen",
    ConnectionChanged: "connection_changed",
}


def encode_event(event: Inbound) -> bytes:
    """One event as one line of JSON, without the line's end."""
    return orjson.dumps({"v": 1, "event": _NAMES[type(event)], "data": event})


def decode_event(line: bytes) -> Inbound:
    """Read a line back. Raises SourceError, with the first thing that is wrong, for anything but an event."""
    try:
        event = _ANY_LINE.validate_json(line, strict=True).data
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "line"
        raise _no_event(where, first["msg"]) from None
    if not isinstance(event, ConnectionChanged):
        _check_border(event)
    return event


def _check_border(event: MessageArrived | MessageEdited | MessageRevoked | GroupSeen) -> None:
    """What the types cannot say: the group must be safe as a file name, the time one of this calendar."""
    group = group_of(event)
    try:
        parse_group_id(group)
    except InvalidGroup:
        raise _no_event("group", "neither a group JID nor a UUID") from None
    at = event.message.at if isinstance(event, MessageArrived) else event.at
    if not 0 <= at < _YEAR_10000:
        raise _no_event("at", "not between the years 1970 and 9999")


def _no_event(where: str, why: str) -> SourceError:
    told = "".join(sign for sign in f"{where}: {why}" if sign.isprintable())
    return SourceError(f"this is no recorded event ({told[:200]})")


class RecordingIngress:
    """An Ingress that writes every event to a file and then passes it on. Any number of threads.

    The file is made for its owner only, or appended to; a torn last line of an earlier run is cut. A disk
    that fails ends the recording, with one line in the log; the events go on.
    """

    def __init__(self, inner: Ingress, path: Path) -> None:
        """Open the recording. Raises SourceError when that cannot be done."""
        self._inner = inner
        self._writing = threading.Lock()
        try:
            self._file: BinaryIO | None = _open_for_append(path)
        except OSError as error:
            raise SourceError(f"{path} cannot be recorded to: {error.strerror}.") from error

    def put(self, event: Inbound, settled: Callable[[], None] = nobody_waits) -> None:
        """Record the event, then hand it in; waits where the inner ingress does."""
        with self._writing:
            if self._file is not None:
                self._write(self._file, encode_event(event))
        self._inner.put(event, settled)

    def close(self) -> None:
        """End the recording; events still put are passed on unrecorded. May be called twice."""
        with self._writing:
            if self._file is not None:
                self._file.close()
                self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, file: BinaryIO, line: bytes) -> None:
        try:
            file.write(line + b"\n")
            file.flush()
        except OSError as error:
            _log.error("the recording ends here, the events go on: %s", error.strerror)
            self._file = None
            _close_quietly(file)


def _open_for_append(path: Path) -> BinaryIO:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, _OWNER_ONLY)
    file = os.fdopen(descriptor, "ab")
    try:
        os.fchmod(descriptor, _OWNER_ONLY)
        os.ftruncate(descriptor, _length_of_whole_lines(path))
    except BaseException:
        file.close()
        raise
    return file


def _length_of_whole_lines(path: Path) -> int:
    """Where the last whole line ends, in bytes from the beginning."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - 65_536)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def _close_quietly(file: BinaryIO) -> None:
    try:
        file.close()
    except OSError:
        _log.debug("the recording could not be closed either")
