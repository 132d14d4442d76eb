"""Small documents: the newest state wins, garbage is put aside."""

from __future__ import annotations

from errno import ENOSPC
from pathlib import Path

import orjson
import pytest
from disks import STATE, AnyDisk, Outcomes

from nanie_actors.storage.direct_disk import DirectDisk
from nanie_actors.storage.disk import DiskOk, Lane
from nanie_actors.storage.documents import JsonDocument
from nanie_actors.storage.memory_disk import MemoryDisk

PATH = STATE / "cursors.json"


def test_what_was_saved_is_loaded(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    document = JsonDocument(any_disk.disk, any_disk.root / "folder" / "document.json")
    assert document.load() is None
    document.save({"a": 1}, outcomes.add)
    any_disk.settle()
    assert outcomes == [DiskOk()]
    assert document.load() == {"a": 1}


def test_bytes_are_saved_as_they_are(memory: MemoryDisk, outcomes: Outcomes) -> None:
    JsonDocument(memory, PATH).save(b'{"encoded": "before"}', outcomes.add)
    memory.run()
    assert memory.read(PATH) == b'{"encoded": "before"}'


def test_while_one_state_is_written_only_the_newest_waits(memory: MemoryDisk, outcomes: Outcomes) -> None:
    document = JsonDocument(memory, PATH)
    for number in range(100):
        document.save({"n": number}, outcomes.add)
    assert memory.waiting(Lane.BULK) == 1
    memory.run()
    assert outcomes == [DiskOk()] * 100
    assert memory.files.calls < 20
    assert document.load() == {"n": 99}


def test_a_save_is_told_only_when_its_state_or_a_newer_one_is_durable(memory: MemoryDisk) -> None:
    document = JsonDocument(memory, PATH)
    durable: list[int] = []
    for number in range(5):

        def done(_: object, number: int = number) -> None:
            raw = memory.read(PATH)
            assert raw is not None
            durable.append(number)
            assert orjson.loads(raw)["n"] >= number

        document.save({"n": number}, done)
    memory.run()
    assert durable == [0, 1, 2, 3, 4]


def test_a_failed_save_is_told_and_the_next_is_tried(memory: MemoryDisk, outcomes: Outcomes) -> None:
    document = JsonDocument(memory, PATH)
    memory.files.fail("write", ENOSPC)
    document.save({"n": 1}, outcomes.add)
    memory.run()
    assert outcomes.all_failed
    document.save({"n": 2}, outcomes.add)
    memory.run()
    assert outcomes[-1] == DiskOk()
    assert document.load() == {"n": 2}


def test_a_document_that_cannot_be_read_is_put_aside(tmp_path: Path, outcomes: Outcomes) -> None:
    (tmp_path / "cursors.json").mkdir()
    document = JsonDocument(DirectDisk(), tmp_path / "cursors.json")
    assert document.load() is None
    document.save({"n": 1}, outcomes.add)
    assert document.load() == {"n": 1}


@pytest.mark.parametrize("content", [b"", b"[]", b"\0\0", b'{"a":'])
def test_garbage_is_put_aside_and_the_worker_goes_on(
    memory: MemoryDisk, outcomes: Outcomes, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    memory.replace(PATH, content, lane=Lane.BULK, done=outcomes.add)
    memory.run()
    document = JsonDocument(memory, PATH)
    assert document.load() is None
    document.save({"n": 1}, outcomes.add)
    memory.run()
    assert memory.read(STATE / "cursors.json.damaged") == content
    assert document.load() == {"n": 1}
    assert "cursors.json cannot be read and is kept as cursors.json.damaged" in caplog.text
