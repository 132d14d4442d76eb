"""State directories as a worker leaves them, written directly: building them by traffic would take an hour.

The files are those of docs/storage.md, made by the product's own codecs, without a flush. A group is written
as after a clean stop: nothing is in the shared log, nothing in a journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import orjson

from bench.bare_pipeline import RECENT_MESSAGES, BareGroup
from bench.chat import START_MS, conversation_of, extractor_named, group_ids, messages
from bench.sample import Built
from nanie_actors.actors.group_knowledge import seen_keys
from nanie_actors.model import EpochMs, EventId, GroupId, MessageArrived
from nanie_actors.storage.group_snapshot import Add, Extent, Put, SnapshotData, snapshot_steps
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.mapping_codec import Mapping, mapping_to_json
from nanie_actors.storage.seen import pack_keys
from nanie_actors.timeline.event import TimelineEvent
from nanie_actors.timeline.state import GroupState
from nanie_actors.timeline.stored import meta_bytes
from nanie_actors.timeline.timeline import Timeline

_TOLD_EVERY = 500


def write_busy_group(layout: StateLayout, group: GroupId, events: int) -> None:
    """A group that has taken in the first `events` messages of `messages([group], …)`."""
    write_taken_in(layout, group, messages([group], events), "verbatim")


def write_taken_in(
    layout: StateLayout, group: GroupId, taken_in: Iterable[MessageArrived], extractor: str
) -> None:
    """A group that has taken in these messages, with message log and seen keys as large as they then are."""
    bare = BareGroup(group, extractor_named(extractor))
    state, keys, log = bare.state, list[int](), list[bytes]()
    for event in taken_in:
        decision = bare.decide(event)
        if decision is not None:
            applied = state.apply(state.seq + 1, decision[0])
            keys.extend(seen_keys(decision[0]))
            assert applied.message_line is not None
            log.append(applied.message_line + b"\n")
    write_group(layout, state, b"".join(log), pack_keys(keys))


def build(folder: Path, progress: Built, *, groups: int, events: int, large: int, large_events: int) -> None:
    """`groups` groups of `events` events each, then `large` ones of `large_events`; a conversation is linked
    to each of them, and the account knows them all."""
    layout = StateLayout(folder)
    ids = group_ids(groups + large)
    layout.memories.mkdir()
    small = GroupState(ids[0], recent_messages=RECENT_MESSAGES)
    small.timeline = Timeline(_small_events(events))
    for number, group in enumerate(ids[:groups]):
        _describe(small, group, events)
        write_group(layout, small, b"", b"")
        if number % _TOLD_EVERY == 0:
            progress(number / groups)
    for group in ids[groups:]:
        write_busy_group(layout, group, large_events)
    write_maps(layout, ids)


def build_busy(folder: Path, progress: Built, *, groups: int, length: int) -> None:
    """`groups` groups that have taken in `length` messages each; with none, an empty directory."""
    for number, group in enumerate(group_ids(groups) if length else ()):
        progress(number / groups)
        write_busy_group(StateLayout(folder), group, length)


def large_groups(groups: int, large: int) -> Sequence[GroupId]:
    """Which of those that `build` made are the large ones."""
    return group_ids(groups + large)[groups:]


def _small_events(count: int) -> Iterator[TimelineEvent]:
    """As short as events are: less than eighty bytes, so that many fit on the disk of whoever measures."""
    for number in range(count):
        yield TimelineEvent(
            id=EventId(str(number)),
            timestamp=EpochMs(START_MS + number * 60_000),
            type="bath",
            label="",
            details=None,
        )


def _describe(state: GroupState, group: GroupId, events: int) -> None:
    state.group = group
    state.active = True
    state.seq = state.revision = events
    state.last_activity = EpochMs(START_MS)


def write_group(layout: StateLayout, state: GroupState, log: bytes, keys: bytes) -> None:
    """The files of a group as its first snapshot leaves them."""
    folder = layout.memory(state.group)
    folder.mkdir(parents=True, mode=0o700)
    data = SnapshotData(state.timeline.to_json(), meta_bytes(state), log, keys, journal_after_seq=state.seq)
    for step in snapshot_steps(data, Extent(), untidy=False)[0]:
        match step:
            case Add(name, content) | Put(name, content):
                (folder / name).write_bytes(content)
            case _:
                raise ValueError("the first snapshot of a group only writes")


def write_maps(layout: StateLayout, groups: Iterable[GroupId]) -> None:
    """A conversation is linked to each group, and the account knows them all."""
    mappings, directory = {}, {}
    for group in groups:
        name = f"Household {group[12:18]}"
        mappings[conversation_of(group)] = mapping_to_json(Mapping(group, name, EpochMs(START_MS)))
        directory[group] = {"name": name, "participants": 3, "at": START_MS}
    layout.mappings.write_bytes(orjson.dumps(mappings))
    layout.directory.write_bytes(orjson.dumps(directory))
