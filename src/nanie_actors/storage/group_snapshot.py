"""What a snapshot of a group consists of, and the order of its writes. Pure.

The order makes one rename the moment at which a snapshot counts, that of `group.json`. It says how much of
the growing files belongs to it, so what was written before that moment does no harm: a newer `timeline.json`
is brought to the same state by the records that the journal still has, and longer files are cut.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import orjson

from nanie_actors.storage.seals import seal_array, seal_object

TIMELINE = "timeline.json"
META = "group.json"
MESSAGES = "messages.jsonl"
SEEN = "seen.bin"
JOURNAL = "journal.jsonl"

REWRITTEN = ".rewritten"
"""Ends the name of a message log that is to become `messages.jsonl`: `<seq>.rewritten`."""

FILES = "files"
"""The key of group.json that is storage's own: lengths of the growing files at the time of the snapshot."""


@dataclass(frozen=True, slots=True)
class SnapshotData:
    """A group's state, encoded. What follows record `journal_after_seq` stays in the journal.

    `timeline` is None if it is as it was at the last snapshot. `meta` is a JSON object with at least `format`
    and `seq`. `new_messages` are JSON lines for the message log, `new_seen` 8-byte keys, both since the last
    snapshot that was told DiskOk; `messages_rewritten` replaces the whole message log instead.
    """

    timeline: bytes | None
    meta: bytes
    new_messages: bytes
    new_seen: bytes
    journal_after_seq: int
    messages_rewritten: bytes | None = None


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of the growing files belongs to a snapshot, in bytes, and the checksums of that much.

    `message_log` is the name of the message log: a rewritten one has another until it is renamed.
    """

    messages: int = 0
    seen: int = 0
    message_log: str = MESSAGES
    messages_crc: int = 0
    seen_crc: int = 0


@dataclass(frozen=True, slots=True)
class Add:
    """Append to a file."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Put:
    """Replace a file."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """Shorten a file."""

    name: str
    length: int


@dataclass(frozen=True, slots=True)
class Adopt:
    """Give a rewritten message log its name."""

    name: str


Step = Add | Put | Cut | Adopt


@dataclass(frozen=True, slots=True)
class Doubt:
    """A snapshot that was told as failed although `group.json` can be seen: its name may not be on the disk.

    After a crash either this snapshot or the one before it may be found, so the files must fit both. The next
    attempt makes this one sure first, and adds what is newer.
    """

    data: SnapshotData
    meta: Put
    extent: Extent


def retry_steps(data: SnapshotData, doubt: Doubt) -> tuple[list[Step], Extent]:
    """The writes of a snapshot after one in doubt. `data` begins with what that one wrote already."""
    newer = replace(
        data,
        new_messages=data.new_messages.removeprefix(doubt.data.new_messages),
        new_seen=data.new_seen.removeprefix(doubt.data.new_seen),
    )
    steps, after = snapshot_steps(newer, doubt.extent, untidy=True)
    return [doubt.meta, *steps], after


def snapshot_steps(data: SnapshotData, before: Extent, *, untidy: bool) -> tuple[list[Step], Extent]:
    """The writes in order, each to begin when the one before it is durable; and the extent afterwards.

    `untidy`: an earlier snapshot failed, the growing files may be longer than `before` says.
    """
    steps: list[Step] = []
    if before.message_log != MESSAGES:
        steps.append(Adopt(before.message_log))
    if untidy:
        steps += [Cut(MESSAGES, before.messages), Cut(SEEN, before.seen)]
    after = _extent_after(data, before)
    if data.messages_rewritten is not None:
        steps.append(Put(after.message_log, data.messages_rewritten))
    else:
        steps += [Add(MESSAGES, data.new_messages)] if data.new_messages else []
    steps += [Add(SEEN, data.new_seen)] if data.new_seen else []
    steps += [Put(TIMELINE, seal_array(data.timeline))] if data.timeline is not None else []
    steps.append(Put(META, _with_extent(data.meta, after)))
    return steps, after


def _extent_after(data: SnapshotData, before: Extent) -> Extent:
    """Checksums go on from where they were: a long file is never read for them."""
    seen, seen_crc = before.seen + len(data.new_seen), crc32(data.new_seen, before.seen_crc)
    rewritten, added = data.messages_rewritten, data.new_messages
    if rewritten is not None:
        log = f"{data.journal_after_seq}{REWRITTEN}"
        return Extent(len(rewritten), seen, log, crc32(rewritten), seen_crc)
    messages = before.messages + len(added)
    return Extent(messages, seen, MESSAGES, crc32(added, before.messages_crc), seen_crc)


def _with_extent(meta: bytes, extent: Extent) -> bytes:
    """Add storage's own key to a JSON object without reading it: it may be large."""
    body = meta.rstrip()
    if not body.endswith(b"}") or b":" not in body:
        raise ValueError("the meta of a snapshot must be a JSON object with format and seq")
    files: dict[str, Any] = {
        "messages": extent.messages,
        "seen": extent.seen,
        "crcs": {"messages": extent.messages_crc, "seen": extent.seen_crc},
    }
    if extent.message_log != MESSAGES:
        files["rewritten"] = extent.message_log
    return seal_object(body[:-1].rstrip() + b',"%b":%b}' % (FILES.encode(), orjson.dumps(files)))
