"""However a worker's writes and the steps of a copy interleave, what is copied is one moment of the state."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from copied_worlds import GROUPS, LAYOUT, WHO, Interleaved, WatchedState, World, copy_of, laid_down
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nanie_actors.model import GroupId
from nanie_actors.storage.group_files import GroupFiles
from nanie_actors.storage.lines import decode_line
from nanie_actors.storage.mappings import MappingsStore
from nanie_actors.storage.memory_disk import MemoryDisk
from nanie_actors.storage.shared_log import SharedLog

VERBS = ("append", "append", "journal", "snapshot", "rewrite", "link", "commit", "bulk", "bulk", "all")
steps = st.tuples(st.sampled_from(VERBS), st.integers(0, 5))
scripts = st.lists(steps, max_size=40)
between = st.lists(st.lists(steps, max_size=6), max_size=40)

A_BUSY_LIFE = [("append", 5), ("all", 0), ("journal", 1), ("all", 0), ("snapshot", 1), ("all", 0)]
REWRITTEN = [("append", 5), ("all", 0), ("rewrite", 1), ("all", 0)]

ONLY_IN_THE_JOURNAL = [
    *[("append", 1), ("all", 0), ("snapshot", 1), ("all", 0)],
    *[("append", 5), ("append", 5), ("all", 0), ("journal", 1), ("all", 0)],
    *[("append", 4), ("all", 0), ("append", 4), ("all", 0)],
]


def sequence(disk: MemoryDisk, log: SharedLog, group: GroupId) -> int:
    """The group's last record, as a worker finds it. Fails on a hole, damage, or a state out of step."""
    stored = GroupFiles(disk, LAYOUT.memory(group), group).load(recent=100)
    base = int(stored.meta["seq"]) if stored.meta else 0
    messages = [message["id"] for message in stored.messages]
    assert messages == list(range(base - len(messages) + 1, base + 1))
    assert set(stored.seen) == set(range(1, base + 1))
    told: list[list[int]] = []
    log.tail(group, lambda tail: told.append([decode_line(raw).seq for raw in tail]))
    disk.run()
    newer = [seq for seq in told[0] if seq > stored.last_seq]
    last = stored.last_seq + len(newer)
    assert newer == list(range(stored.last_seq + 1, last + 1))
    events = [event["id"] for event in stored.events()]
    assert events == list(range(1, len(events) + 1))
    assert base <= len(events) <= last
    return last


@settings(max_examples=200, deadline=None)
@given(before=scripts, between=between)
@example(before=A_BUSY_LIFE, between=[[*A_BUSY_LIFE]] * 40)
@example(before=REWRITTEN, between=[[*REWRITTEN]] * 40)
@example(before=A_BUSY_LIFE, between=[[], *([[*A_BUSY_LIFE, *REWRITTEN]] * 30)])
def test_a_copy_is_the_state_of_one_moment_whatever_the_worker_does_meanwhile(
    before: list[tuple[str, int]], between: list[list[tuple[str, int]]]
) -> None:
    """Everything durable before the copy began is in it, nothing has a hole, nobody would be quarantined."""
    copy_and_judge(before, between)


@pytest.mark.parametrize("verb", ["snapshot", "rewrite"])
def test_a_snapshot_between_any_two_steps_of_a_copy_does_no_harm(verb: str) -> None:
    """The journal holds what the log let go of long ago; the snapshot empties it."""
    for place in range(60):
        copy_and_judge(ONLY_IN_THE_JOURNAL, [*([[]] * place), [(verb, 1), ("all", 0)]])


def copy_and_judge(before: list[tuple[str, int]], between: list[list[tuple[str, int]]]) -> None:
    """Copy a state while the worker takes the steps `between`, one list before each call of the copying."""
    world = World()
    for step in before:
        world.play(*step)
    durable = {group: written.accepted for group, written in world.groups.items()}
    linked = world.links_saved
    source = WatchedState(world)
    script: Iterator[list[tuple[str, int]]] = iter(between)

    def go_on() -> None:
        for step in next(script, ()):
            world.play(*step)

    copy = copy_of(Interleaved(world.disk.files, go_on), source)
    copied = {file.path: file.content for file in copy.copied()}
    assert source.end() is None
    assert copy.damaged == []
    world.disk.run()

    disk = laid_down(copied)
    log = SharedLog.open(disk, LAYOUT.wal)
    assert log.damaged == []
    for group in GROUPS:
        last = sequence(disk, log, group)
        assert last == source.accepted[group]
        assert last >= durable[group]
    loaded = MappingsStore(disk, LAYOUT.mappings, LAYOUT.registry_log).load()
    saved, given = source.links
    assert linked <= saved
    if saved:
        assert saved <= int(loaded.mappings[WHO].group_name) <= given


def test_a_copy_of_a_state_that_nobody_writes_is_that_state() -> None:
    world = World()
    for step in [*A_BUSY_LIFE, ("link", 0), *REWRITTEN, ("append", 1), ("all", 0)]:
        world.play(*step)
    files = world.disk.files
    copied = {file.path: file.content for file in copy_of(files, WatchedState(world)).copied()}
    assert copied
    assert all(files.read(LAYOUT.root / path) == content for path, content in copied.items())
