"""From the journal into the worker: everything, in order, once, and forgotten only when it is settled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from errno import EIO
from queue import Queue

import pytest
from journals import FOLDER, ROOT, event, filled, never, opened

from nanie_actors.model import ConnectionChanged, Inbound, MessageArrived
from nanie_actors.storage.memory_files import MemoryFiles
from nanie_actors.whatsapp.edge import IngressClosed, nobody_waits
from nanie_actors.whatsapp.live.journal import first_numbers
from nanie_actors.whatsapp.live.journal_cursor import read_cursor
from nanie_actors.whatsapp.live.journal_feed import JournalFeed
from nanie_actors.whatsapp.live.journal_reader import JournalReader

WITHIN_S = 30.0


class Worker:
    """Takes what is put; a test looks at it one by one. Closed, it refuses."""

    def __init__(self) -> None:
        self.came: Queue[tuple[Inbound, Callable[[], None]]] = Queue()
        self.closed = False

    def put(self, event: Inbound, settled: Callable[[], None] = nobody_waits) -> None:
        if self.closed:
            raise IngressClosed
        self.came.put((event, settled))

    def next(self) -> str:
        """Settles the next one, and says what it was."""
        event, settled = self.came.get(timeout=WITHIN_S)
        settled()
        return name(event)

    def take(self, count: int) -> list[str]:
        return [self.next() for _ in range(count)]


def name(event: Inbound) -> str:
    match event:
        case MessageArrived(message):
            return message.message_id
        case ConnectionChanged(state=state):
            return state
        case _:
            raise AssertionError(event)


class Feeding:
    """A feed on a disk, and how far it said to be."""

    def __init__(self, files: MemoryFiles) -> None:
        self.files = files
        self.worker = Worker()
        self.progress: Queue[int] = Queue()
        self.feed = JournalFeed(JournalReader(FOLDER, files), self.progress.put)

    def start(self) -> Feeding:
        self.feed.start(self.worker)
        return self


@pytest.fixture
def feeding() -> Iterator[Callable[[MemoryFiles], Feeding]]:
    made: list[Feeding] = []

    def start(files: MemoryFiles) -> Feeding:
        made.append(Feeding(files))
        return made[-1].start()

    yield start
    for each in made:
        each.feed.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "whatsapp journal"]


Start = Callable[[MemoryFiles], Feeding]


def test_what_an_earlier_run_left_comes_first_and_in_order(feeding: Start) -> None:
    running = feeding(filled(30))
    assert running.worker.take(30) == [f"M{number}" for number in range(1, 31)]
    assert running.progress.get(timeout=WITHIN_S) == 30


def test_an_empty_journal_is_through_at_once(feeding: Start) -> None:
    assert feeding(MemoryFiles(ROOT)).progress.get(timeout=WITHIN_S) == 0


def test_what_grows_is_handed_in_when_it_is_told(feeding: Start) -> None:
    files = filled(2)
    running = feeding(files)
    assert running.worker.take(2) == ["M1", "M2"]
    writer = opened(files)
    for number in range(3, 6):
        writer.append([event(number)], never)
        running.feed.grown()
        assert running.worker.next() == f"M{number}"
    assert [running.progress.get(timeout=WITHIN_S) for _ in range(4)] == [2, 3, 4, 5]


def test_a_change_of_the_connection_keeps_its_place(feeding: Start) -> None:
    files = filled(1)
    running = feeding(files)
    running.worker.next()
    running.progress.get(timeout=WITHIN_S)
    running.feed.say(ConnectionChanged("whatsapp", "online"))
    assert running.worker.next() == "online"
    opened(files).append([event(2)], never)
    running.feed.grown()
    assert running.worker.next() == "M2"


def test_segments_go_when_everything_in_them_is_settled_and_not_before(feeding: Start) -> None:
    files = filled(30)
    segments = first_numbers(files.listdir(FOLDER))
    assert len(segments) > 2
    running = feeding(files)
    running.progress.get(timeout=WITHIN_S)
    held = [running.worker.came.get(timeout=WITHIN_S) for _ in range(30)]
    for _, settled in held[1:]:
        settled()
    running.feed.stop()
    assert first_numbers(files.listdir(FOLDER)) == segments
    held[0][1]()
    running.feed.stop()
    assert first_numbers(files.listdir(FOLDER)) == segments[-1:]
    assert read_cursor(files, FOLDER) == 30


def test_a_restart_begins_where_the_first_was_not_settled(feeding: Start) -> None:
    files = filled(10)
    first = feeding(files)
    first.worker.take(4)
    first.worker.came.get(timeout=WITHIN_S)
    first.feed.stop()
    again = feeding(files)
    assert again.worker.next() == "M5"


def test_a_closed_worker_ends_the_feed(feeding: Start) -> None:
    running = feeding(filled(1))
    running.progress.get(timeout=WITHIN_S)
    running.worker.closed = True
    running.feed.say(ConnectionChanged("whatsapp", "offline"))
    running.feed.stop()
    assert running.worker.take(1) == ["M1"]


class SickFiles(MemoryFiles):
    """Cannot be listed, as often as it says."""

    sick = 1

    def listdir(self, path: object) -> list[str]:
        if self.sick:
            self.sick -= 1
            raise OSError(EIO, "input/output error")
        return super().listdir(path)  # type: ignore[arg-type]


def test_a_disk_that_cannot_be_read_is_read_again(
    feeding: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("nanie_actors.whatsapp.live.journal_feed.AGAIN_S", 0.01)
    files = SickFiles(ROOT)
    files.sick = 0
    filled(3, files)
    files.sick = 2
    running = feeding(files)
    assert running.worker.take(3) == ["M1", "M2", "M3"]
    assert "input/output error" in caplog.text


def test_a_worker_that_fails_on_an_event_is_given_it_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("nanie_actors.whatsapp.live.journal_feed.AGAIN_S", 0.01)
    running = Feeding(filled(2))
    put, failures = running.worker.put, [ZeroDivisionError("private"), ZeroDivisionError("private")]

    def sometimes(event: Inbound, settled: Callable[[], None] = nobody_waits) -> None:
        if failures:
            raise failures.pop()
        put(event, settled)

    monkeypatch.setattr(running.worker, "put", sometimes)
    running.start()
    assert running.worker.take(2) == ["M1", "M2"]
    running.feed.stop()
    assert "ZeroDivisionError" in caplog.text
    assert "private" not in caplog.text


def test_it_can_be_stopped_before_it_was_started_and_twice() -> None:
    feed = Feeding(filled(1)).feed
    feed.stop()
    feed.stop()
