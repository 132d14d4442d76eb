"""What is handed out: the archive of the sources and the wheel made from it, what they hold and say."""

from __future__ import annotations

import tarfile
import zipfile
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

import pytest

from nanie_actors import __version__

ROOT = Path(__file__).parents[2]
LARGEST_WHEEL = 1_000_000
LARGEST_SDIST = 3_000_000
"""Bytes. Neither is near: what crosses them is something that was not meant to be in it."""


@pytest.fixture(scope="module")
def sources(sdist: Path) -> dict[str, int]:
    """The files of the archive and their sizes, by their place in the project."""
    with tarfile.open(sdist) as archive:
        return {one.name.partition("/")[2]: one.size for one in archive if one.isfile()}


@pytest.fixture(scope="module")
def said(wheel: Path) -> Message:
    """The wheel's metadata."""
    with zipfile.ZipFile(wheel) as file:
        (name,) = (name for name in file.namelist() if name.endswith(".dist-info/METADATA"))
        return BytesParser().parsebytes(file.read(name))


def test_the_sources_are_handed_out_with_tests_documentation_and_configuration(
    sources: dict[str, int],
) -> None:
    for folder in ("bench", "chaos", "config", "docs", "src", "tests"):
        kept = {
            path.relative_to(ROOT).as_posix()
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and not {"__pycache__", "nanie_actors.egg-info"} & set(path.parts)
        }
        assert kept <= sources.keys(), folder
    assert {"LICENSE", "README.md", "CHANGELOG.md", "Makefile", "setup.cfg"} <= sources.keys()


def test_neither_holds_what_a_run_leaves_behind(sources: dict[str, int], wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = [*sources, *file.namelist()]
    assert [
        name for name in names if "__pycache__" in name or "cache/" in name or name.endswith(".pyc")
    ] == []
    assert [name for name in names if name.startswith((".venv", "build/", "nanie/", "bench-results"))] == []


def test_both_are_small(sdist: Path, wheel: Path) -> None:
    assert wheel.stat().st_size < LARGEST_WHEEL
    assert sdist.stat().st_size < LARGEST_SDIST


def test_the_metadata_say_what_it_is_and_under_which_licence(said: Message) -> None:
    assert (said["Name"], said["Version"]) == ("nanie-actors", __version__)
    assert said["License-Expression"] == "Apache-2.0"
    assert said.get_all("License-File") == ["LICENSE"]
    assert said["Requires-Python"] == ">=3.11"
    classifiers = said.get_all("Classifier") or []
    assert "Typing :: Typed" in classifiers
    assert not [one for one in classifiers if one.startswith("License ::")], "the expression says it"


def test_the_licence_itself_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        (name,) = (name for name in file.namelist() if name.endswith(".dist-info/licenses/LICENSE"))
        assert file.read(name) == (ROOT / "LICENSE").read_bytes()


def test_an_index_is_given_the_readme_as_markdown(said: Message) -> None:
    assert said["Description-Content-Type"] == "text/markdown"
    text = said.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert text.decode().strip() == (ROOT / "README.md").read_text("utf-8").strip()
