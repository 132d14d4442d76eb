"""`nanie replay`: everything that a chat or a recording tells gets into its group's timeline, once."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from making import message
from processes import run, worker

from nanie_actors.cli.app import main
from nanie_actors.model import GroupId, MessageArrived
from nanie_actors.whatsapp.recording import encode_event

GROUP = GroupId("120363000000000002@g.us")


def recording(folder: Path, *numbers: int) -> Path:
    """What `nanie skip` keeps: the events, as a recording."""
    events = [MessageArrived(message(n, f"text {n}", group=GROUP)) for n in numbers]
    path = folder / f"{GROUP}.jsonl"
    path.write_bytes(b"".join(encode_event(event) + b"\n" for event in events))
    return path


def logged(state: Path) -> list[str]:
    lines = (state / "memory" / GROUP / "messages.jsonl").read_bytes().splitlines()
    return [orjson.loads(line)["text"] for line in lines]


def test_what_was_left_out_is_played_and_the_program_ends(tmp_path: Path) -> None:
    state = tmp_path / "state"
    played = run("replay", str(recording(tmp_path, 1, 2)), "--state", str(state))
    assert (played.returncode, played.stdout) == (0, b""), played.stderr
    assert logged(state) == ["text 1", "text 2"]


def test_what_a_group_knows_already_has_no_effect(tmp_path: Path) -> None:
    state = tmp_path / "state"
    for numbers in ((1, 2), (1, 2, 3)):
        assert run("replay", str(recording(tmp_path, *numbers)), "--state", str(state)).returncode == 0
    assert logged(state) == ["text 1", "text 2", "text 3"]


def test_a_state_that_a_worker_uses_is_left_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with worker(state) as nanie:
        nanie.until_reply(nanie.send("one", "LIST_GROUPS"), "DATA")
        refused = run("replay", str(recording(tmp_path, 1)), "--state", str(state))
        assert nanie.end() == 0
    assert refused.returncode == 1
    assert refused.stderr.count(b"\n") == 1
    assert not (state / "memory" / GROUP).exists()


@pytest.mark.parametrize("arguments", [[], ["--speed", "0", "chat.txt"]])
def test_wrong_use_is_told(arguments: list[str]) -> None:
    assert CliRunner().invoke(main, ["replay", *arguments]).exit_code == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = run("replay", str(tmp_path / "missing.jsonl"), "--state", str(tmp_path / "state"))
    assert missing.returncode == 1
    assert b"missing.jsonl" in missing.stderr
