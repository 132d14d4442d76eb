"""Whether a worker lives and is ready, by its own account."""

from __future__ import annotations

from collections.abc import Iterator
from errno import ENOSPC
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from making import GROUP

from nanie_actors.assembly import Worker
from nanie_actors.errors import Unavailable
from nanie_actors.model import EpochMs, GroupSeen
from nanie_actors.observability import health
from nanie_actors.observability.health import liveness, readiness
from nanie_actors.settings import Settings


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    worker = Worker(Settings.model_validate({"state": {"dir": str(tmp_path / "nanie")}}))
    worker.start()
    yield worker
    worker.stop()


def problems(found: health.Health) -> list[str]:
    return [check.name for check in found.checks if check.problem is not None]


def test_a_running_worker_is_alive_and_ready(worker: Worker) -> None:
    assert (liveness(worker).ok, readiness(worker).ok) == (True, True)
    assert worker.control.health(ready=True) == {
        "ok": True,
        "checks": dict.fromkeys(
            ("failure", "guardian", "registry", "gateway", "started", "stopping", "disk"), "ok"
        ),
    }


def test_a_stopping_worker_is_alive_but_not_ready(worker: Worker) -> None:
    worker.stop_requested.set()
    assert (liveness(worker).ok, problems(readiness(worker))) == (True, ["stopping"])


def test_a_failure_beyond_repair_is_no_life(worker: Worker) -> None:
    worker.failure = "the gateway failed (ValueError)"
    assert problems(liveness(worker)) == ["failure"]


def test_a_stuck_gateway_is_named(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds up the whole stream: better a new process."""
    monkeypatch.setattr(health, "ANSWER_WITHIN_S", 0.2)
    free, inside = Event(), Event()

    def stuck(_message: Any) -> None:
        inside.set()
        free.wait(30)

    gateway: Any = worker.tree.gateway
    monkeypatch.setattr(gateway.cell.actor, "on_receive", stuck)
    gateway.tell("anything")
    assert inside.wait(30)
    found = liveness(worker)
    free.set()
    assert problems(found) == ["gateway"]


def test_a_disk_that_refuses_is_no_readiness_until_it_takes_writes_again(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nanie_actors.storage import lane_worker

    def full(*_: Any) -> None:
        raise OSError(ENOSPC, "No space left on device")

    write_all = lane_worker._write_all
    monkeypatch.setattr(lane_worker, "_write_all", full)
    worker.tree.whatsapp_door().put(GroupSeen(GROUP, EpochMs(1), "Family", 3))
    while not worker.tree.log.stats().failing:
        Event().wait(0.01)
    assert problems(readiness(worker)) == ["disk"]
    monkeypatch.setattr(lane_worker, "_write_all", write_all)
    assert worker.tree.ingress.wait_empty(30)
    assert readiness(worker).ok


def test_without_the_library_for_metrics_the_extra_is_named(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.delitem(sys.modules, "nanie_actors.observability.exposition", raising=False)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(Unavailable, match=r"nanie-actors\[ui\]"):
        worker.control.metrics()
