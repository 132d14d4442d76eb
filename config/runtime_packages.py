"""What the wheel with all its extras brings along, of all that is locked: for the bill of materials, and for
the table of licences.

Usage: runtime_packages.py lock      the lines of the lock file for these packages
       runtime_packages.py project   what they come with: our own name, version and licence, as TOML
       runtime_packages.py table     writes their table in docs/licences.md anew
"""

from __future__ import annotations

import configparser
import json
import re
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "config" / "requirements.lock"
PAGE = ROOT / "docs" / "licences.md"
BEGIN, END = "<!-- made by config/runtime_packages.py: make licences -->", "<!-- end -->"
DEVELOPMENT = "dev"

CLASSIFIERS = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""Older packages say it in words only."""

SPELLINGS = {
    "MIT License": "MIT",
    "3-Clause BSD License": "BSD-3-Clause",
    **dict.fromkeys(
        ("Apache 2", "Apache 2.0", "Apache 2 License", "Apache License, Version 2.0"), "Apache-2.0"
    ),
}

BY_FILE_ONLY = {
    "neonize": "Apache-2.0, and [what it links](#what-neonize-links)",
    "pylibmagic": "BSD-3-Clause",
    "segno": "BSD-3-Clause",
}
"""Packages that state it, or which of its kind it is, nowhere but in a file."""


@dataclass(frozen=True)
class Package:
    """One that is installed with us."""

    name: str
    version: str
    licence: str
    wanted_by: str


def asked() -> dict[str, list[Requirement]]:
    """What setup.cfg asks for to run: by extra, `` for what is always installed."""
    config = _setup()
    extras = dict(config["options.extras_require"])
    del extras[DEVELOPMENT]
    texts = {"": config["options"]["install_requires"], **extras}
    return {extra: [Requirement(line) for line in _lines(text)] for extra, text in texts.items()}


def _setup() -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    return config


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def brought_along() -> dict[str, str]:
    """Every package that comes with us on this machine, and the first extra that wants it."""
    found: dict[str, str] = {}
    for extra, requirements in asked().items():
        waiting = list(requirements)
        while waiting:
            requirement = waiting.pop()
            name = canonicalize_name(requirement.name)
            extras = requirement.extras
            if name in found and not extras:
                continue
            found.setdefault(name, extra)
            for text in metadata.requires(name) or ():
                further = Requirement(text)
                if further.marker is None or any(
                    further.marker.evaluate({"extra": wanted}) for wanted in (*extras, "")
                ):
                    known = canonicalize_name(further.name) in found
                    if not known or further.extras:
                        waiting.append(further)
    return found


def locked() -> dict[str, str]:
    """Each locked package's lines, hashes and all."""
    entries = re.split(r"^(?=[A-Za-z0-9])", LOCK.read_text("utf-8"), flags=re.MULTILINE)[1:]
    lines: dict[str, str] = {}
    for entry in entries:
        name = canonicalize_name(re.split(r"[=\[ ]", entry, maxsplit=1)[0])
        lines[name] = lines.get(name, "") + entry
    return lines


def licence_of(name: str) -> str:
    """As the installed package states it: by an SPDX expression, in a word, or by a classifier."""
    if name in BY_FILE_ONLY:
        return BY_FILE_ONLY[name]
    said = metadata.metadata(name)
    if "License-Expression" in said:
        return str(said["License-Expression"])
    words = str(said["License"]).strip() if "License" in said else ""
    if words and len(words) < 40:
        return SPELLINGS.get(words, words)
    stated = [line.rsplit(" :: ", 1)[-1] for line in said.get_all("Classifier") or () if "License ::" in line]
    return " AND ".join(CLASSIFIERS.get(one, one) for one in stated) or "see its files"


def packages() -> list[Package]:
    """All of them, by name."""
    lines = locked()
    return [
        Package(name, re.findall(r"==([^ ;\\]+)", lines[name])[0], licence_of(name), extra)
        for name, extra in sorted(brought_along().items())
    ]


def table() -> str:
    """The packages as Markdown."""
    head = ["| package | version | licence | comes with |", "| --- | --- | --- | --- |"]
    rows = [
        f"| {one.name} | {one.version} | {one.licence} | {f'`[{one.wanted_by}]`' if one.wanted_by else ''} |"
        for one in packages()
    ]
    return "\n".join([*head, *rows])


def project() -> str:
    """What the bill of materials is of, in the form of a pyproject.toml: the tool does not read setup.cfg."""
    said = _setup()["metadata"]
    fields = {key: said[key] for key in ("name", "version", "description")}
    fields["license"] = said["license_expression"]
    # A JSON string is a TOML string.
    return "[project]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in fields.items())


def main(what: str) -> int:
    """See the module."""
    if what == "lock":
        lines = locked()
        sys.stdout.write("".join(lines[name] for name in sorted(brought_along())))
        return 0
    if what == "project":
        sys.stdout.write(project())
        return 0
    if what != "table":
        sys.stderr.write(f"{__doc__}\n")
        return 2
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))
