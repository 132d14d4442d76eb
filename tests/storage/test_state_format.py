"""A state directory says which program may use it; one that is too old changes nothing in it."""

from __future__ import annotations

from errno import ENOSPC

import orjson
import pytest
from disks import GROUP_A, STATE, lines

from nanie_actors.errors import CorruptGroup, StateError
from nanie_actors.storage.direct_disk import DirectDisk
from nanie_actors.storage.group_files import GroupFiles
from nanie_actors.storage.group_snapshot import JOURNAL, META
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.lines import seal
from nanie_actors.storage.mappings import MappingsStore
from nanie_actors.storage.memory_disk import MemoryDisk
from nanie_actors.storage.memory_files import MemoryFiles
from nanie_actors.storage.shared_log import SharedLog
from nanie_actors.storage.state_format import STATE_FORMAT, check_format, claim_format

LAYOUT = StateLayout(STATE)


@pytest.fixture
def files() -> MemoryFiles:
    return MemoryFiles(STATE)


@pytest.fixture
def disk(files: MemoryFiles) -> DirectDisk:
    return DirectDisk(files)


def put(files: MemoryFiles, content: bytes) -> None:
    files.open_new(LAYOUT.format).write(content)


def test_a_new_directory_is_claimed_and_one_of_our_own_is_ours(files: MemoryFiles, disk: DirectDisk) -> None:
    check_format(disk, LAYOUT)
    assert not files.exists(LAYOUT.format)
    claim_format(disk, LAYOUT, "1.2.3")
    assert orjson.loads(files.read(LAYOUT.format)) == {"format": STATE_FORMAT, "version": "1.2.3"}
    calls = files.calls
    claim_format(disk, LAYOUT, "1.2.3")
    assert files.calls == calls


def test_the_version_that_used_it_last_is_noted(files: MemoryFiles, disk: DirectDisk) -> None:
    claim_format(disk, LAYOUT, "1.2.3")
    claim_format(disk, LAYOUT, "1.2.4")
    assert orjson.loads(files.read(LAYOUT.format))["version"] == "1.2.4"


def test_a_directory_of_a_newer_format_is_refused_with_the_version_that_can(
    files: MemoryFiles, disk: DirectDisk
) -> None:
    put(files, b'{"format":2,"version":"9.0.0"}')
    calls = files.calls
    told = r"version '9\.0\.0'.*Nothing was changed.*newer one, or restore"
    with pytest.raises(StateError, match=told):
        check_format(disk, LAYOUT)
    with pytest.raises(StateError, match=told):
        claim_format(disk, LAYOUT, "1.2.3")
    assert files.calls == calls


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"format":"2"}'])
def test_what_cannot_be_told_is_refused_with_what_to_do(
    files: MemoryFiles, disk: DirectDisk, content: bytes
) -> None:
    put(files, content)
    with pytest.raises(StateError, match=r"not known which version.*remove that file"):
        claim_format(disk, LAYOUT, "1.2.3")


def test_a_disk_that_refuses_is_told(files: MemoryFiles, disk: DirectDisk) -> None:
    files.fail("write", ENOSPC)
    with pytest.raises(StateError, match="cannot be written"):
        claim_format(disk, LAYOUT, "1.2.3")


def test_a_log_that_a_newer_version_wrote_is_refused_and_stays_as_it_is() -> None:
    """Its lines are whole, but none that we know: taken for a torn write, the last one would be cut off."""
    disk = MemoryDisk(STATE)
    (record,) = lines(GROUP_A, 1, 1)
    batch = seal({"v": 2, "w": "batch", "n": len(record)})
    disk.files.make_folder(LAYOUT.wal)
    path = LAYOUT.wal / "00000000000000000001.log"
    content = batch + record.replace(b'"v":1', b'"v":2')
    disk.files.open_new(path).write(content)
    with pytest.raises(StateError, match=r"written by a newer version.*format 2.*Nothing was changed"):
        SharedLog.open(disk, LAYOUT.wal)
    disk.run()
    assert disk.read(path) == content


def test_a_damaged_line_that_looks_newer_is_damage() -> None:
    disk = MemoryDisk(STATE)
    disk.files.make_folder(LAYOUT.wal)
    path = LAYOUT.wal / "00000000000000000001.log"
    disk.files.open_new(path).write(b'{"v":2,"w":"batch","n":1,"c":"00000000"}\n')
    SharedLog.open(disk, LAYOUT.wal)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (META, b'{"format":2,"seq":7}'),
        (JOURNAL, seal({"v": 2, "g": GROUP_A, "s": 1, "k": "note", "t": 1, "d": {}}) * 2),
    ],
)
def test_a_newer_file_of_a_group_quarantines_that_group_and_stays(name: str, content: bytes) -> None:
    disk = MemoryDisk(STATE)
    folder = LAYOUT.memory(GROUP_A)
    for made in (LAYOUT.memories, folder):
        disk.files.make_folder(made)
    disk.files.open_new(folder / name).write(content)
    with pytest.raises(CorruptGroup, match=name):
        GroupFiles(disk, folder, GROUP_A).load()
    disk.run()
    assert disk.read(folder / name) == content


def test_a_newer_line_of_the_registry_s_log_stops_the_start() -> None:
    disk = MemoryDisk(STATE)
    content = seal({"v": 2, "row": "r1"})
    disk.files.open_new(LAYOUT.registry_log).write(content)
    with pytest.raises(StateError, match=r"line 1: it was written by another version"):
        MappingsStore(disk, LAYOUT.mappings, LAYOUT.registry_log).load()
    disk.run()
    assert disk.read(LAYOUT.registry_log) == content
