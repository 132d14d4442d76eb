"""`make audit`: asks the advisory services about the locked versions, and says what they could not say.

Usage: audit.py PIP_AUDIT LOCK_FILE [unless-silent]. Exit status: 0 nothing is known against any package;
1 something is; 2 no service could be asked about all of them, so nothing is known either way. With
`unless-silent` that is 0 as well: a check of the code must not depend on somebody else's service being up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

SERVICES = ("pypi", "osv")
"""PyPI's own, then the one that collects from many places."""

WITHIN_S = 300


@dataclass(frozen=True)
class Findings:
    """What a service said: weaknesses as (package, version, id, fixed in); about how many it was asked."""

    known: list[tuple[str, str, str, str]]
    asked: int
    not_asked: int

    @property
    def complete(self) -> bool:
        """Whether the service knew every package."""
        return self.asked > 0 and not self.not_asked


def say(line: str) -> None:
    """To whoever typed `make audit`."""
    sys.stdout.write(f"{line}\n")


def read(report: str) -> Findings:
    """Understand pip-audit's JSON; nothing in it means that it never got that far."""
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Findings([], 0, 0)
    asked = [package for package in packages if "vulns" in package]
    known = [
        (package["name"], package["version"], weak["id"], ", ".join(weak.get("fix_versions", ())))
        for package in asked
        for weak in package["vulns"]
    ]
    return Findings(known, len(asked), len(packages) - len(asked))


def ask(program: str, lock: str, service: str) -> Findings:
    """Ask one service about every package of the lock file."""
    command = [program, "--requirement", lock, "--require-hashes", "--disable-pip", "--format", "json"]
    options = ["--vulnerability-service", service, "--progress-spinner", "off", "--timeout", "15"]
    try:
        done = subprocess.run(
            [*command, *options], capture_output=True, text=True, timeout=WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return Findings([], 0, 0)
    return read(done.stdout)


def main(program: str, lock: str, silence: str = "") -> int:
    """See the module."""
    for service in SERVICES:
        found = ask(program, lock, service)
        for name, version, weakness, fixed in found.known:
            say(f"{name} {version}: {weakness}" + (f", fixed in {fixed}" if fixed else ", not fixed yet"))
        if found.known:
            return 1
        if found.complete:
            say(f"{service}: nothing is known against any of {found.asked} packages.")
            return 0
        say(f"{service} could not be asked about {found.not_asked or 'any'} of the packages.")
    say("Nothing is known either way: try again where an advisory service can be reached.")
    return 0 if silence == "unless-silent" else 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
