"""Paths of the state directory: fixed names, and no group id that is none comes near one."""

from __future__ import annotations

from pathlib import Path

import pytest
from disks import GROUP_A, STATE, AnyDisk, Outcomes

from nanie_actors.errors import InvalidGroup
from nanie_actors.model import GroupId
from nanie_actors.storage.disk import Lane
from nanie_actors.storage.layout import StateLayout, stored_groups, sweep_erased
from nanie_actors.storage.memory_disk import MemoryDisk

LAYOUT = StateLayout(STATE)
UUID_GROUP = "3f2b8c1e-5d4a-4b6f-9c7d-8e9f0a1b2c3d"


def test_the_paths_that_other_programs_rely_on() -> None:
    layout = StateLayout(Path("nanie"))
    assert layout.mappings == Path("nanie/mappings.json")
    assert layout.timeline(GROUP_A) == Path(f"nanie/memory/{GROUP_A}/timeline.json")
    assert layout.run_socket == Path("nanie/run/nanie.sock")


@pytest.mark.parametrize("text", ["", ".", "..", "../x", "a/b", "1@g.us/..", "1@g.us\0", "x@g.us", "/etc"])
def test_what_is_no_group_id_never_becomes_a_path(text: str) -> None:
    with pytest.raises(InvalidGroup):
        LAYOUT.memory(GroupId(text))


def test_groups_are_found_and_other_names_left_alone(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    layout = StateLayout(any_disk.root)
    for name in (GROUP_A, UUID_GROUP, "notes", UUID_GROUP.upper()):
        any_disk.disk.append(layout.memories / name / "x", b"x", lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert stored_groups(any_disk.disk, layout) == [GROUP_A, UUID_GROUP]


def test_an_interrupted_removal_is_finished_at_start(memory: MemoryDisk, outcomes: Outcomes) -> None:
    memory.append(LAYOUT.memories / f"{GROUP_A}.removing" / "x", b"x", lane=Lane.BULK, done=outcomes.add)
    memory.append(LAYOUT.memory(GROUP_A) / "x", b"x", lane=Lane.BULK, done=outcomes.add)
    memory.run()
    sweep_erased(memory, LAYOUT)
    memory.run()
    assert memory.listdir(LAYOUT.memories) == [GROUP_A]
