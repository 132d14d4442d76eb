"""What a storm does to a process and to its files: no less than it says, and no more."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.damage import choose_bit, tear_the_log
from chaos.inside.notes import Notes
from chaos.inside.plug import PluggedFileSystem
from chaos.inside.strikes import Strikes
from chaos.orders import Quota, Rule
from chaos.plug import pull_the_plug, settled_lengths
from nanie_actors.storage.file_system import OsFileSystem


def test_a_rule_strikes_the_calls_that_it_counts_and_no_others(tmp_path: Path) -> None:
    strikes = Strikes(Notes(tmp_path / "notes"), [Rule("sync", "wal/*", 2, "EIO", count=2)], None)
    outcomes = []
    for call, where in [("write", "wal/1"), *[("sync", "wal/1")] * 4, ("sync", "memory/1")]:
        try:
            with strikes.around(call, where):
                outcomes.append("done")
        except OSError:
            outcomes.append("failed")
    assert outcomes == ["done", "done", "failed", "failed", "done", "done"]


def test_a_full_disk_takes_what_fits_and_is_freed_after_some_refusals(tmp_path: Path) -> None:
    strikes = Strikes(Notes(tmp_path / "notes"), [], Quota(10, 2))
    assert [strikes.room_for(7), strikes.room_for(7)] == [7, 3]
    for _ in range(2):
        with pytest.raises(OSError, match="No space"):
            strikes.room_for(7)
    assert strikes.room_for(7_000) == 7_000


Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(["write", "sync", "cut", "replace", "names", "remove"]), st.integers(0, 2)),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(0, 2**32))
def test_what_was_synced_survives_the_plug(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step], seed: int
) -> None:
    """Of each file whose name is on the disk: everything that was synced is there, and nothing that was never
    written."""
    place = tmp_path_factory.mktemp("plug")
    root, notes = place / "state", place / "notes"
    root.mkdir()
    notes.mkdir()
    files = PluggedFileSystem(OsFileSystem(), notes, syncs=True)
    before = settled_lengths(root)
    synced: dict[str, bytes] = {}
    written = count(1)
    for what, number in steps:
        path = root / f"file-{number}"
        match what:
            case "write":
                file = files.open_append(path)
                file.write(b"%06d" % next(written))
                file.close()
            case "sync" if path.exists():
                file = files.open_append(path)
                file.sync()
                file.close()
                files.sync_folder(root)
                synced[path.name] = path.read_bytes()
            case "cut" if path.exists():
                file = files.open_append(path)
                file.truncate(file.size() // 2)
                file.close()
                synced[path.name] = synced.get(path.name, b"")[: path.stat().st_size]
            case "replace":
                beside = files.open_new(root / "beside")
                beside.write(b"%06d" % next(written))
                beside.sync()
                beside.close()
                files.rename(root / "beside", path)
                files.sync_folder(root)
                synced[path.name] = path.read_bytes()
            case "names":
                files.sync_folder(root)
            case "remove" if path.exists():
                files.unlink(path)
                synced.pop(path.name, None)
    pull_the_plug(root, notes, before, Random(seed))
    for name, content in synced.items():
        assert (root / name).read_bytes().startswith(content)


def test_what_was_never_synced_can_be_gone_after_the_plug(tmp_path: Path) -> None:
    root, notes = tmp_path / "state", tmp_path / "notes"
    root.mkdir()
    gone = 0
    for seed in range(20):
        notes.mkdir(exist_ok=True)
        before = settled_lengths(root)
        files = PluggedFileSystem(OsFileSystem(), notes, syncs=False)
        file = files.open_append(root / "log")
        length = file.size()
        file.write(b"accepted\n")
        file.sync()
        file.close()
        files.sync_folder(root)
        pull_the_plug(root, notes, before, Random(seed))
        path = root / "log"
        gone += not path.exists() or path.stat().st_size < length + 9
    assert gone > 10


def test_a_torn_log_is_longer_and_begins_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "wal").mkdir()
    (tmp_path / "wal" / "1.log").write_bytes(b"one\ntwo\n")
    tear_the_log(tmp_path, Random(1))
    content = (tmp_path / "wal" / "1.log").read_bytes()
    assert content.startswith(b"one\ntwo\n")
    assert len(content) > 8


def test_a_bit_flipped_twice_is_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "memory" / "group"
    folder.mkdir(parents=True)
    (folder / "timeline.json").write_bytes(b"[]")
    flip = choose_bit(tmp_path, "group", Random(1))
    assert flip is not None
    flip.flip()
    assert flip.path.read_bytes() != b"[]"
    flip.flip()
    assert flip.path.read_bytes() == b"[]"
