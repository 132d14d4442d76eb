"""Restoring: whole or not at all, over nothing that is there, and nothing that anybody may have forged."""

from __future__ import annotations

import errno
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from archives import FILES, archive_of, entries_of, nobody, rewritten
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nanie_actors.backup.restoring import Restored, restore
from nanie_actors.errors import StateError, StateLocked
from nanie_actors.storage.state_lock import StateLock


def laid_down(archive: Path, root: Path, *, force: bool = False) -> Restored:
    return restore(archive, root, force=force, tell=nobody)


def everything(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archives"
    folder.mkdir()
    return archive_of(folder / "nanie.tar.gz")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the state directory is to be; nothing but it may be left in the folder around it."""
    folder = tmp_path / "place"
    folder.mkdir()
    return folder / "state"


def refused(archive: Path, place: Path, why: str) -> None:
    before = sorted(place.parent.iterdir())
    with pytest.raises(StateError, match=why):
        laid_down(archive, place)
    assert sorted(place.parent.iterdir()) == before


# ── what is laid down ───────────────────────────────────────────────────────────────────────────────────


def test_what_was_archived_is_laid_down_for_its_owner_only(archive: Path, place: Path) -> None:
    done = laid_down(archive, place)
    assert everything(place) == FILES
    assert (done.files, done.bytes, done.aside) == (3, 11, None)
    assert place.stat().st_mode & 0o777 == 0o700
    for path in place.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)
    assert list(place.parent.iterdir()) == [place]


def test_an_empty_directory_is_no_obstacle(archive: Path, place: Path) -> None:
    place.mkdir()
    (place / "lock").touch()
    (place / "run").mkdir()
    assert laid_down(archive, place).aside is None
    assert everything(place) == FILES
    assert list(place.parent.iterdir()) == [place]


def test_a_directory_with_anything_in_it_is_refused_and_with_force_put_aside(
    archive: Path, place: Path
) -> None:
    place.mkdir()
    (place / "mappings.json").write_bytes(b"precious")
    refused(archive, place, "is not empty.*--force")
    for number in (1, 2):
        aside = laid_down(archive, place, force=True).aside
        assert aside == place.with_name(f"state.before-restore-{number}")
    assert everything(place) == FILES
    assert (place.with_name("state.before-restore-1") / "mappings.json").read_bytes() == b"precious"


def test_a_directory_in_use_is_refused_before_anything_is_read(tmp_path: Path, place: Path) -> None:
    with StateLock(place):
        (place / "mappings.json").write_bytes(b"precious")
        with pytest.raises(StateLocked, match="nothing was restored"):
            laid_down(tmp_path / "no such archive", place, force=True)


def test_a_link_in_the_place_of_the_directory_is_refused(archive: Path, place: Path, tmp_path: Path) -> None:
    place.symlink_to(tmp_path)
    refused(archive, place, "no folder of its own")


def test_where_a_file_system_is_mounted_it_is_said_what_to_do(
    archive: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.mkdir()
    monkeypatch.setattr(os.path, "ismount", lambda _: True)
    refused(archive, place, "mounted.*new folder in it")


def test_a_full_disk_leaves_nothing_behind(
    archive: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    refused(archive, place, "nothing was restored.*No space left")


# ── what is refused ─────────────────────────────────────────────────────────────────────────────────────


def test_no_archive_at_all_is_refused(place: Path, tmp_path: Path) -> None:
    refused(tmp_path / "nothing", place, "No such file")
    other = tmp_path / "other.tar.gz"
    rewritten(other, [(tarfile.TarInfo("letter.txt"), b"dear")])
    refused(other, place, "no backup that `nanie backup` made")
    other.write_bytes(b"dear")
    refused(other, place, "it is no backup")
    other.write_bytes(b"")
    refused(other, place, "it is no backup")


def test_a_gzip_header_that_promises_more_than_there_is_is_refused(archive: Path, place: Path) -> None:
    """Its flags say that extra fields follow: the standard library reads them before it is ready to fail."""
    raw = bytearray(archive.read_bytes())
    raw[3] |= 4
    archive.write_bytes(bytes(raw))
    refused(archive, place, "it is no backup, or damaged from its beginning on")


def test_an_archive_of_a_newer_format_names_the_version_that_made_it(tmp_path: Path, place: Path) -> None:
    newer = archive_of(tmp_path / "newer.tar.gz", format=2)
    refused(newer, place, "version '1.2.3' made it in format 2, and this version reads up to 1")


damage = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def whole_or_nothing(raw: bytes, archive: Path, place: Path) -> bool:
    """What is not refused is what was archived: the damage was to padding, or to the time of a file, say."""
    damaged = archive.with_name("damaged.tar.gz")
    damaged.write_bytes(raw)
    try:
        laid_down(damaged, place)
    except StateError:
        assert list(place.parent.iterdir()) == []
        return False
    assert everything(place) == FILES
    shutil.rmtree(place)
    return True


@damage
@given(share=st.floats(0, 1, exclude_max=True))
@example(share=0.999)
@example(share=0.5)
def test_of_an_archive_that_was_cut_off_nothing_is_laid_down(
    archive: Path, place: Path, share: float
) -> None:
    raw = archive.read_bytes()
    whole_or_nothing(raw[: int(len(raw) * share)], archive, place)


def test_an_archive_without_its_second_half_is_refused(archive: Path, place: Path) -> None:
    raw = archive.read_bytes()
    assert not whole_or_nothing(raw[: len(raw) // 2], archive, place)


@damage
@given(at=st.integers(0), flip=st.integers(1, 255))
def test_a_flipped_byte_is_never_laid_down(archive: Path, place: Path, at: int, flip: int) -> None:
    raw = bytearray(archive.read_bytes())
    raw[at % len(raw)] ^= flip
    whole_or_nothing(bytes(raw), archive, place)


def link(name: str, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, "../../outside"
    return entry


@pytest.mark.parametrize(
    "entry",
    [
        tarfile.TarInfo("state/../outside"),
        tarfile.TarInfo("state/memory/../../outside"),
        tarfile.TarInfo("state//outside"),
        tarfile.TarInfo("state/./outside"),
        tarfile.TarInfo("/outside"),
        tarfile.TarInfo("outside"),
        tarfile.TarInfo("state"),
        tarfile.TarInfo("state/"),
        link("state/evil", tarfile.SYMTYPE),
        link("state/evil", tarfile.LNKTYPE),
        link("state/evil", tarfile.CHRTYPE),
        link("state/evil", tarfile.FIFOTYPE),
        link("state/evil", tarfile.DIRTYPE),
    ],
    ids=lambda entry: f"{entry.name}:{entry.type!r}",
)
def test_what_would_leave_the_directory_is_refused(
    archive: Path, place: Path, entry: tarfile.TarInfo
) -> None:
    forged = archive.with_name("forged.tar.gz")
    about, *others = entries_of(archive)
    rewritten(forged, [about, (entry, b""), *others])
    refused(forged, place, "outside of the state directory|no plain file")


Change = Callable[[list[tuple[tarfile.TarInfo, bytes]]], object]


def forget_one(entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    del entries[1]


def add_one(entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    entries.insert(1, (tarfile.TarInfo("state/extra"), b"x"))


def double_one(entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    entries.insert(1, entries[1])


def change_one(entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    entries[1] = (entries[1][0], b"{ }")


def end_early(entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    del entries[-1]


def go_on(entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    entries.append((tarfile.TarInfo("state/more"), b"x"))


def list_nothing(entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    entries[-1] = (entries[-1][0], orjson.dumps({"files": None}))


def list_garbage(entries: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    entries[-1] = (entries[-1][0], b"[")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (forget_one, "is missing"),
        (add_one, "not as it was"),
        (double_one, "in it twice"),
        (change_one, "not as it was"),
        (end_early, "its end is missing"),
        (go_on, "behind its list"),
        (list_nothing, "lists no files"),
        (list_garbage, "cannot be read"),
    ],
)
def test_what_is_not_as_the_list_says_is_refused(
    archive: Path, place: Path, change: Change, why: str
) -> None:
    entries = entries_of(archive)
    change(entries)
    refused(rewritten(archive.with_name("forged.tar.gz"), entries), place, why)
