"""What a noisy worker writes: nothing of a family's is in logs, dumps and tracebacks, and all files are its
owner's only."""

from __future__ import annotations

import io
import logging
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog
from household import Household, Verbatim
from making import GROUP, NOON, message
from processes import Nanie, run, worker

from nanie_actors.logs import configure_logging
from nanie_actors.model import EpochMs, GroupSeen, MessageArrived
from nanie_actors.timeline.extractor import ExtractedEvent

GROUP_NAME = "Zanzibar Kindergarten"
TEXT = "quokka-bottle"
COMMAND_TEXT = "numbat-bath"
SENDER = "Ptolemaia"
KEY = "sb_secret_wombat0123456789"
MARKERS = (GROUP_NAME, "Zanzibar", TEXT, COMMAND_TEXT, SENDER, KEY)


def chat(folder: Path) -> Path:
    """An exported chat; one of its lines is mended while it is read."""
    lines = [f"13/01/2026, 10:{minute:02} - {SENDER}: {TEXT} {minute}" for minute in range(30)]
    path = folder / f"WhatsApp Chat with {GROUP_NAME}.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def torn_recording(folder: Path) -> Path:
    """A recording called like a group, whose recorder was killed."""
    message = {
        "group": "120363000000000009@g.us",
        "message_id": "M1",
        "sender": "1@lid",
        "sender_name": SENDER,
        "at": 1_768_300_000_000,
        "kind": "text",
        "text": TEXT,
        "from_me": False,
        "edited": False,
    }
    line = orjson.dumps({"v": 1, "event": "message_arrived", "data": {"message": message}})
    path = folder / f"{GROUP_NAME}.jsonl"
    path.write_bytes(line + b"\n" + line[:80])
    return path


def hostile_rows() -> Iterator[bytes]:
    """What a confused or hostile app may send, with texts in every place."""
    yield b'{"broken ' + TEXT.encode() + b"\n"
    yield orjson.dumps({"id": TEXT, "conversation_id": 7.5, "content": TEXT}) + b"\n"
    for number, content in enumerate(
        [
            f'{{"action": "{COMMAND_TEXT}"}}',
            f'{{"{COMMAND_TEXT}',
            {"action": "SELECT_GROUP", "groupId": f"../{COMMAND_TEXT}"},
            {"action": "SELECT_GROUP", "groupId": 5, COMMAND_TEXT: COMMAND_TEXT},
            {"action": "ADD_EVENT", "text": COMMAND_TEXT, "eventData": {"timestamp": COMMAND_TEXT}},
            {"action": "CONFIRM_LINK", "code": COMMAND_TEXT},
            COMMAND_TEXT,
        ]
    ):
        yield orjson.dumps({"id": f"h{number}", "conversation_id": "noisy", "content": content}) + b"\n"


def make_noise(nanie: Nanie, state: Path) -> list[bytes]:
    """Everything that is likely to be logged; what the commands for looking at it say."""
    groups = nanie.until_reply(nanie.send("one", "LIST_GROUPS"), "DATA")["data"]["groups"]
    group = next(entry["id"] for entry in groups if entry["name"] == GROUP_NAME)
    nanie.until_reply(nanie.send("one", "SELECT_GROUP", groupId=group), "DATA")
    nanie.until_reply(nanie.send("one", "ADD_EVENT", text=COMMAND_TEXT), "STATUS")
    for row in hostile_rows():
        nanie.write(row)
    nanie.until_reply(nanie.send("one", "GET_STATUS"), "DATA")
    told = [run(*command, "--state", str(state)) for command in (("dump",), ("audit",))]
    nanie.process.send_signal(signal.SIGUSR1)
    while b"state dump" not in (state.parent / "stderr.log").read_bytes():
        assert nanie.process.poll() is None
    assert run("snapshot", "--state", str(state)).returncode == 0
    return [part for done in told for part in (done.stdout, done.stderr)]


def found(blob: bytes) -> list[str]:
    return [marker for marker in MARKERS if marker.encode() in blob]


def damage(state: Path) -> None:
    """Files of groups that cannot be understood, with a text where they break off."""
    metas = list(state.glob("memory/*/group.json"))
    assert metas
    for meta in metas:
        meta.write_bytes(meta.read_bytes()[:-20] + f'"{TEXT}": "{COMMAND_TEXT}'.encode())


SUPABASE = {"NANIE_SUPABASE__URL": "http://127.0.0.1:9", "NANIE_SUPABASE__KEY": KEY}


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes]]:
    """The state directory after two noisy runs, the second on damaged files and without its database."""
    tmp_path = tmp_path_factory.mktemp("noise")
    state = tmp_path / "s"
    options = ["--whatsapp", f"replay:{chat(tmp_path)}", "--whatsapp", f"replay:{torn_recording(tmp_path)}"]
    quick: dict[str, Any] = {"NANIE_LOG__LEVEL": "debug", "NANIE_SUPERVISION__MAX_RESTARTS": "1"}
    with worker(state, *options, "--record", str(tmp_path / "rec.jsonl"), **quick) as nanie:
        written = make_noise(nanie, state)
        nanie.kill()
    damage(state)
    with worker(state, *options, "--router", "supabase", **quick, **SUPABASE) as nanie:
        nanie.until_reply(nanie.send("one", "GET_STATUS"), "ERROR")
        written.append(run("dump", "--state", str(state)).stdout)
        nanie.end()
    return state, [*written, (tmp_path / "stderr.log").read_bytes()]


def test_no_text_name_or_key_is_in_what_a_noisy_worker_writes(noise: tuple[Path, list[bytes]]) -> None:
    state, written = noise
    assert b"state dump" in written[-1]
    for noisy in (b"torn", b"is given up", b"finished"):
        assert noisy in written[-1]
    for blob in written:
        assert found(blob) == []
    assert found((state / "audit.jsonl").read_bytes()) == []


class Quoting(Verbatim):
    """An extractor that quotes the message that it fails at, as most do."""

    def extract(self, text: str, at: EpochMs) -> list[ExtractedEvent]:
        raise ValueError(f"cannot read {text!r}") from KeyError(text)


@pytest.mark.parametrize("form", ["json", "human"])
def test_an_extractor_that_quotes_what_it_fails_at_does_not_get_it_into_the_log(form: Any) -> None:
    root, log = logging.getLogger(), io.StringIO()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    configure_logging("debug", form, log)
    try:
        house = Household(extractor=Quoting(), supervision={"max_restarts": 2})
        house.tell(GroupSeen(GROUP, NOON, GROUP_NAME, 3))
        house.run()
        house.link("one", GROUP)
        house.tell(MessageArrived(message(1, TEXT, sender_name=SENDER)))
        house.wait(30)
        house.stop()
    finally:
        root.handlers[:], logging.raiseExceptions = handlers, raising
        root.setLevel(level)
        logging.captureWarnings(False)
        structlog.reset_defaults()
    assert "is given up" in log.getvalue()
    assert "ValueError" in log.getvalue()
    assert found(log.getvalue().encode()) == []


def test_the_key_is_in_no_file(noise: tuple[Path, list[bytes]]) -> None:
    state, _ = noise
    files = [path for path in state.parent.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []


def test_the_state_directory_is_its_owner_s_with_all_in_it(
    noise: tuple[Path, list[bytes]],
) -> None:
    state, _ = noise
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in (state, *state.rglob("*"))}
    assert len(modes) > 10
    loose = [path for path, mode in modes.items() if mode != (0o700 if path.is_dir() else 0o600)]
    assert loose == []
    assert stat.S_IMODE((state.parent / "rec.jsonl").stat().st_mode) == 0o600


def test_a_directory_that_others_could_read_is_closed_at_the_start(tmp_path: Path) -> None:
    state = tmp_path / "s"
    state.mkdir(mode=0o755)
    mask = os.umask(0o000)
    try:
        with worker(state) as nanie:
            nanie.until_reply(nanie.send("one", "START_STANDALONE"), "DATA")
            assert stat.S_IMODE(state.stat().st_mode) == 0o700
            assert nanie.end() == 0
    finally:
        os.umask(mask)
    assert {stat.S_IMODE(path.stat().st_mode) for path in state.rglob("*") if path.is_file()} == {0o600}
