"""What a group costs in memory while nothing happens: the growth of the process, over many of them."""

from __future__ import annotations

from pathlib import Path

from bench.bare_pipeline import BareGroup
from bench.chat import extractor_named, group_ids, messages
from bench.gauges import resident_bytes
from bench.live_tree import LiveTree
from bench.sample import Metrics
from nanie_actors.memory import give_back_what_is_free


def live(folder: Path, *, groups: int) -> Metrics:
    """Live groups without an event: first nobody listens, then a conversation is linked to each."""
    _warm(folder)
    tree = LiveTree(folder / "state", group_ids(groups), "verbatim")
    before = resident_bytes()
    tree.wake()
    seen = resident_bytes()
    tree.link()
    linked = resident_bytes()
    return {"bytes_per_group": (seen - before) / groups, "bytes_per_linked": (linked - before) / groups}


def filled(folder: Path, *, groups: int, events: int) -> Metrics:
    """Linked groups with `events` timeline events each: as they stand, then with their files written."""
    _warm(folder)
    tree = LiveTree(folder / "state", group_ids(groups), "verbatim")
    before = resident_bytes()
    tree.wake()
    tree.link()
    told = tree.told_all(more=events)
    # Group by group: in turn, every group would be pushed some five hundred times on the way.
    for group in tree.groups:
        tree.put(messages([group], events))
    tree.until_durable()
    told.wait()
    standing = resident_bytes()
    tree.write_files()
    give_back_what_is_free()  # as the worker does when it rests
    written = resident_bytes()
    return {
        "standing_per_group": (standing - before) / groups,
        "bytes_per_group": (written - before) / groups,
    }


def bare(_folder: Path, *, groups: int, events: int) -> Metrics:
    """The same timelines as plain objects, without actors, files or listeners."""
    reader = extractor_named("verbatim")
    ids = group_ids(groups)
    before = resident_bytes()
    states = {group: BareGroup(group, reader) for group in ids}
    for group, bare_group in states.items():
        for event in messages([group], events):
            decision = bare_group.decide(event)
            if decision is not None:
                bare_group.state.apply(bare_group.state.seq + 1, decision[0])
    return {"bytes_per_group": (resident_bytes() - before) / groups}


def _warm(folder: Path) -> None:
    """What is loaded and made once does not belong to the groups."""
    first = LiveTree(folder / "warm", group_ids(1), "verbatim")
    first.wake()
    first.link()
