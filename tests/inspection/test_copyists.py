"""The control socket's help for copies: held for one client, let go when that client is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from control_sockets import FakeWorker, fake_worker
from waiting import until

from nanie_actors.inspection.control_client import Refused


@pytest.fixture
def worker() -> Iterator[FakeWorker]:
    with TemporaryDirectory() as folder, fake_worker(Path(folder) / "nanie.sock") as worker:
        yield worker


def test_a_client_holds_asks_for_the_cut_and_lets_go(worker: FakeWorker) -> None:
    with worker.client() as client:
        assert client.request("hold") is None
        assert client.request("cut") == {
            "log": {"00000000000000000001.log": 7},
            "documents": {"cursors.json": "e30="},
        }
        (hold,) = worker.control.holds
        hold.broken = "a group was erased meanwhile"
        assert client.request("release") == "a group was erased meanwhile"
        assert hold.ends == 1


def test_the_hold_ends_with_the_connection(worker: FakeWorker) -> None:
    with worker.client() as client:
        client.request("hold")
        (hold,) = worker.control.holds
        assert hold.ends == 0
    until(lambda: hold.ends == 1)


def test_what_was_not_held_cannot_be_cut_or_let_go(worker: FakeWorker) -> None:
    with worker.client() as client, worker.client() as other:
        client.request("hold")
        for op in ("cut", "release"):
            with pytest.raises(Refused, match="hold"):
                other.request(op)


def test_a_second_hold_of_one_client_is_the_first(worker: FakeWorker) -> None:
    with worker.client() as client:
        client.request("hold")
        client.request("hold")
        assert len(worker.control.holds) == 1
