"""The recipe of the container: checked by a linter, and for what no linter knows. No engine is needed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from nanie_actors.cli.app import COMMANDS
from nanie_actors.settings import Settings

ROOT = Path(__file__).parents[2]
RECIPE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((ROOT / "config" / "compose.yml").read_text("utf-8"))["services"]["nanie"]


def instructions(name: str) -> list[str]:
    joined = RECIPE.replace("\\\n", " ")
    return [line.removeprefix(name).strip() for line in joined.splitlines() if line.startswith(f"{name} ")]


def test_the_linter_has_nothing_to_say() -> None:
    linter = (
        shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{Path(sys.prefix) / 'bin'}")
        or "hadolint"
    )
    told = subprocess.run([linter, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, "")


def test_the_worker_is_nobody_in_particular_and_its_state_is_its_own() -> None:
    assert instructions("USER") == ["10001"]
    assert "useradd --system --uid 10001" in RECIPE
    assert "--mode 0700 /var/lib/nanie" in RECIPE
    assert instructions("VOLUME") == ["/var/lib/nanie"]


def test_what_is_copied_is_let_into_the_build() -> None:
    """What is not named there never reaches the engine: no state directory, no key, no history."""
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert ignored[1] == "*"
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = {
        name for line in instructions("COPY") if not line.startswith("--from") for name in line.split()[:-1]
    }
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def test_commands_and_settings_that_it_names_exist() -> None:
    named = [*re.findall(r'\["(?:nanie", ")?(\w+)"', RECIPE), COMPOSE["command"][0]]
    assert set(named) - {"nanie"} <= set(COMMANDS)
    for name in [*re.findall(r"NANIE_\w+", RECIPE), *COMPOSE["environment"]]:
        section, _, key = name.removeprefix("NANIE_").lower().partition("__")
        assert key in type(getattr(Settings(), section)).model_fields, name


def test_a_container_has_longer_to_stop_than_the_worker_takes() -> None:
    assert float(COMPOSE["stop_grace_period"].removesuffix("s")) > Settings().worker.stop_deadline_s
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
