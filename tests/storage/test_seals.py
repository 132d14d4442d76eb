"""Checksums that no reader of JSON minds."""

from __future__ import annotations

import orjson
import pytest
from disks import GROUP_A, STATE
from hypothesis import given, settings
from hypothesis import strategies as st

from nanie_actors.errors import CorruptGroup
from nanie_actors.storage.disk import Lane
from nanie_actors.storage.group_files import GroupFiles, SnapshotData
from nanie_actors.storage.memory_disk import MemoryDisk
from nanie_actors.storage.seals import BrokenSeal, check_object, seal_array, seal_object, unsealed_array
from nanie_actors.storage.seen import pack_keys

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
arrays = st.lists(texts | st.integers(-(2**53), 2**53), max_size=5).map(
    lambda value: orjson.dumps(value) + b"\n"
)
objects = st.dictionaries(texts.map(lambda key: "k" + key), texts, min_size=1, max_size=4).map(orjson.dumps)


def flipped(blob: bytes, bit: int) -> bytes:
    place = bit % (len(blob) * 8)
    return bytes(byte ^ (1 << place % 8) if at == place // 8 else byte for at, byte in enumerate(blob))


def is_noticed(blob: bytes, check: object) -> bool:
    try:
        orjson.loads(blob)
        check(blob)  # type: ignore[operator]
    except (BrokenSeal, orjson.JSONDecodeError):
        return True
    return False


@given(arrays)
def test_a_sealed_array_is_the_same_array_to_every_reader(data: bytes) -> None:
    assert orjson.loads(seal_array(data)) == orjson.loads(data)
    unsealed_array(seal_array(data))


@given(objects)
def test_a_sealed_object_has_one_key_more(data: bytes) -> None:
    sealed = orjson.loads(seal_object(data))
    assert sealed == {**orjson.loads(data), "c": sealed["c"]}
    check_object(seal_object(data), sealed=True)


@given(arrays, st.integers(0, 1 << 20))
def test_no_flipped_bit_of_a_sealed_array_is_believed(data: bytes, bit: int) -> None:
    assert is_noticed(flipped(seal_array(data), bit), unsealed_array)


@given(arrays)
def test_an_array_that_somebody_wrote_by_hand_is_taken_as_it_is(data: bytes) -> None:
    unsealed_array(data)
    check_object(b'{"written":"by hand"}\n', sealed=False)


FOLDER = STATE / "memory" / GROUP_A
SNAPSHOT_FILES = ("timeline.json", "group.json", "messages.jsonl", "seen.bin")


def snapshotted(rounds: int, rewritten_at: int | None) -> MemoryDisk:
    """A group's files after some snapshots, of which one wrote the message log anew."""
    disk = MemoryDisk(STATE)
    files = GroupFiles(disk, FOLDER, GROUP_A)
    for seq in range(1, rounds + 1):
        message = orjson.dumps({"id": str(seq), "text": f"said {seq}"}) + b"\n"
        data = SnapshotData(
            timeline=orjson.dumps([{"id": f"e{seq}", "label": "fed at 10:00"}]) + b"\n",
            meta=orjson.dumps({"format": 1, "seq": seq, "name": "a group"}),
            new_messages=message,
            new_seen=pack_keys([seq]),
            messages_rewritten=message if seq == rewritten_at else None,
            journal_after_seq=seq,
        )
        files.snapshot(data, lambda _: None)
        disk.run()
    return disk


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(SNAPSHOT_FILES), st.integers(0, 1 << 20), st.integers(1, 3), st.none() | st.integers(1, 3)
)
def test_no_flipped_bit_of_a_snapshot_is_believed(
    name: str, bit: int, rounds: int, rewritten_at: int | None
) -> None:
    """Whatever the file and the place: the group is refused, with the file's name."""
    disk = snapshotted(rounds, rewritten_at)
    GroupFiles(disk, FOLDER, GROUP_A).load()
    damaged = flipped(disk.read(FOLDER / name) or b"", bit)
    disk.replace(FOLDER / name, damaged, lane=Lane.BULK, done=lambda _: None)
    disk.run()
    with pytest.raises(CorruptGroup, match=name):
        GroupFiles(disk, FOLDER, GROUP_A).load()


def test_files_of_a_version_without_checksums_are_loaded() -> None:
    disk = snapshotted(2, None)
    meta = orjson.loads(disk.read(FOLDER / "group.json") or b"")
    del meta["c"], meta["files"]["crcs"]
    for name, data in (("group.json", orjson.dumps(meta)), ("timeline.json", b'[{"id": "by hand"}]')):
        disk.replace(FOLDER / name, data, lane=Lane.BULK, done=lambda _: None)
    disk.run()
    stored = GroupFiles(disk, FOLDER, GROUP_A).load()
    assert [event["id"] for event in stored.events()] == ["by hand"]
    assert [message["id"] for message in stored.messages] == ["1", "2"]
