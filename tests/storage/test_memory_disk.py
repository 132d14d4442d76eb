"""The simulated kernel is only worth something if it loses what a real one would lose."""

from __future__ import annotations

from errno import EIO, ENOSPC
from pathlib import Path

import pytest
from disks import STATE, Outcomes

from nanie_actors.storage.accidents import Cut
from nanie_actors.storage.disk import DiskError, DiskOk, Lane
from nanie_actors.storage.memory_disk import MemoryDisk
from nanie_actors.storage.memory_files import MemoryFiles

FILE = STATE / "file"


def everything(most: int) -> int:
    return most


def nothing(_: int) -> int:
    return 0


def written(files: MemoryFiles, path: Path, data: bytes, *, sync: bool) -> None:
    file = files.open_append(path)
    file.write(data)
    if sync:
        file.sync()


def test_a_file_that_was_not_synced_is_lost_with_the_power() -> None:
    files = MemoryFiles(STATE)
    written(files, FILE, b"data", sync=False)
    files.sync_folder(STATE)
    files.power_loss(nothing)
    assert files.read(FILE) == b""


def test_a_name_whose_folder_was_not_synced_is_lost_with_the_power() -> None:
    files = MemoryFiles(STATE)
    written(files, FILE, b"data", sync=True)
    files.power_loss(nothing)
    assert not files.exists(FILE)


def test_what_was_not_synced_may_also_survive() -> None:
    files = MemoryFiles(STATE)
    written(files, FILE, b"data", sync=False)
    choices = iter([1, 3, 0])  # the name, three bytes, no hole
    files.power_loss(lambda _: next(choices))
    assert files.read(FILE) == b"dat"


def test_synced_data_and_names_survive_anything() -> None:
    files = MemoryFiles(STATE)
    written(files, FILE, b"data", sync=True)
    files.sync_folder(STATE)
    files.power_loss(nothing)
    assert files.read(FILE) == b"data"


def test_the_end_of_the_process_keeps_what_was_written() -> None:
    files = MemoryFiles(STATE)
    written(files, FILE, b"data", sync=False)
    files.kill()
    assert files.read(FILE) == b"data"


def test_a_lost_page_reads_as_zeros() -> None:
    files = MemoryFiles(STATE)
    written(files, FILE, b"x" * 10_000, sync=False)
    files.sync_folder(STATE)

    files.power_loss(everything)

    survivor = files.read(FILE)
    assert len(survivor) == 10_000
    assert b"\0" in survivor
    assert set(survivor) == {0, ord("x")}


def test_a_rename_that_was_not_synced_may_be_undone() -> None:
    files = MemoryFiles(STATE)
    written(files, FILE, b"new", sync=True)
    written(files, STATE / "target", b"old", sync=True)
    files.sync_folder(STATE)
    files.rename(FILE, STATE / "target")
    files.power_loss(nothing)
    assert files.read(STATE / "target") == b"old"
    assert files.read(FILE) == b"new"


@pytest.mark.parametrize("calls", range(8))
def test_the_process_can_be_cut_off_at_any_call(memory: MemoryDisk, outcomes: Outcomes, calls: int) -> None:
    memory.files.cut_after(calls)
    memory.replace(FILE, b"data", lane=Lane.BULK, done=outcomes.add)
    if calls < 6:  # sync of the folder above, open, write, sync, rename, sync of the folder
        with pytest.raises(Cut):
            memory.run()
        assert outcomes == []
    else:
        memory.run()
        assert outcomes == [DiskOk()]


def test_nothing_happens_until_it_is_run(memory: MemoryDisk, outcomes: Outcomes) -> None:
    memory.append(FILE, b"x", lane=Lane.BULK, done=outcomes.add)
    assert outcomes == []
    assert memory.waiting(Lane.BULK) == 1
    assert memory.run_one(Lane.BULK)
    assert outcomes == [DiskOk()]
    assert not memory.run_one(Lane.BULK)


def test_what_waits_is_gone_with_the_process(memory: MemoryDisk, outcomes: Outcomes) -> None:
    memory.append(FILE, b"x", lane=Lane.BULK, done=outcomes.add)
    memory.kill()
    memory.run()
    assert outcomes == []
    assert not memory.exists(FILE)


def test_appends_of_a_batch_share_one_write_and_one_flush(memory: MemoryDisk, outcomes: Outcomes) -> None:
    for _ in range(100):
        memory.append(FILE, b"x", lane=Lane.COMMIT, done=outcomes.add)
    memory.run()
    assert len(outcomes) == 100
    assert memory.files.calls == 5  # two syncs of folders, open, write, sync of the file


def test_a_failed_append_leaves_nothing_behind(memory: MemoryDisk, outcomes: Outcomes) -> None:
    memory.append(FILE, b"good", lane=Lane.BULK, done=outcomes.add)
    memory.run()
    memory.files.fail("write", ENOSPC, taken=3)
    memory.append(FILE, b"failed", lane=Lane.BULK, done=outcomes.add)
    memory.run()
    assert memory.read(FILE) == b"good"
    assert outcomes[1] == DiskError("append failed: No space left on device", ENOSPC)


def test_a_flush_that_fails_takes_its_data_back(memory: MemoryDisk, outcomes: Outcomes) -> None:
    memory.append(FILE, b"good", lane=Lane.BULK, done=outcomes.add)
    memory.run()
    memory.files.fail("sync", EIO)
    memory.append(FILE, b"failed", lane=Lane.BULK, done=outcomes.add)
    memory.run()
    memory.power_loss(everything)
    assert memory.read(FILE) == b"good"


def test_half_written_data_is_never_followed_by_more(memory: MemoryDisk, outcomes: Outcomes) -> None:
    """As long as the rest of a failed append cannot be cut off, further appends to that file fail."""
    memory.append(FILE, b"good", lane=Lane.BULK, done=outcomes.add)
    memory.run()
    memory.files.fail("write", EIO, taken=3)
    memory.files.fail("truncate", EIO, count=2)
    memory.append(FILE, b"failed", lane=Lane.BULK, done=outcomes.add)
    memory.run()
    memory.append(FILE, b"refused", lane=Lane.BULK, done=outcomes.add)
    memory.run()
    memory.append(FILE, b"+later", lane=Lane.BULK, done=outcomes.add)
    memory.run()
    assert [type(outcome) for outcome in outcomes] == [DiskOk, DiskError, DiskError, DiskOk]
    assert memory.read(FILE) == b"good+later"


@pytest.mark.parametrize("call", ["open_new", "write", "sync", "rename"])
def test_a_failed_replace_keeps_the_old_content(memory: MemoryDisk, outcomes: Outcomes, call: str) -> None:
    memory.replace(FILE, b"old", lane=Lane.BULK, done=outcomes.add)
    memory.run()
    memory.files.fail(call, ENOSPC)
    memory.replace(FILE, b"new", lane=Lane.BULK, done=outcomes.add)
    memory.run()
    assert memory.read(FILE) == b"old"
    assert isinstance(outcomes[1], DiskError)
    assert memory.listdir(STATE) == ["file"]


def test_a_name_that_could_not_be_synced_is_synced_with_the_next_append(
    memory: MemoryDisk, outcomes: Outcomes
) -> None:
    memory.files.fail("sync_folder", EIO)
    memory.append(FILE, b"failed", lane=Lane.BULK, done=outcomes.add)
    memory.run()
    memory.append(FILE, b"good", lane=Lane.BULK, done=outcomes.add)
    memory.run()
    memory.power_loss(nothing)
    assert [type(outcome) for outcome in outcomes] == [DiskError, DiskOk]
    assert memory.read(FILE) == b"good"


def test_closing_cuts_back_what_could_not_be_before(memory: MemoryDisk, outcomes: Outcomes) -> None:
    memory.append(FILE, b"good", lane=Lane.BULK, done=outcomes.add)
    memory.run()
    memory.files.fail("write", EIO, taken=3)
    memory.files.fail("truncate", EIO)
    memory.append(FILE, b"failed", lane=Lane.BULK, done=outcomes.add)
    memory.run()
    assert memory.read(FILE) == b"goodfai"
    memory.close(1.0)
    assert memory.read(FILE) == b"good"


@pytest.mark.parametrize("calls", range(12))
def test_a_folder_is_removed_whole_or_found_as_a_leftover(memory: MemoryDisk, calls: int) -> None:
    """After a crash at any step the folder is there with all it held, or its name is gone."""
    done = Outcomes()
    for name in ("one", "two", "three"):
        memory.append(STATE / "group" / name, b"x", lane=Lane.BULK, done=done.add)
    memory.run()
    memory.files.cut_after(calls)
    memory.remove(STATE / "group", lane=Lane.BULK, done=done.add)
    try:
        memory.run()
    except Cut:
        memory.power_loss(nothing)
    assert memory.listdir(STATE / "group") in ([], ["one", "three", "two"])
