"""Everything that was ever shown of a group, in order: it must be the story of its stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chaos.findings import Finding
from chaos.population import Group
from chaos.story import Story
from chaos.stream import Entry, apply


def history_of_group(story: Story, group: Group) -> Iterator[Finding]:
    """Every timeline that was ever shown is the stream up to some point, later ones up to a later point; and
    what a conversation added stays until it is deleted."""
    entries = story.stream.of_group(group.jid)
    erased_events = story.deleted(group.jid, done=False)
    erased = story.messages_of(group.jid, erased_events)
    texts: dict[str, str] = {}
    told = 0
    own_before: set[str] = set()
    for revision, shown in story.revisions(group.jid):
        read = {item.message: item.text for item in shown.items if item.message is not None}
        told, fits = _advance(texts, entries, told, read, erased)
        if not fits and not story.extractor_fails:
            nearest = _nearest(entries, read, erased)
            yield Finding(
                "order", f"{group.jid}: revision {revision} is the stream up to no point: {nearest}"
            )
            return
        own = {item.text for item in shown.items if item.message is None and item.id not in erased_events}
        for text in sorted(own_before - own):
            yield Finding("lost", f"{group.jid}: revision {revision} lacks {text!r} of an earlier one")
        own_before = own


def _advance(
    texts: dict[str, str], entries: list[Entry], told: int, read: Mapping[str, str], erased: set[str]
) -> tuple[int, bool]:
    """Go on in the stream until it says what was read, what somebody deleted left out."""
    visible = {message: text for message, text in read.items() if message not in erased}
    while True:
        if len(visible) <= len(texts) and visible == {
            message: text for message, text in texts.items() if message not in erased
        }:
            return told, True
        if told == len(entries):
            return told, False
        apply(texts, entries[told])
        told += 1


def _nearest(entries: list[Entry], read: Mapping[str, str], erased: set[str]) -> str:
    """Where the stream comes nearest to what was read, and what is different there."""
    texts: dict[str, str] = {}
    best: set[tuple[str, str]] | None = None
    best_at = 0
    visible = {(message, text) for message, text in read.items() if message not in erased}
    for entry in entries:
        apply(texts, entry)
        said = {(message, text) for message, text in texts.items() if message not in erased}
        if best is None or len(said ^ visible) < len(best):
            best, best_at = said ^ visible, entry.number
    return f"at entry {best_at} it differs in {sorted(best or visible)[:4]}"
