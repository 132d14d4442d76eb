"""`nanie doctor` on the live account: the library, the session, the journal. Looking changes nothing."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from journals import event, never

from nanie_actors.cli.app import main
from nanie_actors.cli.checks import machine, whatsapp
from nanie_actors.cli.checks.outcome import Check
from nanie_actors.storage.layout import StateLayout
from nanie_actors.whatsapp.live.journal_reader import JournalReader
from nanie_actors.whatsapp.live.journal_writer import MANY_SEGMENTS, JournalWriter

SEGMENT_BYTES = 1_000


@pytest.fixture
def layout(home: Path) -> StateLayout:
    """A state directory with the folder of a live account."""
    layout = StateLayout(home / "nanie")
    layout.whatsapp.mkdir(parents=True, mode=0o700)
    layout.root.chmod(0o700)
    return layout


def make_session(path: Path, *devices: str) -> None:
    """As much of the library's database as is looked at."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE whatsmeow_device (jid TEXT PRIMARY KEY, registration_id BIGINT)")
        database.executemany("INSERT INTO whatsmeow_device VALUES (?, 7)", [(jid,) for jid in devices])
    path.chmod(0o600)


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """The session in the hands of a bridge."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def journal_of(layout: StateLayout, entries: int) -> None:
    writer = JournalWriter(layout.ingress_journal, segment_bytes=SEGMENT_BYTES)
    writer.open()
    for number in range(1, entries + 1):
        writer.append([event(number)], never)
    writer.close()


# The library ------------------------------------------------------------------------------------------------


def test_the_library_of_this_installation_can_be_loaded() -> None:
    library, magic = whatsapp.check_library()
    assert library == Check("whatsapp library", "ok", "neonize 0.5.2")
    assert (magic.name, magic.status) == ("libmagic", "ok")


def test_looking_at_the_library_loads_nothing_of_it_here() -> None:
    look = "import sys; from nanie_actors.cli.checks.whatsapp import check_library; list(check_library());"
    told = "print('neonize' in sys.modules, 'nanie_actors.whatsapp.bridge.library' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", look + told], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]


def test_where_the_c_library_comes_from_is_told() -> None:
    assert [check.found for check in whatsapp.check_library(lambda: (0, "0.5.2 pylibmagic\n", ""))] == [
        "neonize 0.5.2",
        "brought by pylibmagic",
    ]


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("ImportError: failed to find libmagic.  Check your installation", "pip install pylibmagic"),
        ("OSError: /lib/libc.so.6: version `GLIBC_2.34' not found", "glibc 2.34"),
        ("ModuleNotFoundError: No module named 'neonize'", "pip install --force-reinstall 'neonize==0.5.2'"),
    ],
)
def test_a_library_that_cannot_be_loaded_is_told_with_the_way_out(error: str, advice: str) -> None:
    (check,) = whatsapp.check_library(lambda: (1, "", error))
    assert check.status == "failed"
    assert error in check.found
    assert advice in check.advice


@pytest.mark.parametrize(("version", "status"), [("0.5.2", "ok"), ("0.5.3", "failed"), ("0.6", "failed")])
def test_the_library_is_pinned_to_one_version(version: str, status: str) -> None:
    """What its events mean and which of its calls are deadly was verified for that one."""
    assert machine.check_requirement("neonize==0.5.2", lambda _: version).status == status


# The session ------------------------------------------------------------------------------------------------


def test_without_a_session_it_is_told_how_to_link_an_account(layout: StateLayout) -> None:
    check = whatsapp.check_session(layout)
    assert check.status == "ok"
    assert "nanie pair" in check.found


def test_a_session_whose_account_was_never_linked_counts_as_none(layout: StateLayout) -> None:
    make_session(layout.session)
    assert "no account is linked" in whatsapp.check_session(layout).found


def test_a_linked_account_is_told_without_its_number(layout: StateLayout) -> None:
    make_session(layout.session, "491700000000:3@s.whatsapp.net")
    assert whatsapp.check_session(layout) == Check("whatsapp session", "ok", "an account is linked")
    with held(layout.session_lock):
        assert whatsapp.check_session(layout).found == "an account is linked, and in use"
    assert whatsapp.check_session(layout).found == "an account is linked"


def test_a_pairing_under_way_is_told(layout: StateLayout) -> None:
    with held(layout.session_lock):
        assert whatsapp.check_session(layout).found == "nanie pair is at work"


def test_keys_that_others_can_read_are_a_failure(layout: StateLayout) -> None:
    make_session(layout.session, "491700000000:3@s.whatsapp.net")
    layout.session.chmod(0o644)
    check = whatsapp.check_session(layout)
    assert check.status == "failed"
    assert check.advice == f"run: chmod go-rwx '{layout.session}'"


def test_a_session_that_cannot_be_read_is_a_warning_with_two_ways_out(layout: StateLayout) -> None:
    layout.session.write_bytes(b"no database at all, and longer than the header of one" * 100)
    layout.session.chmod(0o600)
    check = whatsapp.check_session(layout)
    assert check.status == "warning"
    assert "start the worker" in check.advice
    assert "nanie pair --again" in check.advice


# The journal ------------------------------------------------------------------------------------------------


def found_in(layout: StateLayout) -> list[tuple[str, str]]:
    return [(check.status, check.found) for check in whatsapp.check_journal(layout)]


def test_an_account_that_never_received_anything_has_no_backlog(layout: StateLayout) -> None:
    assert found_in(layout) == [("ok", "nothing waits for the worker")]


def test_what_waits_for_the_worker_is_counted(layout: StateLayout) -> None:
    journal_of(layout, 9)
    assert found_in(layout) == [("ok", "9 entries wait for the worker")]
    reader = JournalReader(layout.ingress_journal)
    reader.settled_up_to(9)
    reader.close()
    assert found_in(layout) == [("ok", "nothing waits for the worker")]


def test_a_worker_that_does_not_keep_up_is_a_warning(layout: StateLayout) -> None:
    journal_of(layout, 1)
    for number in range(2, MANY_SEGMENTS + 2):
        (layout.ingress_journal / f"{number:020d}.jsonl").touch()
    (status, found), *rest = found_in(layout)
    assert (status, rest) == ("warning", [])
    assert f"in {MANY_SEGMENTS + 1} files" in found


def test_damaged_parts_are_a_failure_that_names_the_first(layout: StateLayout) -> None:
    journal_of(layout, 1)
    for name in ("damaged-1-200", "damaged-1-100"):
        (layout.ingress_journal / name).write_bytes(b"?")
    status, found = found_in(layout)[1]
    assert status == "failed"
    assert found.startswith("2 damaged parts")
    assert found.endswith("damaged-1-100")


def test_events_that_were_not_understood_are_told(layout: StateLayout) -> None:
    layout.unconverted.write_bytes(b"{}\n")
    status, found = found_in(layout)[1]
    assert status == "warning"
    assert str(layout.unconverted) in found


def test_a_journal_that_cannot_be_read_is_a_failure(layout: StateLayout) -> None:
    layout.ingress_journal.mkdir(mode=0o700)
    (layout.ingress_journal / f"{1:020d}.jsonl").mkdir()
    ((status, found),) = found_in(layout)
    assert (status, "cannot be read" in found) == ("failed", True)


# The command ------------------------------------------------------------------------------------------------


def test_the_command_looks_at_the_account_and_leaves_it_as_it_is(layout: StateLayout) -> None:
    make_session(layout.session, "491700000000:3@s.whatsapp.net")
    journal_of(layout, 3)
    for path in layout.root.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    before = {path: path.read_bytes() for path in layout.root.rglob("*") if path.is_file()}
    result = CliRunner().invoke(main, ["doctor", "--json"])
    told = {check["name"]: check["found"] for check in json.loads(result.stdout)["checks"]}
    assert result.exit_code == 0
    assert told["whatsapp session"] == "an account is linked"
    assert told["whatsapp journal"] == "3 entries wait for the worker"
    assert {path: path.read_bytes() for path in layout.root.rglob("*") if path.is_file()} == before
