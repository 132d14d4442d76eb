"""What a program says to settings files of other versions of it, and to former names."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest

from nanie_actors import __version__
from nanie_actors.errors import SettingsError
from nanie_actors.settings import Settings, load_settings, versions
from nanie_actors.settings.versions import FILE_VERSION, Removed, Renamed

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def an_empty_directory_and_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NANIE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def former(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that moved, one that went, a section that has another name."""
    table = {
        "worker.pool": Renamed("worker.threads"),
        "push.old_events": Renamed("limits.pushes_burst"),
        "log.colour": Removed("the terminal decides."),
        "bus.threads": Renamed("worker.threads"),
        "journal": Renamed("storage"),
    }
    monkeypatch.setattr(versions, "FORMER", table)


def problems(text: str = "") -> list[str]:
    Path("nanie.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(None, {})
    return str(caught.value).splitlines()


def test_a_file_may_state_its_version_or_not() -> None:
    for text in ("[worker]\nthreads = 6", f"version = {FILE_VERSION}\n[worker]\nthreads = 6"):
        Path("nanie.toml").write_text(text, "utf-8")
        assert load_settings(None, {}).worker.threads == 6


def test_a_file_of_a_newer_version_is_refused_and_nothing_else_of_it_is_blamed() -> None:
    """It says which program refuses it and what to do: what it holds may be right for that of its time."""
    (told,) = problems("version = 2\n[brand_new]\nsetting = 1")
    assert told == (
        f"nanie.toml: version = 2: is for a newer nanie-actors than {__version__}, which reads up to 1: "
        "upgrade the program, or use the file that belongs to it (docs/upgrading.md)."
    )


@pytest.mark.parametrize("stated", ["0", "-1", "1.0", "true", "'1'", "[1]", "{}"])
def test_a_version_that_is_no_number_of_one_is_refused(stated: str) -> None:
    (told,) = problems(f"version = {stated}")
    assert told.startswith("nanie.toml: version = ")
    assert told.endswith("must be a whole number, 1 for now.")


def test_a_section_called_version_is_no_way_around_it() -> None:
    (told,) = problems("[version]\nnumber = 1")
    assert "must be a whole number" in told


@pytest.mark.usefixtures("former")
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[worker]\npool = 3", "nanie.toml: [worker] pool has another name now: [worker] threads."),
        (
            "[push]\nold_events = 3",
            "nanie.toml: [push] old_events has another name now: [limits] pushes_burst.",
        ),
        ("[log]\ncolour = 1", "nanie.toml: [log] colour is no setting any more: the terminal decides."),
        ("[journal]\nsegments = 3", "nanie.toml: [journal] has another name now: [storage]."),
        ("[worker]\nthread = 3", "nanie.toml: [worker] thread is no setting: did you mean threads?"),
    ],
)
def test_a_former_name_in_a_file_is_told_the_new_one(text: str, told: str) -> None:
    assert problems(text) == [told]


@pytest.mark.usefixtures("former")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("NANIE_WORKER__POOL", "has another name now: NANIE_WORKER__THREADS."),
        ("NANIE_LOG__COLOUR", "is no setting any more: the terminal decides."),
        ("NANIE_BUS__THREADS", "has another name now: NANIE_WORKER__THREADS."),
        ("NANIE_JOURNAL__SEGMENTS", "has another name now: NANIE_STORAGE__*."),
    ],
)
def test_a_former_name_in_the_environment_is_told_the_new_one(
    monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    monkeypatch.setenv(name, "3")
    assert problems() == [f"{name} {told}"]


def test_every_former_name_leads_to_a_setting_that_there_is_and_is_none_itself() -> None:
    """An entry of the table that is out of date would send people somewhere else."""
    sections = Settings.model_fields
    known = set(sections)
    known |= {f"{name}.{key}" for name, of in sections.items() for key in of.annotation.model_fields}  # type: ignore[union-attr]
    for name, became in versions.FORMER.items():
        assert name not in known
        assert isinstance(became, Removed) or became.now in known


def test_the_version_stands_in_the_file_and_in_the_table() -> None:
    assert tomllib.loads((ROOT / "config" / "nanie.toml").read_text("utf-8"))["version"] == FILE_VERSION
    table = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert re.search(rf"^\| `version` \| `{FILE_VERSION}` \|", table, flags=re.MULTILINE)
