"""`/inspect`: the operator's view, collected once for all, and only while somebody looks."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from control_sockets import GROUP, QUARANTINED
from waiting import until
from web_pages import FakeSite, hear, say, site
from websockets.sync.connection import Connection

from nanie_actors.errors import Unavailable
from nanie_actors.web import inspect_socket
from nanie_actors.web.newest import MOST_WAITING, Newest


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several views in a moment."""
    monkeypatch.setattr(inspect_socket, "DUMP_EVERY_S", 0.02)
    monkeypatch.setattr(inspect_socket, "GROUPS_EVERY_S", 0.02)


@pytest.fixture
def own(quick: None) -> Iterator[FakeSite]:  # noqa: ARG001
    with site() as made:
        yield made


def next_of(client: Connection, kind: str) -> Any:
    while (frame := hear(client))["kind"] != kind:
        pass
    return frame["data"]


def test_who_looks_sees_dumps_and_groups_again_and_again(own: FakeSite) -> None:
    with own.websocket("/inspect") as client:
        first, second = next_of(client, "dump"), next_of(client, "dump")
        assert first["number"] < second["number"]
        groups = next_of(client, "groups")
        assert [group["name"] for group in groups] == ["Family", "בית"]
        assert groups[1]["quarantine"] == "ValueError"


def test_nobody_looks_nothing_is_collected(own: FakeSite) -> None:
    with own.websocket("/inspect") as client:
        next_of(client, "dump")
    until(lambda: not collecting())
    with own.websocket("/inspect") as client:
        next_of(client, "dump")


def collecting() -> bool:
    """Whether the server has a collector: its tasks are the only ones of this name."""
    return any(
        isinstance(thing, asyncio.Task) and not thing.done() and thing.get_name() == inspect_socket.COLLECTING
        for thing in gc.get_objects()
    )


def test_a_worker_that_is_too_busy_is_asked_again(own: FakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = [Unavailable("busy"), RuntimeError("a fault"), own.control.listed]

    def groups(_deadline_s: float) -> Any:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(own.control, "groups", groups)
    with own.websocket("/inspect") as client:
        assert len(next_of(client, "groups")) == 2


# ── following ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_messages_of_the_group_that_is_followed_are_seen(own: FakeSite) -> None:
    with own.websocket("/inspect") as client:
        say(client, {"follow": {"group": GROUP}})
        until(lambda: GROUP in own.control.followed)
        trail = {"group": GROUP, "message": "m1", "stages": [], "done": False}
        own.control.followed[GROUP](trail)
        assert next_of(client, "trail") == trail


def test_one_group_at_a_time_is_followed_and_none_when_the_client_is_gone(own: FakeSite) -> None:
    with own.websocket("/inspect") as client:
        say(client, {"follow": {"group": GROUP}})
        say(client, {"follow": {"group": QUARANTINED}})
        until(lambda: list(own.control.followed) == [QUARANTINED])
        say(client, {"follow": None})
        until(lambda: not own.control.followed)
        say(client, {"follow": {"group": GROUP}})
        until(lambda: GROUP in own.control.followed)
    until(lambda: not own.control.followed)


def test_what_a_client_says_there_is_passed_over(own: FakeSite) -> None:
    with own.websocket("/inspect") as client:
        client.send(b"\xff garbage")
        frames: list[object] = [{"x": 1}, {"follow": {"group": "../x"}}, {"follow": 1}, [], None]
        for nonsense in frames:
            say(client, nonsense)
        assert next_of(client, "dump")


def test_a_slow_client_gets_the_newest_of_each_kind() -> None:
    async def overtaken() -> list[bytes]:
        waiting = Newest()
        for number in range(1_000):
            waiting.put("dump", orjson.dumps(number))
            waiting.put("groups", orjson.dumps(-number))
        return [await waiting.take(), await waiting.take()]

    assert asyncio.run(overtaken()) == [b"999", b"-999"]


def test_what_waits_for_a_slow_client_is_bounded() -> None:
    async def many() -> bytes:
        waiting = Newest()
        for number in range(MOST_WAITING + 10):
            waiting.put(f"trail/{number}", orjson.dumps(number))
        return await waiting.take()

    assert asyncio.run(many()) == b"10"
