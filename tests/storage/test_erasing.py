"""Erasing a group without a worker: everything of it, nothing of anybody else's, and again after a crash."""

from __future__ import annotations

from errno import EIO
from pathlib import Path

import orjson
import pytest
from disks import GROUP_A, GROUP_B, STATE, lines

from nanie_actors.errors import StateError
from nanie_actors.model import ConversationId, EpochMs, RowId
from nanie_actors.storage import erasing
from nanie_actors.storage.direct_disk import DirectDisk
from nanie_actors.storage.disk import Disk, Lane
from nanie_actors.storage.erasing import erase_group, finish_erasures, still_naming
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.mappings import Mapping, MappingChange, MappingsStore
from nanie_actors.storage.memory_files import MemoryFiles
from nanie_actors.storage.shared_log import SharedLog

NOW = EpochMs(1_764_000_000_000)
ONE, TWO, THREE = (ConversationId(name) for name in ("one", "two", "three"))


def put(disk: Disk, path: Path, data: bytes) -> None:
    disk.replace(path, data, lane=Lane.BULK, done=lambda _: None)


def fill(disk: Disk, layout: StateLayout) -> None:
    """Two groups with everything that a group can have."""
    store = MappingsStore(disk, layout.mappings, layout.registry_log)
    store.load()
    for number, (who, group) in enumerate(((ONE, GROUP_A), (TWO, GROUP_A), (THREE, GROUP_B))):
        mapping = Mapping(group, f"name of {group}", NOW)
        store.save([MappingChange(RowId(f"r{number}"), who, mapping, NOW)], lambda _: None)
    shared = SharedLog.open(disk, layout.wal)
    for group in (GROUP_A, GROUP_B):
        shared.append(group, lines(group, 1, 3), lambda _: None)
        put(disk, layout.timeline(group), b"[]")
        put(disk, layout.memory(group) / "messages.jsonl", b"{}")
        put(disk, layout.memories / f"{group}.json.imported", b"[]")
        put(disk, layout.parked / f"{group}.jsonl", b"{}\n")
        put(disk, layout.skipped / f"{group}.jsonl", b"{}\n")
    entries = {
        group: {"name": f"name of {group}", "participants": 1, "at": 1} for group in (GROUP_A, GROUP_B)
    }
    put(disk, layout.directory, orjson.dumps(entries))
    owed = {ONE: {"group": GROUP_A, "revision": 1}, THREE: {"group": GROUP_B, "revision": 2}}
    put(disk, layout.cursors, orjson.dumps(owed))
    codes = {
        "pending": {TWO: {"group": GROUP_A}, THREE: {"group": GROUP_B}},
        "asked": {"groups": {GROUP_A: [1, 2]}},
    }
    put(disk, layout.link_codes, orjson.dumps(codes))


@pytest.fixture
def state(tmp_path: Path) -> StateLayout:
    layout = StateLayout(tmp_path / "state")
    fill(DirectDisk(), layout)
    return layout


def naming(layout: StateLayout, text: str = GROUP_A) -> list[str]:
    found = [path for path in layout.root.rglob("*") if text in path.name]
    found += [
        path for path in layout.root.rglob("*") if path.is_file() and text.encode() in path.read_bytes()
    ]
    return sorted({str(path.relative_to(layout.root)) for path in found})


def test_everything_of_the_group_goes_and_nothing_of_another(state: StateLayout) -> None:
    others = naming(state, GROUP_B)
    erased = erase_group(DirectDisk(), state, GROUP_A, NOW)
    assert erased.unlinked == (ONE, TWO)
    assert naming(state) == ["link-codes.json"]  # for how many codes was asked
    assert {*others} - {*naming(state, GROUP_B)} <= {"registry.jsonl", "wal/00000000000000000001.log"}
    mapped = MappingsStore(DirectDisk(), state.mappings, state.registry_log).load()
    assert set(mapped.mappings) == {THREE}
    assert mapped.rows == ["r0", "r1", "r2"]
    got: list[bytes] = []
    SharedLog.open(DirectDisk(), state.wal).tail(GROUP_B, got.extend)
    assert got == lines(GROUP_B, 1, 3)


def test_the_name_of_the_group_goes_with_it(state: StateLayout) -> None:
    erase_group(DirectDisk(), state, GROUP_A, NOW)
    assert naming(state, f"name of {GROUP_A}") == []
    assert naming(state, f"name of {GROUP_B}") == ["directory.json", "mappings.json"]


def test_a_group_that_is_nowhere_is_erased_without_harm(tmp_path: Path) -> None:
    layout = StateLayout(tmp_path)
    assert erase_group(DirectDisk(), layout, GROUP_A, NOW).unlinked == ()
    assert finish_erasures(DirectDisk(), layout, NOW) == []


def test_an_erasure_that_the_disk_stops_is_finished_at_the_next_start() -> None:
    files = MemoryFiles(STATE)
    layout = StateLayout(STATE)
    fill(DirectDisk(files), layout)
    files.fail("remove_tree", EIO, name="removing", count=1)
    with pytest.raises(StateError, match="next start"):
        erase_group(DirectDisk(files), layout, GROUP_A, NOW)
    files.heal()
    (erased,) = finish_erasures(DirectDisk(files), layout, NOW)
    assert erased.group == GROUP_A
    disk = DirectDisk(files)
    assert disk.listdir(layout.memories) == sorted([GROUP_B, f"{GROUP_B}.json.imported"])
    assert finish_erasures(disk, layout, NOW) == []


def test_the_audit_file_is_told_whom_it_unlinked(state: StateLayout) -> None:
    erased = erase_group(DirectDisk(), state, GROUP_A, NOW)
    told = [(entry.action, entry.conversation, entry.group) for entry in erased.entries(NOW)]
    assert told == [("unlink", ONE, GROUP_A), ("unlink", TWO, GROUP_A), ("forget", None, GROUP_A)]


def test_garbage_among_the_intents_erases_nothing_else(state: StateLayout) -> None:
    put(DirectDisk(), state.forgetting, orjson.dumps({"groups": ["../..", 7, GROUP_A]}))
    assert [erased.group for erased in finish_erasures(DirectDisk(), state, NOW)] == [GROUP_A]
    assert naming(state, GROUP_B)


def test_files_that_still_name_a_group_are_found_also_across_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "CHUNK_BYTES", 7)
    (tmp_path / "deep").mkdir()
    for offset in range(9):
        (tmp_path / "deep" / f"{offset}").write_bytes(b"x" * offset + GROUP_A.encode() + b"y")
    (tmp_path / "other").write_bytes(GROUP_B.encode())
    assert [path.name for path in still_naming(tmp_path, GROUP_A)] == [str(offset) for offset in range(9)]
