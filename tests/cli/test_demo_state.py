"""The demo empties its own state directory, and never another."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from nanie_actors.cli.app import Failure
from nanie_actors.cli.demo_state import MARKER, fresh_state
from nanie_actors.storage.state_lock import StateLock


@pytest.fixture
def root(home: Path) -> Path:
    return home / "deep" / "nanie-demo"


def test_a_missing_directory_is_made_for_its_owner_only(root: Path) -> None:
    fresh_state(root)
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert [path.name for path in root.iterdir()] == [MARKER]


def test_what_an_earlier_demo_left_is_removed(root: Path) -> None:
    fresh_state(root)
    (root / "memory").mkdir()
    (root / "memory" / "old").touch()
    fresh_state(root)
    assert [path.name for path in root.iterdir()] == [MARKER]


def test_an_empty_directory_may_be_used(root: Path) -> None:
    root.mkdir(parents=True)
    fresh_state(root)
    assert (root / MARKER).exists()


def test_a_directory_of_somebody_else_is_never_touched(root: Path) -> None:
    root.mkdir(parents=True)
    (root / "mappings.json").write_text("{}")
    with pytest.raises(Failure, match="was not made by the demo"):
        fresh_state(root)
    assert (root / "mappings.json").read_text() == "{}"


def test_a_link_to_a_directory_is_not_followed(root: Path, home: Path) -> None:
    target = home / "target"
    fresh_state(target)
    (target / "kept").touch()
    root.parent.mkdir()
    root.symlink_to(target)
    with pytest.raises(Failure, match="is no directory"):
        fresh_state(root)
    assert (target / "kept").exists()


def test_a_demo_that_is_still_running_is_left_alone(root: Path) -> None:
    fresh_state(root)
    with StateLock(root):
        with pytest.raises(Failure, match="is using"):
            fresh_state(root)
        assert (root / MARKER).exists()
