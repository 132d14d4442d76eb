"""`nanie doctor`: it finds what is wrong, says what to do, and changes nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nanie_actors.cli.app import main
from nanie_actors.cli.checks import machine, state
from nanie_actors.cli.checks.outcome import Check
from nanie_actors.settings import load_settings
from nanie_actors.storage.direct_disk import DirectDisk
from nanie_actors.storage.state_lock import StateLock

GROUP = "120363000000000001@g.us"
OTHER = "120363000000000002@g.us"


@pytest.fixture
def root(home: Path) -> Path:
    """A state directory as the worker leaves it."""
    folder = home / "nanie"
    for part in (folder, folder / "memory", folder / "memory" / GROUP):
        part.mkdir(mode=0o700)
    write(folder / "memory" / GROUP / "timeline.json", b"[]")
    return folder


@pytest.fixture
def disk() -> Iterator[DirectDisk]:
    disk = DirectDisk()
    yield disk
    assert disk.close(timeout_s=5)


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)


def checks(*arguments: str) -> dict[str, dict[str, Any]]:
    result = CliRunner().invoke(main, ["doctor", "--json", *arguments])
    told = json.loads(result.stdout)
    assert result.exit_code == (0 if told["ok"] else 1)
    return {check["name"]: check for check in told["checks"]}


def failures(*arguments: str) -> list[str]:
    return [name for name, check in checks(*arguments).items() if check["status"] == "failed"]


# The command ------------------------------------------------------------------------------------------------


def test_a_new_machine_is_healthy_and_nothing_is_made(home: Path) -> None:
    assert failures() == []
    assert list(home.iterdir()) == []


def test_a_used_state_directory_is_healthy_and_left_as_it_is(root: Path) -> None:
    before = sorted(root.rglob("*"))
    assert failures() == []
    assert sorted(root.rglob("*")) == before


def test_people_get_a_line_for_each_check_and_what_to_do(root: Path) -> None:
    root.chmod(0o755)
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 1
    assert "FAILED   privacy" in result.stdout
    assert f"→ run: chmod -R go-rwx '{root.name}'" in result.stdout


def test_every_check_that_is_not_ok_says_what_to_do(root: Path) -> None:
    root.chmod(0o755)
    write(root / "memory" / GROUP / "timeline.json", b"{")
    write(root / "cursors.json.damaged", b"{")
    found = [check for check in checks().values() if check["status"] != "ok"]
    assert len(found) == 3
    assert all(check["advice"] for check in found)


def test_unusable_settings_are_a_finding_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANIE_WORKER__THREAD", "3")
    found = checks()
    assert found["settings"]["status"] == "failed"
    assert "did you mean NANIE_WORKER__THREADS?" in found["settings"]["advice"]
    assert found["python"]["status"] == "ok"


# The machine ------------------------------------------------------------------------------------------------


def test_an_old_python_is_refused() -> None:
    assert machine.check_python((3, 10, 9)).status == "failed"
    assert machine.check_python((3, 11, 0)).status == "ok"
    assert machine.check_python((3, 14, 0)).status == "ok"


@pytest.mark.parametrize(
    ("version", "status"),
    [("4.4.9", "failed"), ("4.5", "ok"), ("4.5.0", "ok"), ("4.5.12", "ok"), ("4.6.0", "failed")],
)
def test_a_library_outside_of_its_pins_is_refused(version: str, status: str) -> None:
    """The dispatcher overrides private hooks of Pykka: another minor version may not have them."""
    assert machine.check_requirement("pykka<4.6,>=4.5", lambda _: version).status == status


def test_a_missing_library_is_told_with_how_to_install_it() -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    check = machine.check_requirement("pykka<4.6,>=4.5", missing)
    assert (check.status, check.advice) == ("failed", "run: pip install 'pykka<4.6,>=4.5'")


def test_what_is_only_for_developers_is_not_required() -> None:
    names = [requirement.split("<")[0] for requirement in machine.requirements()]
    assert "pykka" in names
    assert not any("pytest" in name for name in names)


def test_the_zone_is_shown_with_its_clock() -> None:
    settings = load_settings(None, {"time.zone": "Asia/Tokyo"})
    check = machine.check_zone(settings, lambda zone: datetime(2025, 1, 31, 7, 5, tzinfo=zone))
    assert check.found == "Asia/Tokyo (set), where it is 07:05"


def test_a_full_disk_is_told_with_what_is_needed() -> None:
    settings = load_settings(None, {"storage.segment_bytes": 2**24, "storage.segments": 4})
    assert machine.check_space(settings, lambda _: 192 * 2**20).status == "ok"
    check = machine.check_space(settings, lambda _: 192 * 2**20 - 1)
    assert check.status == "failed"
    assert "192 MiB" in check.advice


def test_a_slow_disk_is_a_warning() -> None:
    settings = load_settings(None, {})
    assert machine.check_sync(settings, lambda _: [0.2, 0.01, 0.3]).status == "warning"
    assert machine.check_sync(settings, lambda _: [0.2, 0.01, 0.01]).status == "ok"


def test_a_disk_that_fails_is_a_failure() -> None:
    def broken(_: Path) -> list[float]:
        raise OSError(5, "Input/output error")

    check = machine.check_sync(load_settings(None, {}), broken)
    assert (check.status, check.found) == ("failed", "Input/output error")


# The state directory ----------------------------------------------------------------------------------------


def test_a_state_directory_that_is_a_file_is_refused(home: Path) -> None:
    write(home / "nanie", b"")
    assert failures() == ["state directory"]


def test_a_folder_that_cannot_be_written_to_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked of the system, not tried: root may write anywhere."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert state.check_directory(root).status == "failed"


@pytest.mark.parametrize(
    ("name", "mode"), [("", 0o750), ("memory", 0o701), (f"memory/{GROUP}/timeline.json", 0o640)]
)
def test_anything_that_others_can_read_is_told(root: Path, name: str, mode: int) -> None:
    (root / name).chmod(mode)
    check = state.check_modes(root)
    assert check.status == "failed"
    assert str(root / name) in check.found


def test_a_socket_path_that_the_system_refuses_is_told(root: Path) -> None:
    assert state.check_socket(root / ("x" * 110)).status == "failed"
    assert state.check_socket(Path("nanie")).status == "ok"


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Let a worker answer with these groups."""
    listed: list[dict[str, Any]] = []
    monkeypatch.setattr(state, "_ask_for_groups", lambda _: listed)
    return listed


def test_a_running_worker_is_named(root: Path, answering: list[dict[str, Any]]) -> None:
    answering.append({"group": GROUP, "quarantine": None})
    with StateLock(root):
        assert state.check_worker(root) == Check("worker", "ok", f"process {os.getpid()}, 1 groups")
    assert state.check_worker(root) == Check("worker", "ok", "none is running")


def test_a_quarantined_group_of_a_running_worker_is_told(root: Path, answering: list[dict[str, Any]]) -> None:
    answering += [{"group": OTHER, "quarantine": None}, {"group": GROUP, "quarantine": "it failed 6 times"}]
    with StateLock(root):
        check = state.check_worker(root)
    assert check.status == "failed"
    assert GROUP in check.found
    assert "nanie retry" in check.advice


def test_a_worker_that_does_not_answer_is_told_with_its_process(root: Path) -> None:
    with StateLock(root):
        check = state.check_worker(root)
    assert check.status == "failed"
    assert f"process {os.getpid()} does not answer" in check.found


def test_looking_for_a_worker_does_not_keep_one_from_starting(root: Path) -> None:
    with StateLock(root):
        pass
    assert state.lock_holder(root) is None
    with StateLock(root):
        assert state.lock_holder(root) is not None


def test_files_that_were_put_aside_are_told(root: Path) -> None:
    write(root / "cursors.json.damaged", b"{")
    assert "cursors.json.damaged" in state.check_put_aside(root).found


def test_a_group_that_cannot_be_read_is_named_and_the_others_counted(root: Path, disk: DirectDisk) -> None:
    (root / "memory" / OTHER).mkdir(mode=0o700)
    write(root / "memory" / OTHER / "timeline.json", b"[{")
    bad, good = state.check_groups(root, disk)
    assert bad.name == f"group {OTHER}"
    assert bad.status == "failed"
    assert "timeline.json" in bad.advice
    assert good == Check("groups", "ok", "1 can be read")


def test_the_files_of_a_running_worker_are_left_to_it(root: Path, answering: list[dict[str, Any]]) -> None:
    write(root / "memory" / GROUP / "timeline.json", b"[{")
    with StateLock(root):
        assert failures() == []
    assert answering == []
    assert failures() == [f"group {GROUP}"]
