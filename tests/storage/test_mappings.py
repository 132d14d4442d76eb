"""The map of conversations to groups: durable before it is answered, an operator's edit respected."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from contextlib import suppress
from errno import EIO, ENOSPC
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from disks import GROUP_A, GROUP_B, STATE, AnyDisk, Outcomes
from hypothesis import given, settings
from hypothesis import strategies as st

from nanie_actors.errors import StateError
from nanie_actors.model import ConversationId, EpochMs, GroupId, RowId
from nanie_actors.storage import registry_log
from nanie_actors.storage.accidents import Cut
from nanie_actors.storage.direct_disk import DirectDisk
from nanie_actors.storage.disk import Disk, DiskOk, DiskResult, Done, Lane
from nanie_actors.storage.mappings import LoadedMappings, Mapping, MappingChange, MappingsStore
from nanie_actors.storage.memory_disk import MemoryDisk

MAPPINGS = STATE / "mappings.json"
LOG = STATE / "registry.jsonl"
UUID_GROUP = GroupId("3f2b8c1e-5d4a-4b6f-9c7d-8e9f0a1b2c3d")


def store_on(disk: Disk) -> MappingsStore:
    return MappingsStore(disk, MAPPINGS, LOG)


def loaded(disk: MemoryDisk) -> LoadedMappings:
    """What a new run of the worker finds; the load's own writes are done too."""
    found = store_on(disk).load()
    disk.run()
    return found


def link(number: int, group: GroupId = GROUP_A, row: str | None = None) -> MappingChange:
    mapping = Mapping(group, f"group {number}", EpochMs(number))
    return MappingChange(
        RowId(row or f"row-{number}"), ConversationId(f"c{number}"), mapping, EpochMs(number)
    )


def unlink(number: int) -> MappingChange:
    return MappingChange(RowId(f"unlink-{number}"), ConversationId(f"c{number}"), None, EpochMs(number))


def put(disk: MemoryDisk, content: bytes) -> None:
    disk.replace(MAPPINGS, content, lane=Lane.BULK, done=lambda _: None)
    disk.run()


def on_disk(disk: Disk) -> dict[str, Any]:
    raw = disk.read(MAPPINGS)
    assert raw is not None
    value = orjson.loads(raw)
    assert isinstance(value, dict)
    return value


def groups(mappings: MappingOf[ConversationId, Mapping]) -> dict[str, str]:
    return {conversation: mapping.group for conversation, mapping in mappings.items()}


def test_nothing_stored_is_nothing_linked(any_disk: AnyDisk) -> None:
    store = MappingsStore(any_disk.disk, any_disk.root / "m.json", any_disk.root / "r.jsonl")
    assert store.load() == LoadedMappings({}, [])


def test_what_was_saved_is_loaded(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    paths = (any_disk.root / "nanie" / "m.json", any_disk.root / "nanie" / "r.jsonl")
    store = MappingsStore(any_disk.disk, *paths)
    store.load()
    store.save([link(1), link(2, GROUP_B)], outcomes.add)
    store.save([unlink(1)], outcomes.add)
    any_disk.settle()
    assert outcomes == [DiskOk(), DiskOk()]
    found = MappingsStore(any_disk.disk, *paths).load()
    assert found.mappings == {ConversationId("c2"): Mapping(GROUP_B, "group 2", EpochMs(2))}
    assert found.rows == ["row-1", "row-2", "unlink-1"]


def test_the_form_of_the_file_is_a_contract(memory: MemoryDisk, outcomes: Outcomes) -> None:
    standalone = Mapping(UUID_GROUP, "our own", EpochMs(7), "standalone")
    change = MappingChange(RowId("r"), ConversationId("c2"), standalone, EpochMs(7))
    store_on(memory).save([link(1), change], outcomes.add)
    memory.run()
    assert on_disk(memory) == {
        "c1": {"groupId": GROUP_A, "groupName": "group 1", "mappedAt": 1},
        "c2": {"groupId": UUID_GROUP, "groupName": "our own", "mappedAt": 7, "mode": "standalone"},
    }


def test_a_change_is_told_only_when_both_files_have_it(memory: MemoryDisk, outcomes: Outcomes) -> None:
    store_on(memory).save([link(1)], outcomes.add)
    while not outcomes:
        assert memory.run_one(Lane.BULK)
    memory.power_loss()
    assert groups(loaded(memory).mappings) == {"c1": GROUP_A}
    assert on_disk(memory)["c1"]["groupId"] == GROUP_A


def test_saves_that_wait_share_the_writes(memory: MemoryDisk, outcomes: Outcomes) -> None:
    store = store_on(memory)
    for number in range(100):
        store.save([link(number)], outcomes.add)
    memory.run()
    assert len(outcomes) == 100
    assert outcomes.all_ok
    assert memory.files.calls < 30
    assert len(loaded(memory).mappings) == 100


def test_unknown_keys_survive(memory: MemoryDisk, outcomes: Outcomes) -> None:
    put(memory, b'{"c1":{"groupId":"%b","groupName":"n","mappedAt":1,"color":"red"}}' % GROUP_A.encode())
    store = store_on(memory)
    mapping = store.load().mappings[ConversationId("c1")]
    assert mapping.extra == {"color": "red"}
    store.save([MappingChange(None, ConversationId("c1"), mapping, EpochMs(1)), link(2)], outcomes.add)
    memory.run()
    assert on_disk(memory)["c1"]["color"] == "red"


@pytest.mark.parametrize(
    "entry",
    [
        b"7",
        b"{}",
        b'{"groupId":"../../etc","groupName":"n","mappedAt":1}',
        b'{"groupId":7,"groupName":"n","mappedAt":1}',
        b'{"groupId":"1@g.us","groupName":7,"mappedAt":1}',
        b'{"groupId":"1@g.us","groupName":"n","mappedAt":"today"}',
        b'{"groupId":"1@g.us","groupName":"n","mappedAt":true}',
    ],
)
def test_an_entry_that_cannot_be_used_is_named_and_left_as_it_is(
    memory: MemoryDisk, outcomes: Outcomes, caplog: pytest.LogCaptureFixture, entry: bytes
) -> None:
    put(memory, b'{"bad":%b,"c1":{"groupId":"1@g.us","groupName":"n","mappedAt":1}}' % entry)
    store = store_on(memory)
    found = store.load()
    assert list(found.mappings) == ["c1"]
    assert found.refused == ("bad",)
    assert "conversation bad is not used" in caplog.text
    store.save([link(2)], outcomes.add)
    memory.run()
    assert on_disk(memory)["bad"] == orjson.loads(entry)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\0\0\0"])
def test_a_file_that_cannot_be_used_is_refused_by_name_and_kept(memory: MemoryDisk, content: bytes) -> None:
    put(memory, content)
    with pytest.raises(StateError, match=r"mappings\.json"):
        store_on(memory).load()
    memory.run()
    assert memory.read(MAPPINGS) == content


@pytest.mark.parametrize("name", ["mappings.json", "registry.jsonl"])
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    store = MappingsStore(DirectDisk(), tmp_path / "mappings.json", tmp_path / "registry.jsonl")
    with pytest.raises(StateError, match=f"{name} cannot be used: it cannot be read"):
        store.load()


def test_an_operators_edit_of_a_stopped_workers_map_is_respected(
    memory: MemoryDisk, outcomes: Outcomes
) -> None:
    store_on(memory).save([link(1), link(2)], outcomes.add)
    memory.run()
    edited = on_disk(memory)
    del edited["c1"]
    put(memory, orjson.dumps(edited))
    assert groups(loaded(memory).mappings) == {"c2": GROUP_A}
    assert groups(loaded(memory).mappings) == {"c2": GROUP_A}


def test_handled_rows_are_remembered_newest_first_to_go_last(
    memory: MemoryDisk, outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_log, "ROWS_KEPT", 5)
    store = store_on(memory)
    for number in range(8):
        store.save([link(number)], outcomes.add)
        memory.run()
    assert loaded(memory).rows == [f"row-{number}" for number in range(3, 8)]
    assert loaded(memory).rows == [f"row-{number}" for number in range(3, 8)]


def test_the_log_does_not_grow_for_ever(
    memory: MemoryDisk, outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_log, "ROWS_KEPT", 5)
    monkeypatch.setattr(registry_log, "LINES_BEFORE_COMPACTION", 20)
    store = store_on(memory)
    for number in range(200):
        store.save([link(number % 3, row=f"row-{number}")], outcomes.add)
        memory.run()
        assert (memory.read(LOG) or b"").count(b"\n") <= 23
    assert outcomes.all_ok
    memory.kill()
    found = loaded(memory)
    assert found.rows[-3:] == ["row-197", "row-198", "row-199"]
    assert set(found.mappings) == {"c0", "c1", "c2"}


def test_a_torn_last_line_of_the_log_is_cut(memory: MemoryDisk, outcomes: Outcomes) -> None:
    store_on(memory).save([link(1)], outcomes.add)
    memory.run()
    memory.append(LOG, b'{"v":1,"row":"to', lane=Lane.BULK, done=lambda _: None)
    memory.run()
    store = store_on(memory)
    assert groups(store.load().mappings) == {"c1": GROUP_A}
    store.save([link(2)], outcomes.add)
    memory.run()
    assert outcomes.all_ok
    assert groups(loaded(memory).mappings) == {"c1": GROUP_A, "c2": GROUP_A}


def test_damage_in_the_middle_of_the_log_is_refused_by_name(memory: MemoryDisk, outcomes: Outcomes) -> None:
    store_on(memory).save([link(1), link(2)], outcomes.add)
    memory.run()
    blob = memory.read(LOG)
    assert blob is not None
    memory.replace(LOG, blob.replace(b"row-1", b"row-X"), lane=Lane.BULK, done=lambda _: None)
    memory.run()
    with pytest.raises(StateError, match=r"registry\.jsonl.*line 1"):
        store_on(memory).load()


# failures


def test_a_failed_change_does_not_come_back_with_a_later_one(memory: MemoryDisk) -> None:
    """The log had it already when mappings.json could not be written: it is taken out again first."""
    store = store_on(memory)
    store.load()
    failed, good = Outcomes(), Outcomes()
    memory.files.fail("open_new", ENOSPC)
    store.save([link(1)], failed.add)
    memory.run()
    store.save([link(2)], good.add)
    memory.run()
    assert failed.all_failed
    assert good.all_ok
    found = loaded(memory)
    assert groups(found.mappings) == {"c2": GROUP_A}
    assert found.rows == ["row-2"]


def test_a_failed_change_does_not_come_back_also_when_the_log_was_just_written_anew(
    memory: MemoryDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_log, "LINES_BEFORE_COMPACTION", 4)
    store = store_on(memory)
    good, failed = Outcomes(), Outcomes()
    for number in range(2):
        store.save([link(number)], good.add)
        memory.run()
    memory.files.fail("write", ENOSPC, name="mappings.json")
    store.save([link(7)], failed.add)
    memory.run()
    store.save([link(8)], good.add)
    memory.run()
    assert failed.all_failed
    assert good.all_ok
    found = loaded(memory)
    assert set(found.mappings) == {"c0", "c1", "c8"}
    assert found.rows == ["row-0", "row-1", "row-8"]


@pytest.mark.parametrize("call", ["write", "sync", "open_append", "sync_folder"])
def test_after_a_failure_the_next_save_is_tried_anew(memory: MemoryDisk, call: str) -> None:
    store = store_on(memory)
    failed, good = Outcomes(), Outcomes()
    memory.files.fail(call, EIO)
    store.save([link(1)], failed.add)
    memory.run()
    store.save([link(1)], good.add)
    memory.run()
    assert failed.all_failed
    assert good.all_ok
    assert groups(loaded(memory).mappings) == {"c1": GROUP_A}


class Expected:
    """What may be found after an accident: the last answered link, or one that was asked for since.

    A change that was told as failed may still be found, since its outcome is unknown, but not after a later
    one was told durable.
    """

    def __init__(self) -> None:
        self.sure: dict[str, str] = {}
        self.open: list[tuple[str, str]] = []
        self.failed: list[tuple[str, str]] = []

    def saving(self, conversation: str, group: str) -> Done:
        change = (conversation, group)
        self.open.append(change)

        def told(result: DiskResult) -> None:
            self.open.remove(change)
            if isinstance(result, DiskOk):
                self.sure[conversation] = group
                self.failed.clear()
            else:
                self.failed.append(change)

        return told

    def check(self, found: dict[str, str]) -> None:
        maybe = {*self.open, *self.failed}
        assert all(item in maybe or self.sure.get(item[0]) == item[1] for item in found.items())
        assert set(self.sure) <= set(found)
        self.sure, self.open, self.failed = found, [], []


verbs = st.sampled_from(["save", "save", "save", "run_one", "run", "fail"])
scripts = st.lists(st.tuples(verbs, st.integers(0, 9)), max_size=15)


@settings(max_examples=150, deadline=None)
@given(
    lives=st.lists(st.tuples(scripts, st.integers(0, 40), st.booleans()), min_size=1, max_size=3),
    seed=st.integers(0, 2**32),
)
def test_after_any_accident_the_map_has_every_link_that_was_answered(
    lives: list[tuple[list[tuple[str, int]], int, bool]], seed: int
) -> None:
    random = Random(seed)
    disk = MemoryDisk(STATE)
    expected = Expected()
    for script, cut, power_lost in lives:
        store = store_on(disk)
        disk.files.cut_after(cut, choose=lambda most: random.randint(0, most))
        with suppress(Cut):
            store.load()
            play(disk, store, expected, script)
        disk.files.heal()
        if power_lost:
            disk.power_loss(lambda most: random.randint(0, most))
        else:
            disk.kill()
        expected.check(groups(loaded(disk).mappings))


def play(disk: MemoryDisk, store: MappingsStore, expected: Expected, script: list[tuple[str, int]]) -> None:
    for verb, number in script:
        match verb:
            case "save":
                group = (GROUP_A, GROUP_B)[number % 2]
                store.save([link(number % 3, group)], expected.saving(f"c{number % 3}", group))
            case "run_one":
                disk.run_one(Lane.BULK)
            case "run":
                disk.run()
            case _:
                call = ("write", "sync", "rename", "sync_folder")[number % 4]
                disk.files.fail(call, EIO, nth=1 + number // 4, taken=number)
    disk.run()
