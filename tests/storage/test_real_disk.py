"""What only the real disk can show: modes, threads, readers beside writers, a disk that is full."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import threading
from pathlib import Path

import orjson
import pytest
from disks import DEADLINE_S, GROUP_A, Outcomes, settle

from nanie_actors.model import GroupId
from nanie_actors.storage.disk import DiskOk, DiskResult, Lane
from nanie_actors.storage.file_system import OsFile, OsFileSystem
from nanie_actors.storage.group_files import GroupFiles, SnapshotData
from nanie_actors.storage.lines import encode_line
from nanie_actors.storage.real_disk import RealDisk
from nanie_actors.storage.shared_log import SharedLog


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def disk_threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("disk-")}


def test_files_and_folders_are_for_their_owner_only(tmp_path: Path, outcomes: Outcomes) -> None:
    disk = RealDisk()
    disk.append(tmp_path / "a" / "b" / "log", b"x", lane=Lane.COMMIT, done=outcomes.add)
    disk.replace(tmp_path / "a" / "document", b"x", lane=Lane.BULK, done=outcomes.add)
    assert disk.close(DEADLINE_S)
    assert outcomes.all_ok
    assert [mode(tmp_path / "a" / "b" / "log"), mode(tmp_path / "a" / "document")] == [0o600, 0o600]
    assert [mode(tmp_path / "a"), mode(tmp_path / "a" / "b")] == [0o700, 0o700]


def test_closing_ends_the_threads() -> None:
    disk = RealDisk()
    assert disk_threads() >= {"disk-commit", "disk-bulk"}
    assert disk.close(DEADLINE_S)
    assert disk_threads() == set()


def test_closing_says_when_it_took_too_long(tmp_path: Path) -> None:
    disk = RealDisk()
    go = threading.Event()

    def stuck(_: DiskResult) -> None:
        go.wait(DEADLINE_S)

    disk.append(tmp_path / "x", b"x", lane=Lane.BULK, done=stuck)
    assert not disk.close(0.0)
    go.set()
    assert disk.close(DEADLINE_S)


def test_a_stuck_bulk_lane_delays_no_commit(tmp_path: Path) -> None:
    disk = RealDisk()
    go, committed = threading.Event(), threading.Event()

    def stuck(_: DiskResult) -> None:
        go.wait(DEADLINE_S)

    def done(_: DiskResult) -> None:
        committed.set()

    disk.append(tmp_path / "bulk", b"x", lane=Lane.BULK, done=stuck)
    disk.append(tmp_path / "log", b"x", lane=Lane.COMMIT, done=done)
    assert committed.wait(DEADLINE_S)
    go.set()
    assert disk.close(DEADLINE_S)


class CountingFiles(OsFileSystem):
    """Counts the flushes, and makes the first one wait."""

    def __init__(self) -> None:
        self.flushes = 0
        self.reached = threading.Event()
        self.go = threading.Event()

    def open_append(self, path: Path) -> OsFile:
        files = self

        class Counting(OsFile):
            def sync(self) -> None:
                files.flushes += 1
                files.reached.set()
                assert files.go.wait(DEADLINE_S)
                super().sync()

        return Counting(path, 0)


def test_what_comes_during_a_flush_shares_the_next_one(tmp_path: Path, outcomes: Outcomes) -> None:
    files = CountingFiles()
    disk = RealDisk(files)
    log = SharedLog.open(disk, tmp_path)
    groups = [GroupId(f"{number}@g.us") for number in range(100)]
    first = encode_line(GROUP_A, 1, "note", 1, {})
    log.append(GROUP_A, [first], outcomes.add)
    assert files.reached.wait(DEADLINE_S)
    for group in groups:
        log.append(group, [encode_line(group, 1, "note", 1, {})], outcomes.add)
    files.go.set()
    assert log.close(DEADLINE_S)
    assert disk.close(DEADLINE_S)
    assert outcomes == [DiskOk()] * 101
    assert files.flushes == 2
    assert log.stats().flushes == 2


def test_a_reader_finds_the_timeline_whole_at_any_time(tmp_path: Path) -> None:
    disk = RealDisk()
    files = GroupFiles(disk, tmp_path / GROUP_A, GROUP_A)
    path = tmp_path / GROUP_A / "timeline.json"
    finished = threading.Event()

    def write(count: int) -> None:
        timeline = orjson.dumps([{"id": str(number)} for number in range(count * 50)])
        meta = orjson.dumps({"format": 1, "seq": count})

        def done(_: DiskResult) -> None:
            if count < 40:
                write(count + 1)
            else:
                finished.set()

        files.snapshot(SnapshotData(timeline, meta, b"", b"", count), done)

    write(1)
    sizes: list[int] = []
    while not finished.is_set():
        if path.exists():
            sizes.append(len(json.loads(path.read_bytes())))
    assert disk.close(DEADLINE_S)
    assert sizes == sorted(sizes)
    assert all(size % 50 == 0 for size in sizes)
    assert len(json.loads(path.read_bytes())) == 2_000


WRITER = """
import resource, signal, sys, threading
from pathlib import Path
from nanie_actors.model import GroupId
from nanie_actors.storage.disk import DiskOk
from nanie_actors.storage.lines import encode_line
from nanie_actors.storage.real_disk import RealDisk
from nanie_actors.storage.shared_log import SharedLog
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, resource.RLIM_INFINITY))
disk = RealDisk()
log = SharedLog.open(disk, Path(sys.argv[1]))
group = GroupId("1@g.us")
told = []
for seq in range(1, 60):
    settled = threading.Event()
    def done(result):
        told.append(result)
        settled.set()
    log.append(group, [encode_line(group, seq, "note", 1, {"text": "x" * 100})], done)
    assert settled.wait(20)
good = [isinstance(result, DiskOk) for result in told]
assert good.count(False) > 0, "nothing failed"
assert good == sorted(good, reverse=True), "a record overtook a failed one"
failed = good.index(False) + 1
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
told.clear()
lines = [encode_line(group, seq, "note", 1, {"text": "x" * 100}) for seq in range(failed, 60)]
log.append(group, lines, told.append)
assert log.close(20) and disk.close(20)
assert [type(result) for result in told] == [DiskOk], told
print(failed)
"""


def test_a_full_disk_loses_nothing_and_the_log_goes_on_when_there_is_room(tmp_path: Path) -> None:
    """A limit on the size of files fails writes half way, as a full disk does."""
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(tmp_path)], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert 1 < int(done.stdout) < 60
    disk = RealDisk()
    log = SharedLog.open(disk, tmp_path)
    got: list[int] = []
    log.tail(GroupId("1@g.us"), lambda tail: got.append(len(tail)))
    settle(disk)
    assert disk.close(DEADLINE_S)
    assert got == [59]
    assert log.damaged == []


KILLED = """
import sys
from pathlib import Path
from nanie_actors.model import GroupId
from nanie_actors.storage.lines import encode_line
from nanie_actors.storage.real_disk import RealDisk
from nanie_actors.storage.shared_log import SharedLog
log = SharedLog.open(RealDisk(), Path(sys.argv[1]))
def go(group, seq):
    def done(_):
        print(group, seq, flush=True)
        go(group, seq + 1)
    log.append(group, [encode_line(group, seq, "note", 1, {"text": "x" * 300})], done)
for number in range(8):
    go(GroupId(f"{number}@g.us"), 1)
sys.stdin.read()
"""


def test_everything_that_was_told_durable_survives_a_kill(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    told: dict[GroupId, int] = {}
    with process:
        assert process.stdout is not None
        for count, text in enumerate(process.stdout):
            group, seq = text.split()
            told[GroupId(group)] = int(seq)
            if count == 2_000:
                process.kill()
                break
        for text in process.stdout:
            if text.endswith("\n"):
                group, seq = text.split()
                told[GroupId(group)] = int(seq)
    disk = RealDisk()
    log = SharedLog.open(disk, tmp_path)
    found: dict[GroupId, int] = {}
    for group in told:

        def keep(tail: tuple[bytes, ...], group: GroupId = group) -> None:
            found[group] = len(tail)

        log.tail(group, keep)
    settle(disk)
    assert disk.close(DEADLINE_S)
    assert len(told) == 8
    assert all(found[group] >= seq for group, seq in told.items())


@pytest.fixture(autouse=True)
def no_thread_is_left() -> None:
    assert disk_threads() == set()
