"""What every Disk promises, asked of the real ones and of the simulated one alike."""

from __future__ import annotations

import pytest
from disks import AnyDisk, Outcomes

from nanie_actors.storage.disk import DiskError, DiskOk, DiskResult, Lane


def test_an_append_makes_the_file_and_its_folders(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    path = any_disk.root / "a" / "b" / "log"
    any_disk.disk.append(path, b"one", lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert outcomes == [DiskOk()]
    assert any_disk.disk.read(path) == b"one"


def test_appends_to_one_path_keep_their_order(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    path = any_disk.root / "log"
    for number in range(50):
        any_disk.disk.append(path, b"%d;" % number, lane=Lane.COMMIT, done=outcomes.add)
    any_disk.settle()
    assert len(outcomes) == 50
    assert outcomes.all_ok
    assert any_disk.disk.read(path) == b"".join(b"%d;" % number for number in range(50))


def test_outcomes_of_one_path_come_in_the_order_of_the_calls(any_disk: AnyDisk) -> None:
    told: list[int] = []
    for number in range(20):

        def done(_: DiskResult, number: int = number) -> None:
            told.append(number)

        any_disk.disk.append(any_disk.root / "log", b"x", lane=Lane.BULK, done=done)
    any_disk.settle()
    assert told == list(range(20))


def test_a_replaced_file_has_only_the_new_content(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    path = any_disk.root / "folder" / "document"
    for content in (b"long old content", b"new"):
        any_disk.disk.replace(path, content, lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert outcomes.all_ok
    assert any_disk.disk.read(path) == b"new"
    assert any_disk.disk.listdir(path.parent) == ["document"]


def test_an_append_after_a_replace_goes_to_the_new_file(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    path = any_disk.root / "file"
    any_disk.disk.append(path, b"old", lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.replace(path, b"new", lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.append(path, b"+more", lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert outcomes.all_ok
    assert any_disk.disk.read(path) == b"new+more"


def test_an_append_after_a_truncate_goes_to_the_cut_end(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    path = any_disk.root / "file"
    any_disk.disk.append(path, b"0123456789", lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.truncate(path, 4, lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.append(path, b"x", lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert outcomes.all_ok
    assert any_disk.disk.read(path) == b"0123x"


def test_truncating_a_missing_or_shorter_file_changes_nothing(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    path = any_disk.root / "short"
    any_disk.disk.append(path, b"abc", lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.truncate(path, 10, lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.truncate(any_disk.root / "missing", 0, lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert outcomes.all_ok
    assert any_disk.disk.read(path) == b"abc"
    assert not any_disk.disk.exists(any_disk.root / "missing")


def test_a_file_is_renamed_over_another(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    source, target = any_disk.root / "source", any_disk.root / "target"
    any_disk.disk.append(source, b"new", lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.append(target, b"old", lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.rename(source, target, lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.append(target, b"+", lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert outcomes.all_ok
    assert any_disk.disk.read(target) == b"new+"
    assert not any_disk.disk.exists(source)


def test_a_file_may_be_renamed_again(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    source, target = any_disk.root / "source", any_disk.root / "target"
    any_disk.disk.append(source, b"x", lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.rename(source, target, lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.rename(source, target, lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert outcomes.all_ok
    assert any_disk.disk.read(target) == b"x"


def test_renaming_a_missing_file_is_told_as_an_error(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    root = any_disk.root
    any_disk.disk.rename(root / "missing", root / "target", lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert isinstance(outcomes[0], DiskError)


def test_a_removed_folder_is_gone_with_all_it_held(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    folder = any_disk.root / "group"
    any_disk.disk.append(folder / "journal", b"x", lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.append(folder / "deep" / "file", b"x", lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.remove(folder, lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert outcomes.all_ok
    assert any_disk.disk.listdir(any_disk.root) == []


def test_a_removed_folder_can_be_made_again(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    file = any_disk.root / "group" / "journal"
    any_disk.disk.append(file, b"old", lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.remove(file.parent, lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.append(file, b"new", lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert outcomes.all_ok
    assert any_disk.disk.read(file) == b"new"


def test_removing_what_is_missing_is_fine(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    any_disk.disk.remove(any_disk.root / "missing", lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert outcomes == [DiskOk()]


def test_a_barrier_comes_after_everything_before_it(any_disk: AnyDisk) -> None:
    told: list[str] = []
    for name in ("a", "b", "c"):

        def done(_: DiskResult, name: str = name) -> None:
            told.append(name)

        any_disk.disk.append(any_disk.root / name, b"x", lane=Lane.BULK, done=done)
    any_disk.disk.barrier(lane=Lane.BULK, done=lambda _: told.append("barrier"))
    any_disk.settle()
    assert sorted(told[:-1]) == ["a", "b", "c"]
    assert told[-1] == "barrier"


def test_missing_files_read_as_nothing(any_disk: AnyDisk) -> None:
    missing = any_disk.root / "missing"
    assert any_disk.disk.read(missing) is None
    assert list(any_disk.disk.chunks(missing)) == []
    assert any_disk.disk.listdir(missing) == []
    assert any_disk.disk.size(missing) == 0
    assert not any_disk.disk.exists(missing)


def test_chunks_do_not_see_a_later_replacement(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    path = any_disk.root / "file"
    old = b"x" * 3_000_000
    any_disk.disk.replace(path, old, lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    chunks = any_disk.disk.chunks(path)
    first = next(chunks)
    any_disk.disk.replace(path, b"new", lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert first + b"".join(chunks) == old


def test_an_operation_may_be_queued_from_a_callback(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    path = any_disk.root / "file"

    def again(result: DiskResult) -> None:
        outcomes.add(result)
        any_disk.disk.append(path, b"2", lane=Lane.BULK, done=outcomes.add)

    any_disk.disk.append(path, b"1", lane=Lane.BULK, done=again)
    any_disk.settle()
    any_disk.settle()
    assert outcomes.all_ok
    assert any_disk.disk.read(path) == b"12"


def test_what_follows_in_a_callback_comes_before_anything_that_waits(any_disk: AnyDisk) -> None:
    """So several operations can be one: a barrier that is asked for meanwhile comes after all of them."""
    order: list[str] = []
    path = any_disk.root / "file"

    def first(_: DiskResult) -> None:
        order.append("first")
        any_disk.disk.append(path, b"2", lane=Lane.BULK, done=second, following=True)
        any_disk.disk.replace(path, b"3", lane=Lane.BULK, done=third, following=True)

    def second(_: DiskResult) -> None:
        order.append("second")
        any_disk.disk.barrier(lane=Lane.BULK, done=lambda _: order.append("barrier"))

    def third(_: DiskResult) -> None:
        order.append("third")
        any_disk.disk.truncate(path, 0, lane=Lane.BULK, done=fourth, following=True)

    def fourth(_: DiskResult) -> None:
        order.append("fourth")

    any_disk.disk.append(path, b"1", lane=Lane.BULK, done=first)
    any_disk.disk.append(any_disk.root / "other", b"x", lane=Lane.BULK, done=lambda _: order.append("other"))
    any_disk.settle()
    order.remove("other")
    assert order == ["first", "second", "third", "fourth", "barrier"]


def test_a_fault_of_our_own_is_told_as_an_error_and_ends_nothing(
    any_disk: AnyDisk, outcomes: Outcomes, caplog: pytest.LogCaptureFixture
) -> None:
    path = any_disk.root / "file"
    any_disk.disk.replace(path, 7, lane=Lane.BULK, done=outcomes.add)  # type: ignore[arg-type]
    any_disk.disk.append(path, b"x", lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert [isinstance(outcome, DiskOk) for outcome in outcomes] == [False, True]
    assert "fault in the disk's own code" in caplog.text


def test_a_callback_that_fails_ends_nothing(
    any_disk: AnyDisk, outcomes: Outcomes, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: DiskResult) -> None:
        raise LookupError("a broken callback")

    any_disk.disk.append(any_disk.root / "file", b"x", lane=Lane.BULK, done=broken)
    any_disk.disk.append(any_disk.root / "file", b"y", lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert outcomes == [DiskOk()]
    assert "callback" in caplog.text


def test_closing_finishes_what_was_queued_also_by_callbacks(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    path = any_disk.root / "file"

    def again(_: DiskResult) -> None:
        any_disk.disk.append(path, b"2", lane=Lane.BULK, done=outcomes.add)

    any_disk.disk.append(path, b"1", lane=Lane.BULK, done=again)
    assert any_disk.disk.close(20.0)
    assert any_disk.disk.read(path) == b"12"
    assert outcomes == [DiskOk()]


def test_a_closed_disk_refuses_and_says_why(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    assert any_disk.disk.close(20.0)
    assert any_disk.disk.close(20.0)
    any_disk.disk.append(any_disk.root / "file", b"x", lane=Lane.COMMIT, done=outcomes.add)
    assert isinstance(outcomes[0], DiskError)
    assert "closed" in outcomes[0].reason
    assert not any_disk.disk.exists(any_disk.root / "file")


def test_folders_are_found_by_a_file_that_holds_something(any_disk: AnyDisk, outcomes: Outcomes) -> None:
    memories = any_disk.root / "memory"
    for name, data in (("c", b"x"), ("a", b"xy"), ("b", b"")):
        any_disk.disk.replace(memories / name / "journal", data, lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.replace(memories / "d" / "other", b"x", lane=Lane.BULK, done=outcomes.add)
    any_disk.disk.replace(memories / "journal", b"a file, no folder", lane=Lane.BULK, done=outcomes.add)
    any_disk.settle()
    assert outcomes.all_ok
    assert any_disk.disk.folders_with(memories, "journal") == ["a", "c"]
    assert any_disk.disk.folders_with(any_disk.root / "missing", "journal") == []
