"""What systemd hears, at a real datagram socket in its place."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from processes import worker as worker_process

from nanie_actors.assembly import Worker
from nanie_actors.observability import health
from nanie_actors.observability.heartbeat import STATUS_EVERY_S, Heartbeat, beat_every_s
from nanie_actors.observability.systemd import ServiceManager
from nanie_actors.settings import Settings

WITHIN_S = 30.0
ROOT = Path(__file__).parents[2]
UNIT = ROOT / "config" / "nanie.service"


class Systemd:
    """The other end."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def hears(self) -> list[str]:
        """The next thing that is said."""
        return self._end.recv(4096).decode().splitlines()

    def hears_until(self, line: str) -> list[str]:
        while True:
            heard = self.hears()
            if line in heard:
                return heard


@contextmanager
def listening(address: str) -> Iterator[Systemd]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind("\0" + address[1:] if address.startswith("@") else address)
        end.settimeout(WITHIN_S)
        yield Systemd(end)


@pytest.fixture
def address(tmp_path: Path) -> str:
    return str(tmp_path / "notify")


@pytest.fixture
def systemd(address: str) -> Iterator[Systemd]:
    with listening(address) as systemd:
        yield systemd


@pytest.fixture
def manager(address: str) -> Iterator[ServiceManager]:
    manager = ServiceManager(address, 9.0)
    yield manager
    manager.close()


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    worker = Worker(Settings.model_validate({"state": {"dir": str(tmp_path / "nanie")}}))
    worker.start()
    yield worker
    worker.stop()


# ── the words ───────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_said_has_the_form_of_the_manual(systemd: Systemd, manager: ServiceManager) -> None:
    manager.ready("3 groups")
    assert systemd.hears() == ["READY=1", "STATUS=3 groups"]
    manager.alive("3 groups")
    assert systemd.hears() == ["WATCHDOG=1", "STATUS=3 groups"]
    manager.unwell("stuck\nREADY=1")
    assert systemd.hears() == ["STATUS=stuck READY=1"]
    manager.stopping()
    assert systemd.hears() == ["STOPPING=1", "STATUS=stopping"]


@pytest.mark.skipif(not hasattr(os, "eventfd"), reason="only Linux has abstract sockets")
def test_the_address_may_be_an_abstract_one() -> None:
    address = f"@nanie-{secrets.token_hex(8)}"
    with listening(address) as systemd:
        manager = ServiceManager(address, None)
        manager.stopping()
        manager.close()
        assert "STOPPING=1" in systemd.hears()


def test_the_environment_says_where_and_how_often_and_is_not_handed_on() -> None:
    environment = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "7", "HOME": "/"}
    manager = ServiceManager.of(environment, 7)
    assert (manager.listens, manager.watchdog_s, environment) == (True, 3.0, {"HOME": "/"})
    manager.close()


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"WATCHDOG_USEC": "3000000"},
        {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "0"},
        {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "soon"},
        {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "8"},
    ],
)
def test_without_a_watchdog_for_this_process_there_is_none(environment: dict[str, str]) -> None:
    manager = ServiceManager.of(environment, 7)
    assert manager.watchdog_s is None
    manager.close()


def test_a_systemd_that_is_gone_harms_nobody(
    manager: ServiceManager, caplog: pytest.LogCaptureFixture
) -> None:
    manager.alive("fine")
    assert "systemd could not be told" in caplog.text


# ── the signs of life ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("watchdog_s", "every_s"), [(9.0, 3.0), (3_600.0, STATUS_EVERY_S), (None, 30.0)])
def test_a_sign_of_life_comes_three_times_a_period_and_a_line_now_and_then(
    watchdog_s: float | None, every_s: float
) -> None:
    assert beat_every_s(watchdog_s) == every_s


def test_a_worker_whose_actors_answer_is_alive(
    worker: Worker, systemd: Systemd, manager: ServiceManager
) -> None:
    Heartbeat(worker, manager).beat()
    alive, status = systemd.hears()
    assert alive == "WATCHDOG=1"
    assert status == "STATUS=0 groups known, 0 events and 0 commands under way, 0 dead letters"


def test_a_stuck_actor_is_no_life(
    worker: Worker, systemd: Systemd, manager: ServiceManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "ANSWER_WITHIN_S", 0.2)
    free, inside = Event(), Event()

    def stuck(_message: Any) -> None:
        inside.set()
        free.wait(WITHIN_S)

    registry: Any = worker.tree.registry
    monkeypatch.setattr(registry.cell.actor, "on_receive", stuck)
    registry.tell("anything")
    assert inside.wait(WITHIN_S)
    Heartbeat(worker, manager).beat()
    free.set()
    (status,) = systemd.hears()
    assert status.startswith("STATUS=the registry does not answer")


def test_a_worker_that_stops_is_left_to_its_own_deadline(
    worker: Worker, systemd: Systemd, manager: ServiceManager
) -> None:
    worker.failure = "the gateway failed"
    worker.stop_requested.set()
    Heartbeat(worker, manager).beat()
    assert systemd.hears() == ["WATCHDOG=1", "STATUS=stopping"]


def test_where_no_systemd_listens_there_is_no_thread(worker: Worker) -> None:
    heartbeat = Heartbeat(worker, ServiceManager(None, None))
    heartbeat.start()
    assert not heartbeat._thread.is_alive()
    heartbeat.stopping()
    heartbeat.end()


def test_a_process_tells_of_its_whole_life(tmp_path: Path, address: str, systemd: Systemd) -> None:
    told = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "90000"}
    with worker_process(tmp_path / "state", **told) as nanie:
        assert systemd.hears()[0] == "READY=1"
        assert systemd.hears()[0] == "WATCHDOG=1"
        assert nanie.process.stdin is not None
        nanie.process.stdin.close()
        assert systemd.hears_until("STOPPING=1")
        assert nanie.end() == 0


# ── the unit ────────────────────────────────────────────────────────────────────────────────────────────


def unit() -> dict[str, str]:
    lines = [line for line in UNIT.read_text("utf-8").splitlines() if "=" in line and line[0] != "#"]
    return {key: value for key, _, value in (line.partition("=") for line in lines)}


def test_the_unit_grants_the_worker_more_time_to_stop_than_it_takes() -> None:
    assert float(unit()["TimeoutStopSec"]) > 2 * Settings().worker.stop_deadline_s
    assert float(unit()["WatchdogSec"]) / 3 > 2 * health.ANSWER_WITHIN_S


def analyze(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs systemd's own check on the unit, with a program that is on every machine."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not installed")
    program = unit()["ExecStart"].split()[0]
    copy = folder / "nanie.service"
    copy.write_text(UNIT.read_text("utf-8").replace(program, shutil.which("true") or "/bin/true"), "utf-8")
    return subprocess.run(
        [tool, *words, str(copy)], capture_output=True, text=True, timeout=WITHIN_S, check=False
    )


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    found = analyze(tmp_path, "verify", "--man=no")
    assert (found.returncode, found.stderr) == (0, "")


def test_systemd_finds_little_that_the_unit_could_do_to_the_machine(tmp_path: Path) -> None:
    """Its own scale goes from 0 (nothing) to 10 (everything); the threshold is 2.0."""
    found = analyze(tmp_path, "security", "--offline=yes", "--threshold=20")
    assert found.returncode == 0, found.stdout[-200:]
