"""The ingress journal: what WhatsApp gave us, on the disk before the library may forget it.

The bridge writes it (journal_writer.py) and the worker reads it (journal_reader.py), each in a process of its
own and at the same time. One callback of the library is one entry; a history chunk is several. Entries are
numbered from 1 on, for ever: over segments, restarts and crashes.

    journal/00000000000000000001.jsonl    a segment, named by the first number it may hold
    journal/00000000000000004711.jsonl    the newest one: the only one that grows, and never deleted
    journal/cursor                        how far the worker has settled (see journal_cursor.py)
    journal/damaged-…                     bytes that could not be read, kept for people

An entry is one line, `{"v":1,"n":17,"e":[event, …],"c":"<crc32>"}`, with the events in the form of
recording.py. The same entry may be there twice, next to each other, when the disk took it and then failed to
keep it; the first one counts. A number is missing where an entry was damaged, or was settled and then lost
with the power.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from nanie_actors.errors import SourceError
from nanie_actors.model import ConnectionChanged, GroupEvent
from nanie_actors.storage.file_system import FileSystem
from nanie_actors.storage.lines import VERSION, BadLine, checked, seal, unseal
from nanie_actors.whatsapp.recording import decode_event, encode_event

_HEAD: Final = re.compile(rb'\{"v":1,"n":([0-9]{1,18}),')
_SEGMENT: Final = re.compile(r"([0-9]{20})\.jsonl")


@dataclass(frozen=True, slots=True)
class Entry:
    """What one callback of the library brought, in order. `number` counts from 1."""

    number: int
    events: tuple[GroupEvent, ...]


def encode_entry(number: int, events: Sequence[GroupEvent]) -> bytes:
    """An entry as one line, newline included. Raises TypeError for what JSON cannot hold."""
    return seal({"v": VERSION, "n": number, "e": [orjson.Fragment(encode_event(event)) for event in events]})


def decode_entry(line: bytes) -> Entry:
    """The inverse of `encode_entry`, newline or not. Raises BadLine for anything else."""
    try:
        fields = unseal(line)
        return Entry(fields["n"], tuple(_event(raw) for raw in fields["e"]))
    except (LookupError, TypeError, SourceError) as error:
        raise BadLine("a whole line, but no entry of this version") from error


def _event(raw: object) -> GroupEvent:
    event = decode_event(orjson.dumps(raw))
    if isinstance(event, ConnectionChanged):
        raise BadLine("a journal holds events of groups only")
    return event


def claimed_number(line: bytes) -> int | None:
    """The number that a line names, good or damaged. Reads its first bytes only."""
    found = _HEAD.match(line)
    return int(found[1]) if found else None


def is_whole(line: bytes) -> bool:
    """Whether a line without its newline is undamaged."""
    try:
        checked(line)
    except BadLine:
        return False
    return claimed_number(line) is not None


def segment_name(first: int) -> str:
    """The file whose entries begin with that number."""
    return f"{first:020d}.jsonl"


def first_numbers(names: Iterable[str]) -> list[int]:
    """The segments among the names of the folder, oldest first, each by its first number."""
    return sorted(int(found[1]) for name in names if (found := _SEGMENT.fullmatch(name)))


def keep_damaged(files: FileSystem, folder: Path, segment: int, offset: int, damaged: bytes) -> str:
    """Copy bytes aside that could not be read; the name they have then. The same spot gives the same name."""
    name = f"damaged-{segment}-{offset}"
    file = files.open_new(folder / name)
    try:
        write_all(file.write, damaged)
        file.sync()
    finally:
        file.close()
    return name


def write_all(write: Callable[[memoryview], int], data: bytes) -> None:
    """Write all of it, however little the disk takes at a time. Raises OSError with a part written."""
    rest = memoryview(data)
    while rest:
        rest = rest[write(rest) :]
