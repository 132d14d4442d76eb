"""Ingress journals on the simulated kernel, and events whose texts tell their place."""

from __future__ import annotations

from pathlib import Path

from nanie_actors.model import ChatMessage, EpochMs, GroupId, MessageArrived, MessageId, SenderId
from nanie_actors.storage.memory_files import MemoryFiles
from nanie_actors.whatsapp.live.journal_reader import JournalReader
from nanie_actors.whatsapp.live.journal_writer import JournalWriter

ROOT = Path("/state")
FOLDER = ROOT / "whatsapp" / "journal"
SEGMENT_BYTES = 1_500
"""Small, so that a few entries make several segments."""


def event(number: int, text: str = "") -> MessageArrived:
    """The event of an entry; `number` is its place."""
    message = ChatMessage(
        group=GroupId("120363000000000001@g.us"),
        message_id=MessageId(f"M{number}"),
        sender=SenderId("222000111@lid"),
        sender_name="Noa",
        at=EpochMs(1_764_000_000_000 + number),
        kind="text",
        text=text,
    )
    return MessageArrived(message)


def never(error: OSError) -> None:
    """For disks that refuse nothing."""
    raise AssertionError("the disk refused") from error


def writer_on(files: MemoryFiles) -> JournalWriter:
    """A writer, not opened."""
    return JournalWriter(FOLDER, segment_bytes=SEGMENT_BYTES, files=files)


def opened(files: MemoryFiles) -> JournalWriter:
    """A writer that is ready."""
    writer = writer_on(files)
    writer.open()
    return writer


def filled(entries: int, files: MemoryFiles | None = None) -> MemoryFiles:
    """A disk whose journal has the entries 1 to that, one event each."""
    files = files or MemoryFiles(ROOT)
    writer = opened(files)
    for number in range(1, entries + 1):
        assert writer.append([event(number)], never) == number
    return files


def numbers(files: MemoryFiles, start: int = 1) -> list[int]:
    """The entries that a fresh reader finds, each checked to hold its own event."""
    entries = list(JournalReader(FOLDER, files).read_from(start))
    for entry in entries:
        assert entry.events == (event(entry.number),)
    return [entry.number for entry in entries]
