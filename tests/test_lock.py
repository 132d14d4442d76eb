"""The locked versions: all that the project needs, with hashes; and what is said of known weaknesses."""

from __future__ import annotations

import configparser
import json
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "config" / "requirements.lock"


def needed() -> list[Requirement]:
    """What setup.cfg asks for, to run and to develop. Its own extras stand for what is in them."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    extras = config["options.extras_require"]
    asked = [*requirements(config["options"]["install_requires"]), *requirements(extras["dev"])]
    for requirement in [one for one in asked if one.name == "nanie-actors"]:
        asked.remove(requirement)
        asked += [one for extra in sorted(requirement.extras) for one in requirements(extras[extra])]
    return asked


def requirements(text: str) -> list[Requirement]:
    lines = [line.strip() for line in text.splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def locked() -> dict[str, list[str]]:
    """Each locked package with its versions; more than one where they differ by platform."""
    versions: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", LOCK.read_text("utf-8"), re.MULTILINE):
        versions.setdefault(canonicalize_name(name), []).append(version)
    return versions


@pytest.mark.parametrize("requirement", needed(), ids=str)
def test_what_the_project_needs_is_locked_in_a_version_that_will_do(requirement: Requirement) -> None:
    """If this fails: make lock."""
    versions = locked().get(canonicalize_name(requirement.name), [])
    assert any(requirement.specifier.contains(version, prereleases=True) for version in versions), versions


def test_every_locked_package_has_hashes() -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", LOCK.read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert len(entries) > 50
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_names_no_index_and_no_place_of_this_machine() -> None:
    text = LOCK.read_text("utf-8")
    assert not re.search(r"index-url|find-links|file:|https?://", text)


def audit(folder: Path, *reports: Any, unless: str = "") -> tuple[int, str]:
    """Run `make audit`'s program; its pip-audit says one report after the other, None: it fails."""
    for number, report in enumerate(reports):
        (folder / f"{number}.json").write_text("" if report is None else json.dumps(report), "utf-8")
    program = folder / "pip-audit"
    program.write_text(
        f'#!/bin/sh\ncd "{folder}"\ncat "$(ls | grep -c asked).json"\nmktemp askedXXXXXX >/dev/null\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    done = subprocess.run(
        [sys.executable, str(ROOT / "config" / "audit.py"), str(program), str(LOCK), unless],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def report(*packages: dict[str, Any]) -> dict[str, Any]:
    return {"dependencies": [{"name": "spam", "version": "1.0", **package} for package in packages]}


SAFE: dict[str, Any] = {"vulns": []}
WEAK: dict[str, Any] = {"vulns": [{"id": "CVE-2026-0001", "fix_versions": ["1.1"]}]}
UNKNOWN: dict[str, Any] = {"skip_reason": "Dependency not found"}


def test_where_nothing_is_known_against_any_package_it_says_of_how_many(tmp_path: Path) -> None:
    assert audit(tmp_path, report(SAFE, SAFE)) == (0, "pypi: nothing is known against any of 2 packages.\n")


def test_a_known_weakness_fails_with_the_version_that_mends_it(tmp_path: Path) -> None:
    status, told = audit(tmp_path, report(SAFE, WEAK, UNKNOWN))
    assert status == 1
    assert told == "spam 1.0: CVE-2026-0001, fixed in 1.1\n"


def test_a_service_that_cannot_be_asked_about_all_is_no_all_clear(tmp_path: Path) -> None:
    status, told = audit(tmp_path, report(SAFE, UNKNOWN), None)
    assert status == 2
    assert "pypi could not be asked about 1 of the packages" in told
    assert "osv could not be asked about any" in told
    assert "Nothing is known either way" in told


def test_the_second_service_is_asked_where_the_first_is_silent(tmp_path: Path) -> None:
    assert audit(tmp_path, None, report(SAFE))[0] == 0


def test_a_check_of_the_code_hangs_on_no_service_but_fails_for_a_known_weakness(tmp_path: Path) -> None:
    """How the checks call it."""
    assert audit(tmp_path, None, None, unless="unless-silent")[0] == 0
    for asked in tmp_path.glob("asked*"):
        asked.unlink()
    assert audit(tmp_path, report(SAFE, WEAK), unless="unless-silent")[0] == 1
