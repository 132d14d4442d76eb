"""A file is only as durable as every name on the way to it."""

from __future__ import annotations

from errno import EACCES

from disks import STATE, Outcomes

from nanie_actors.storage.disk import Lane
from nanie_actors.storage.folders import Folders
from nanie_actors.storage.memory_disk import MemoryDisk
from nanie_actors.storage.memory_files import MemoryFiles

DEEP = STATE / "memory" / "group"


def test_folders_that_were_made_survive_the_loss_of_power() -> None:
    files = MemoryFiles(STATE)
    Folders(files).ensure(DEEP)
    files.power_loss()
    assert files.is_folder(DEEP)


def test_a_folder_that_a_killed_process_made_is_not_trusted_to_be_on_the_disk() -> None:
    files = MemoryFiles(STATE)
    files.make_folder(STATE / "memory")
    files.make_folder(DEEP)
    files.kill()
    Folders(files).ensure(DEEP)
    files.power_loss()
    assert files.is_folder(DEEP)


def test_a_folder_is_looked_at_once() -> None:
    files = MemoryFiles(STATE)
    folders = Folders(files)
    folders.ensure(DEEP)
    before = files.calls
    folders.ensure(DEEP)
    assert files.calls == before


def test_folders_above_that_are_not_ours_to_open_are_left_alone() -> None:
    files = MemoryFiles(STATE)
    files.fail("sync_folder", EACCES, name="", nth=1, count=1)
    Folders(files).ensure(STATE)
    assert files.is_folder(STATE)


def test_a_file_that_a_killed_process_renamed_is_secured_by_the_next_append(memory: MemoryDisk) -> None:
    """Else the old file could come back with the power, and with it would go what was appended since."""
    done = Outcomes()
    memory.append(STATE / "log", b"old", lane=Lane.BULK, done=done.add)
    memory.append(STATE / "new", b"new", lane=Lane.BULK, done=done.add)
    memory.run()
    memory.files.rename(STATE / "new", STATE / "log")
    memory.kill()
    memory.append(STATE / "log", b"+more", lane=Lane.BULK, done=done.add)
    memory.run()
    memory.power_loss()
    assert memory.read(STATE / "log") == b"new+more"


def test_an_empty_append_secures_what_a_killed_process_wrote(memory: MemoryDisk) -> None:
    done = Outcomes()
    memory.append(STATE / "log", b"synced", lane=Lane.BULK, done=done.add)
    memory.run()
    memory.files.open_append(STATE / "log").write(b"+written")
    memory.kill()
    memory.append(STATE / "log", b"", lane=Lane.BULK, done=done.add)
    memory.append(STATE / "missing", b"", lane=Lane.BULK, done=done.add)
    memory.run()
    memory.power_loss()
    assert done.all_ok
    assert memory.read(STATE / "log") == b"synced+written"
    assert not memory.exists(STATE / "missing")


def test_a_folder_that_somebody_removed_is_made_again_after_one_failure(memory: MemoryDisk) -> None:
    done = Outcomes()
    memory.append(DEEP / "log", b"x", lane=Lane.BULK, done=done.add)
    memory.run()
    memory.files.remove_tree(STATE / "memory")
    memory.replace(DEEP / "file", b"x", lane=Lane.BULK, done=done.add)
    memory.run()
    memory.replace(DEEP / "file", b"x", lane=Lane.BULK, done=done.add)
    memory.run()
    assert memory.read(DEEP / "file") == b"x"
