"""Disks and collected outcomes as fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from disks import STATE, AnyDisk, Outcomes, disk_of_kind

from nanie_actors.storage.memory_disk import MemoryDisk


@pytest.fixture
def outcomes() -> Outcomes:
    return Outcomes()


@pytest.fixture
def memory() -> MemoryDisk:
    return MemoryDisk(STATE)


@pytest.fixture(params=["real", "direct", "memory"])
def any_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyDisk]:
    with disk_of_kind(request.param, tmp_path) as disk:
        yield disk
