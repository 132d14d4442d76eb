"""What is said of licences is about all that comes along, and all that neonize says that it links."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from types import ModuleType

from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "config" / "runtime_packages.py"
PAGE = (ROOT / "docs" / "licences.md").read_text("utf-8")


def rows(after: str, until: str) -> dict[str, list[str]]:
    """The lines of a table of the page, by what is in the first column."""
    section = PAGE.partition(after)[2].partition(until)[0]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in section.splitlines()]
    return {line[0]: line[1:] for line in cells if len(line) > 2 and line[0] != "---"}


def linked_modules() -> set[str]:
    """The Go modules in neonize's shared library, as it says itself."""
    files = metadata.files("neonize") or []
    (library,) = [file for file in files if file.name.startswith("neonize-")]
    found = re.findall(rb"\ndep\t([^\t\n]+)\tv", Path(str(library.locate())).read_bytes())
    return {module.decode() for module in found}


def test_every_package_that_comes_along_is_in_the_table_with_its_licence(script: ModuleType) -> None:
    """If this fails: make licences."""
    table = rows("## Packages", "<!-- end -->")
    said = {name: licence for name, (_, licence, *_) in table.items()}
    assert {name: said.get(name) for name in script.brought_along()} == {
        name: script.licence_of(name) for name in script.brought_along()
    }


def test_the_table_names_the_locked_versions(script: ModuleType) -> None:
    """If this fails: make licences."""
    lines = script.locked()
    table = rows("## Packages", "<!-- end -->")
    del table["package"]
    assert [name for name, (version, *_) in table.items() if f"=={version}" not in lines[name]] == []


def test_what_only_development_needs_is_not_in_it(script: ModuleType) -> None:
    names = script.brought_along()
    assert {"pykka", "neonize", "starlette"} <= names.keys()
    assert names.keys().isdisjoint({"pytest", "mypy", "ruff", "hypothesis", "playwright"})


def test_the_go_modules_are_those_that_the_library_names() -> None:
    table = rows("## What neonize links", "So the shared library")
    del table["Go module"]
    assert table.keys() == linked_modules()


def test_who_else_links_libraries_comes_along(script: ModuleType) -> None:
    table = rows("## What other packages link", "A container image")
    del table["package"]
    assert table.keys() > {"pillow"}
    assert {name.partition(" ")[0] for name in table} <= script.brought_along().keys()


def test_for_the_bill_of_materials_there_is_every_package_with_its_hashes(script: ModuleType) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "lock"], capture_output=True, text=True, timeout=60, check=True
    )
    entries = re.split(r"^(?=[A-Za-z0-9])", done.stdout, flags=re.MULTILINE)[1:]
    names = {canonicalize_name(re.split(r"[=\[ ]", entry, maxsplit=1)[0]) for entry in entries}
    assert names == set(script.brought_along())
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_bill_of_materials_is_of_what_is_built(script: ModuleType) -> None:
    said = tomllib.loads(script.project())["project"]
    ours = metadata.metadata("nanie-actors")
    assert (said["name"], said["version"]) == (ours["Name"], ours["Version"])
    assert said["license"] == "Apache-2.0"


def test_the_bill_of_materials_is_checked_and_the_same_every_time() -> None:
    """Neither a time nor a random number is in it, and it follows the schema, or there is none."""
    recipe = (ROOT / "Makefile").read_text("utf-8").partition("\nsbom:")[2].partition("\n\n")[0]
    assert {"--output-reproducible", "--validate"} <= set(recipe.split())


def test_wrong_use_says_how_it_is_meant() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage:" in done.stderr
