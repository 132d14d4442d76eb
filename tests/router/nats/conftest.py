"""One real NATS server for all tests of this folder; each test has streams of its own."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from nats_app import App, app_on
from nats_server import NatsServer, nats_server


@pytest.fixture(scope="session")
def shared() -> Iterator[NatsServer]:
    with nats_server() as server:
        yield server


@pytest.fixture(autouse=True)
def the_cursor_is_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits half a second to see it."""
    monkeypatch.setattr("nanie_actors.router.cursor_keeper.WRITE_EVERY_S", 0.01)


@pytest.fixture
def prefix() -> str:
    return f"test-{uuid4().hex}"


@pytest.fixture
def app(shared: NatsServer, prefix: str) -> Iterator[App]:
    with app_on(shared.url, prefix=prefix) as connected:
        yield connected
