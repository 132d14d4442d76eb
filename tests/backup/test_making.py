"""Making a backup: what is in it, what is not, and what is left when it cannot be made."""

from __future__ import annotations

import errno
import gzip
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from archives import FILES, backed_up, names_in, nobody, state_at
from control_sockets import FakeHold, FakeWorker, fake_worker
from disks import GROUP_A, GROUP_B

from nanie_actors.backup import making, session
from nanie_actors.backup.live import LiveState
from nanie_actors.backup.restoring import restore
from nanie_actors.errors import StateError, WorkerUnreachable
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.state_lock import StateLock


@pytest.fixture
def layout(tmp_path: Path) -> StateLayout:
    return state_at(tmp_path / "state")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archives"
    folder.mkdir()
    return folder / "nanie.tar.gz"


def not_made(layout: StateLayout, archive: Path, why: str) -> None:
    """Refused, and nothing under the final name nor beside it."""
    with pytest.raises(StateError, match=why):
        backed_up(layout, archive)
    assert list(archive.parent.glob("*nanie*")) == []


def restored(archive: Path, root: Path) -> dict[str, bytes]:
    restore(archive, root, force=False, tell=nobody)
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


# ── what is in it ───────────────────────────────────────────────────────────────────────────────────────


def test_every_file_is_in_it_but_what_belongs_to_a_process(
    layout: StateLayout, archive: Path, tmp_path: Path
) -> None:
    more = {
        "registry.jsonl": b"r",
        "cursors.json": b"{}",
        "supabase.json": b"{}",
        "nats.json": b"{}",
        "audit.jsonl": b"a",
        "audit-1768291200000.jsonl": b"b",
        "directory.json.damaged": b"?",
        "parked/120363000000000001@g.us.jsonl": b"p",
        "skipped/120363000000000001@g.us.jsonl": b"s",
        "memory/120363000000000002@g.us.json.imported": b"{}",
        "memory/120363000000000001@g.us/messages.jsonl.unclaimed": b"m",
        "wal/00000000000000000000.damaged": b"d",
        "whatsapp/journal/00000000000000000001.jsonl": b"j",
        "whatsapp/journal/cursor": b"c",
        "whatsapp/identities.jsonl": b"i",
        "somebody/elses/file": b"f",
    }
    processes = {
        "lock": b"7\n",
        "whatsapp/session.lock": b"",
        "cursors.json.tmp": b"{",
        "memory/120363000000000001@g.us/group.json.tmp": b"{",
        f"memory/{GROUP_B}.removing/timeline.json": b"[]",
    }
    for path, content in (more | processes).items():
        (layout.root / path).parent.mkdir(parents=True, exist_ok=True)
        (layout.root / path).write_bytes(content)
    made = backed_up(layout, archive)
    assert restored(archive, tmp_path / "restored") == FILES | more
    assert made.files == len(FILES | more)
    assert names_in(archive)[0] == "about.json"
    assert names_in(archive)[-1] == "manifest.json"


def paired(layout: StateLayout) -> sqlite3.Connection:
    """A session that its library has open, with a change that is not in the main file yet."""
    layout.whatsapp.mkdir(exist_ok=True)
    database = sqlite3.connect(layout.session)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE keys (key TEXT)")
    database.execute("INSERT INTO keys VALUES ('secret')")
    database.commit()
    return database


def test_the_session_is_copied_as_sqlite_does_it_while_somebody_writes(
    layout: StateLayout, archive: Path, tmp_path: Path
) -> None:
    with closing(paired(layout)) as live:
        live.execute("INSERT INTO keys VALUES ('not committed')")
        made = backed_up(layout, archive)
        live.rollback()
    assert made.about.session
    files = restored(archive, tmp_path / "restored")
    assert {path for path in files if path.startswith("whatsapp/")} == {"whatsapp/session.db"}
    with closing(sqlite3.connect(tmp_path / "restored/whatsapp/session.db")) as copy:
        assert copy.execute("SELECT key FROM keys").fetchall() == [("secret",)]


def test_without_the_session_no_key_is_in_it(layout: StateLayout, archive: Path) -> None:
    with closing(paired(layout)):
        for name in ("session-1.db", "session-1.db-wal"):
            (layout.whatsapp / name).write_bytes(b"secret")
        made = backed_up(layout, archive, session=False)
    assert not made.about.session
    assert b"secret" not in gzip.decompress(archive.read_bytes())


def test_a_session_that_cannot_be_read_is_named_with_what_to_do(layout: StateLayout, archive: Path) -> None:
    layout.whatsapp.mkdir()
    layout.session.write_bytes(b"no database" * 100)
    not_made(layout, archive, "session.*--without-session")


def test_a_session_that_is_kept_locked_is_given_up(
    layout: StateLayout, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "WITHIN_S", -1.0)
    with closing(paired(layout)) as live:
        live.execute("PRAGMA journal_mode=DELETE")
        live.execute("BEGIN EXCLUSIVE")
        not_made(layout, archive, "another process keeps it to itself")
        live.rollback()


def test_a_group_that_is_being_erased_is_left_out(layout: StateLayout, archive: Path) -> None:
    layout.forgetting.write_text(f'{{"groups": ["{GROUP_A}"]}}')
    backed_up(layout, archive)
    assert not any(GROUP_A in name for name in names_in(archive))


def test_a_damaged_group_is_kept_as_it_is_and_named(
    layout: StateLayout, archive: Path, tmp_path: Path
) -> None:
    (layout.memory(GROUP_A) / "group.json").write_bytes(b"garbage")
    made = backed_up(layout, archive)
    assert made.damaged == (GROUP_A,)
    assert restored(archive, tmp_path / "restored")[f"memory/{GROUP_A}/group.json"] == b"garbage"


# ── what cannot be made ─────────────────────────────────────────────────────────────────────────────────


def test_a_place_that_makes_no_sense_is_refused(layout: StateLayout, archive: Path, tmp_path: Path) -> None:
    not_made(layout, archive.parent, "is a folder")
    not_made(layout, layout.root / "nanie.tar.gz", "in the state directory itself")
    not_made(layout, tmp_path / "missing" / "nanie.tar.gz", "No such file or directory")
    not_made(StateLayout(tmp_path / "nowhere"), archive, "no state directory")


def test_a_full_disk_leaves_the_earlier_backup_and_nothing_else(
    layout: StateLayout, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.write_bytes(b"of yesterday")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StateError, match=r"No space left on device.*nothing was written"):
        backed_up(layout, archive)
    assert [path.read_bytes() for path in archive.parent.iterdir()] == [b"of yesterday"]


def test_a_stream_that_refuses_to_take_more_ends_the_backup(layout: StateLayout) -> None:
    """The device that is always full refuses the first write, and again when the archive is closed."""
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(OSError, match="No space left"):
        making.backup_to(layout, full, "1.2.3", session=True, tell=nobody)


def test_a_worker_that_does_not_answer_is_not_read_behind_its_back(
    layout: StateLayout, archive: Path
) -> None:
    with StateLock(layout.root):
        not_made(layout, archive, "another worker")


# ── the worker's help ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def worker() -> object:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "state"
        state_at(root)
        with fake_worker(root / "run" / "nanie.sock") as worker:
            yield worker


def breaking(worker: FakeWorker, times: int) -> Callable[[], FakeHold]:
    """Holds of which the first ones turn out to be of no use."""

    def hold() -> FakeHold:
        made = FakeHold()
        made.broken = "a group was erased meanwhile" if len(worker.control.holds) < times else None
        worker.control.holds.append(made)
        return made

    return hold


def test_a_copy_that_is_of_no_use_is_made_once_more(
    worker: FakeWorker, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker.server._copyists, "_begin", breaking(worker, 2))
    backed_up(StateLayout(worker.path.parent.parent), archive)
    assert [hold.ends for hold in worker.control.holds] == [1, 1, 1]
    assert names_in(archive)[-1] == "manifest.json"


def test_after_some_tries_it_is_said_why_it_cannot_be_made(
    worker: FakeWorker, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker.server._copyists, "_begin", breaking(worker, 9))
    not_made(StateLayout(worker.path.parent.parent), archive, "a group was erased meanwhile")
    assert len(worker.control.holds) == 3


def test_when_the_worker_stops_meanwhile_the_copy_is_begun_anew_without_it(
    worker: FakeWorker, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_: LiveState) -> None:
        worker.server.stop()
        raise WorkerUnreachable("the worker hung up")

    monkeypatch.setattr(LiveState, "cut", cut)
    backed_up(StateLayout(worker.path.parent.parent), archive)
    assert [hold.ends for hold in worker.control.holds] == [1]
    assert names_in(archive)[-1] == "manifest.json"


def test_a_file_that_cannot_be_read_is_named(
    layout: StateLayout, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Path.read_bytes

    def read(path: Path) -> bytes:
        if path == layout.mappings:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    not_made(layout, archive, r"mappings\.json: Permission denied")
