"""An environment in which some installed packages are, and the others are not: nothing is fetched for it."""

from __future__ import annotations

import os
import subprocess
import venv
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

CLEAN = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

_OWNERS = metadata.packages_distributions()
"""Which packages bring the modules of a name."""


class BareEnvironment:
    """A virtual environment into which packages of this one are lent, by links."""

    def __init__(self, home: Path, packages: Iterable[str]) -> None:
        venv.create(home, with_pip=False, symlinks=True)
        self.bin = home / "bin"
        (self._site,) = (home / "lib").glob("python*/site-packages")
        for name in packages:
            self._lend(metadata.distribution(name))

    def run(self, folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """A program of the environment, by its name, in a folder that is also its home."""
        return subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            cwd=folder,
            env={**CLEAN, "HOME": str(folder), **variables},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )

    def _lend(self, package: metadata.Distribution) -> None:
        for file in package.files or ():
            if ".." in file.parts:
                continue
            # Folders at once, but those that several packages share.
            part = file if len(_OWNERS.get(file.parts[0], ())) > 1 else file.parts[0]
            target = self._site / part
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                os.symlink(Path(str(package.locate_file(part))), target)


def top_modules(package: str) -> set[str]:
    """What a package brings to import, by the first part of the name."""
    files = [file for file in metadata.files(package) or () if ".." not in file.parts]
    first = {file.parts[0] for file in files if len(file.parts) > 1 or file.suffix == ".py"}
    return {name.removesuffix(".py") for name in first if "." not in name.removesuffix(".py")}
