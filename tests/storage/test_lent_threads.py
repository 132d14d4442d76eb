"""A thread that is lent to a lane: it works there only alone, and the lane's own goes on after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from disks import DEADLINE_S, Outcomes

from nanie_actors.storage.disk import DiskResult, Lane
from nanie_actors.storage.file_system import OsFile, OsFileSystem
from nanie_actors.storage.real_disk import RealDisk


class Held:
    """A thread at work in the commit lane, kept there inside its callback until `go`."""

    def __init__(self, disk: RealDisk, path: Path) -> None:
        self.inside = threading.Event()
        self.go = threading.Event()
        self.told: list[str] = []
        """On which threads this and later operations were told."""
        self.meanwhile: Callable[[], None] = lambda: None

        def done(_: DiskResult) -> None:
            self.tell()
            self.meanwhile()
            self.inside.set()
            assert self.go.wait(DEADLINE_S)

        def lend() -> None:
            disk.append(path, b"lent;", lane=Lane.COMMIT, done=done, here=True)

        self.thread = threading.Thread(target=lend, name="lent")

    def begin(self) -> None:
        self.thread.start()
        assert self.inside.wait(DEADLINE_S)

    def end(self) -> None:
        self.go.set()
        if self.thread.ident is not None:
            self.thread.join(DEADLINE_S)

    def tell(self, _: DiskResult | None = None) -> None:
        self.told.append(threading.current_thread().name)


@pytest.fixture
def disk() -> Iterator[RealDisk]:
    disk = RealDisk()
    yield disk
    assert disk.close(DEADLINE_S)


@pytest.fixture
def held(disk: RealDisk, tmp_path: Path) -> Iterator[Held]:
    held = Held(disk, tmp_path / "log")
    yield held
    held.end()


def test_a_lane_with_nothing_to_do_is_worked_by_the_caller(
    disk: RealDisk, tmp_path: Path, outcomes: Outcomes
) -> None:
    for number in range(20):
        disk.append(tmp_path / "log", b"%d;" % number, lane=Lane.COMMIT, done=outcomes.add, here=True)
        assert len(outcomes) == number + 1
    assert outcomes.all_ok
    assert disk.read(tmp_path / "log") == b"".join(b"%d;" % number for number in range(20))


def test_what_is_queued_meanwhile_is_done_by_the_lanes_own_thread_afterwards(
    disk: RealDisk, held: Held, tmp_path: Path
) -> None:
    held.begin()
    disk.append(tmp_path / "log", b"queued;", lane=Lane.COMMIT, done=held.tell)
    reached = threading.Event()
    disk.barrier(lane=Lane.COMMIT, done=lambda _: reached.set())
    assert disk.read(tmp_path / "log") == b"lent;"
    held.end()
    assert reached.wait(DEADLINE_S)
    assert held.told == ["lent", "disk-commit"]
    assert disk.read(tmp_path / "log") == b"lent;queued;"


def test_a_second_lender_only_queues(disk: RealDisk, held: Held, tmp_path: Path) -> None:
    held.begin()
    disk.append(tmp_path / "log", b"second;", lane=Lane.COMMIT, done=held.tell, here=True)
    assert held.told == ["lent"]
    held.end()
    assert disk.close(DEADLINE_S)
    assert held.told == ["lent", "disk-commit"]


def test_nobody_overtakes_what_waits(disk: RealDisk, held: Held, tmp_path: Path) -> None:
    """The lane's own thread is at work, and more is queued behind it."""

    def done(_: DiskResult) -> None:
        held.inside.set()
        assert held.go.wait(DEADLINE_S)

    disk.append(tmp_path / "log", b"first;", lane=Lane.COMMIT, done=done)
    assert held.inside.wait(DEADLINE_S)
    disk.append(tmp_path / "log", b"second;", lane=Lane.COMMIT, done=held.tell)
    disk.append(tmp_path / "log", b"third;", lane=Lane.COMMIT, done=held.tell, here=True)
    assert held.told == []
    held.go.set()
    assert disk.close(DEADLINE_S)
    assert disk.read(tmp_path / "log") == b"first;second;third;"


def test_what_a_callback_asks_for_is_done_after_it(disk: RealDisk, held: Held, tmp_path: Path) -> None:
    held.meanwhile = lambda: disk.append(
        tmp_path / "log", b"from the callback;", lane=Lane.COMMIT, done=held.tell, here=True
    )
    held.begin()
    assert disk.read(tmp_path / "log") == b"lent;"
    held.end()
    assert disk.close(DEADLINE_S)
    assert held.told == ["lent", "disk-commit"]


def test_what_follows_is_done_by_the_lent_thread_at_once(disk: RealDisk, held: Held, tmp_path: Path) -> None:
    held.meanwhile = lambda: disk.append(
        tmp_path / "other", b"followed", lane=Lane.COMMIT, done=held.tell, following=True
    )
    held.begin()
    held.end()
    assert disk.close(DEADLINE_S)
    assert held.told[0] == "lent"
    assert len(held.told) == 2
    assert disk.read(tmp_path / "other") == b"followed"


def test_closing_waits_for_a_lent_thread_and_what_it_leaves(
    disk: RealDisk, held: Held, tmp_path: Path, outcomes: Outcomes
) -> None:
    held.meanwhile = lambda: disk.append(tmp_path / "log", b"left;", lane=Lane.COMMIT, done=outcomes.add)
    held.begin()
    assert not disk.close(0.0)
    held.end()
    assert disk.close(DEADLINE_S)
    assert outcomes.all_ok
    assert disk.read(tmp_path / "log") == b"lent;left;"


def test_a_closed_disk_refuses_a_lender(tmp_path: Path, outcomes: Outcomes) -> None:
    disk = RealDisk()
    assert disk.close(DEADLINE_S)
    disk.append(tmp_path / "log", b"late", lane=Lane.COMMIT, done=outcomes.add, here=True)
    assert outcomes.all_failed


class OneAtATime(OsFileSystem):
    """Notices when two threads flush at once."""

    def __init__(self) -> None:
        self.inside = threading.Lock()
        self.overlaps = 0
        self.threads: set[str] = set()

    def open_append(self, path: Path) -> OsFile:
        files = self

        class Watched(OsFile):
            def sync(self) -> None:
                files.threads.add(threading.current_thread().name)
                if not files.inside.acquire(blocking=False):
                    files.overlaps += 1
                    return
                super().sync()
                files.inside.release()

        return Watched(path, 0)


def test_of_many_lenders_at_once_one_works_at_a_time_and_nothing_is_lost(tmp_path: Path) -> None:
    files = OneAtATime()
    disk = RealDisk(files)
    told: list[DiskResult] = []
    orders: dict[int, list[int]] = {sender: [] for sender in range(6)}

    def send(sender: int) -> None:
        for number in range(50):

            def done(result: DiskResult, number: int = number) -> None:
                told.append(result)
                orders[sender].append(number)

            data = b"%d-%d;" % (sender, number)
            disk.append(tmp_path / "log", data, lane=Lane.COMMIT, done=done, here=bool(number % 3))

    senders = [threading.Thread(target=send, args=(sender,), name=f"sender-{sender}") for sender in orders]
    for thread in senders:
        thread.start()
    for thread in senders:
        thread.join(DEADLINE_S)
    assert disk.close(DEADLINE_S)
    assert files.overlaps == 0
    assert len(told) == 300
    assert all(order == list(range(50)) for order in orders.values())
    blob = disk.read(tmp_path / "log")
    assert blob is not None
    written = [tuple(map(int, item.split(b"-"))) for item in blob.split(b";")[:-1]]
    for sender in orders:
        assert [number for who, number in written if who == sender] == list(range(50))
