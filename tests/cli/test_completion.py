"""`nanie completion`: what a shell is given, and what it then gets."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from nanie_actors.cli.app import COMMANDS, main


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_has_a_script_that_asks_the_program(shell: str) -> None:
    told = CliRunner().invoke(main, ["completion", shell])
    assert told.exit_code == 0, told.output
    assert f"_NANIE_COMPLETE={shell}_complete" in told.stdout


def test_an_unknown_shell_is_wrong_usage() -> None:
    told = CliRunner().invoke(main, ["completion", "cmd"])
    assert told.exit_code == 2
    assert "bash" in told.stderr


PROGRAM = """
import sys
from nanie_actors.cli.app import main

sys.argv = ["nanie"]
try:
    main(prog_name="nanie")
finally:
    assert not {"pykka", "supabase", "neonize"} & set(sys.modules)
"""


def test_the_program_answers_a_shell_with_its_commands_and_imports_nothing_heavy_for_it() -> None:
    asked = {**os.environ, "_NANIE_COMPLETE": "bash_complete", "COMP_WORDS": "nanie ", "COMP_CWORD": "1"}
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=asked, capture_output=True, text=True, timeout=60, check=False
    )
    assert told.stderr == ""
    assert {line.partition(",")[2] for line in told.stdout.splitlines()} == set(COMMANDS)
