"""Who asks for no extra gets none, misses none, and is told which one brings what he then asks for.

The extras are read from setup.cfg: a new one is held to the same from its first day.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest
from bare_environment import BareEnvironment, top_modules

RUN = ("nanie", "run", "--whatsapp", "none")


@dataclass(frozen=True, slots=True)
class Wish:
    """A command that needs an extra."""

    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)


WISHES: Mapping[str, Wish] = {
    "ui": Wish((*RUN, "--router", "none", "--ui", "--listen", "127.0.0.1:0")),
    "otel": Wish((*RUN, "--router", "stdio"), {"NANIE_TELEMETRY__OTLP_ENDPOINT": "http://127.0.0.1:9"}),
    "nats": Wish((*RUN, "--router", "nats"), {"NANIE_NATS__URL": "nats://127.0.0.1:9"}),
    "llm": Wish(
        (*RUN, "--router", "stdio"),
        {"NANIE_EXTRACTION__EXTRACTOR": "llm", "NANIE_LLM__MODEL": "openai:any", "NANIE_LLM__KEY": "k" * 20},
    ),
}
"""One for each extra."""


@pytest.fixture(scope="module")
def extras(script: ModuleType) -> Mapping[str, set[str]]:
    """What only an extra brings, as names to import, by the extra."""
    brought: Mapping[str, str] = script.brought_along()
    always = {module for name, extra in brought.items() if not extra for module in top_modules(name)}
    return {
        extra: {module for name, of in brought.items() if of == extra for module in top_modules(name)}
        - always
        for extra in script.asked()
        if extra
    }


@pytest.fixture(scope="module")
def bare(wheel: Path, script: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> BareEnvironment:
    """The wheel, and what it always brings along."""
    packages = [name for name, extra in script.brought_along().items() if not extra]
    made = BareEnvironment(tmp_path_factory.mktemp("bare"), packages)
    install = [sys.executable, "-m", "pip", "--python", str(made.bin / "python"), "install", "--no-deps"]
    subprocess.run([*install, "--no-index", "--quiet", str(wheel)], check=True, timeout=120)
    return made


def test_the_bare_environment_has_nothing_of_any_extra(
    bare: BareEnvironment, extras: Mapping[str, set[str]], tmp_path: Path
) -> None:
    assert all(extras.values())
    look = (
        "import sys; from importlib.util import find_spec; print([n for n in sys.argv[1:] if find_spec(n)])"
    )
    found = bare.run(tmp_path, "python", "-c", look, *sorted(set().union(*extras.values())))
    assert (found.stdout.strip(), found.stderr) == ("[]", "")


def test_without_extras_it_helps_demonstrates_and_examines_itself(
    bare: BareEnvironment, tmp_path: Path
) -> None:
    helped = bare.run(tmp_path, "nanie", "--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    played = bare.run(tmp_path, "nanie", "demo", "--quick")
    assert played.returncode == 0, played.stderr
    assert "Mia at home" in played.stdout
    examined = bare.run(tmp_path, "nanie", "doctor")
    assert "Traceback" not in examined.stderr
    assert "pip install 'nanie-actors[ui]'" in examined.stdout


def test_every_extra_of_the_project_is_wished_for_here(extras: Mapping[str, set[str]]) -> None:
    assert extras.keys() == WISHES.keys()


@pytest.mark.parametrize("extra", WISHES)
def test_who_asks_for_what_an_extra_brings_is_told_in_one_line_which(
    bare: BareEnvironment, tmp_path: Path, extra: str
) -> None:
    wish = WISHES[extra]
    refused = bare.run(tmp_path, *wish.command, **wish.variables)
    (line,) = refused.stderr.splitlines()
    assert f"pip install 'nanie-actors[{extra}]'" in line
    assert (refused.returncode, refused.stdout) == (1, "")


def test_where_all_are_installed_the_program_imports_none_before_it_is_asked_to(
    extras: Mapping[str, set[str]], tmp_path: Path
) -> None:
    """The whole worker and every command but what a command itself asks for later."""
    imports = (
        "from importlib import import_module; import sys, nanie_actors.cli.app as app;"
        "[import_module(one.target.partition(':')[0]) for one in app.COMMANDS.values()];"
        "import nanie_actors.assembly;"
        "print('\\n'.join({name.partition('.')[0] for name in sys.modules}))"
    )
    told = subprocess.run(
        [sys.executable, "-c", imports],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    imported = set(told.stdout.split())
    assert "pykka" in imported
    assert {extra: imported & modules for extra, modules in extras.items()} == {
        extra: set() for extra in extras
    }
