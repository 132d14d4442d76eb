"""What a courier makes of a batch when one of many is refused: the others arrive, everybody is told once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

import httpx
from postgrest.exceptions import APIError

from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import Outgoing
from nanie_actors.router.lanes import Lanes
from nanie_actors.router.status import Status
from nanie_actors.router.supabase.courier import TRIES_OF_A_REFUSED_ROW, Courier
from nanie_actors.router.supabase.parcel import Parcel
from nanie_actors.router.supabase.project import Project

Trouble = Callable[[str], Exception | None]


def fine(_: str) -> None:
    """Nothing is wrong with it."""


class Table:
    """The project, as a courier sees it: what it took, and what it objects to in the text of a request."""

    def __init__(self, rows: Trouble = fine, broadcasts: Trouble = fine) -> None:
        self._trouble = {"row": rows, "broadcast": broadcasts}
        self.took: list[str] = []

    async def store(self, rows: Sequence[dict[str, Any]]) -> None:
        self._take("row", str(rows), [row["content"] for row in rows])

    async def broadcast(self, body: bytes) -> None:
        self._take("broadcast", body.decode(), [body.decode()])

    def _take(self, kind: str, text: str, contents: list[str]) -> None:
        trouble = self._trouble[kind](text)
        if trouble is not None:
            raise trouble
        self.took += [f"{kind} {content}" for content in contents]


class World:
    """A courier with a table, and what the senders were told, in order."""

    def __init__(self, table: Table) -> None:
        self.told: list[tuple[str, bool]] = []
        self._courier = Courier(
            cast("Project", table),
            Lanes(),
            asyncio.Event(),
            Status("supabase"),
            agent="a",
            largest=100,
            private=False,
        )

    def reply(self, name: str, conversation: str) -> Parcel:
        out = Outgoing(ConversationId(conversation), f'"{name}"'.encode(), RowId(name))
        return Parcel(out, lambda ok: self.told.append((name, ok)), f"{name}/0")

    def push(self, name: str, conversation: str, size: int = 0) -> Parcel:
        out = Outgoing(ConversationId(conversation), f'"{name}{" " * size}"'.encode())
        return Parcel(out, lambda ok: self.told.append((name, ok)), None)

    def deliver(self, batch: Sequence[Parcel]) -> list[Parcel]:
        return asyncio.run(self._courier._deliver(batch))


def gone() -> APIError:
    return APIError({"message": "x", "code": "23503", "details": None, "hint": None})


def refused() -> httpx.HTTPStatusError:
    request = httpx.Request("POST", "http://x")
    return httpx.HTTPStatusError("x", request=request, response=httpx.Response(422))


def test_who_was_told_of_a_gone_conversation_is_not_told_again_when_the_next_one_fails() -> None:
    away = [True]

    def rows(text: str) -> Exception | None:
        if "'gone'" in text:
            return gone()
        return httpx.ConnectError("x") if away[0] else None

    world = World(Table(rows))
    batch = [world.reply("first", "gone"), world.reply("second", "here")]
    assert world.deliver(batch) == batch[1:]
    assert world.told == [("first", False)]
    away[0] = False
    assert world.deliver(batch[1:]) == []
    assert world.told == [("first", False), ("second", True)]


def test_an_update_that_is_refused_becomes_a_row_and_what_follows_it_waits() -> None:
    table = Table(broadcasts=lambda text: refused() if "bad" in text else None)
    world = World(table)
    bad, good, other = world.push("bad", "c"), world.push("good", "c"), world.push("other", "d")
    again = world.deliver([bad, good, other])
    assert (again, world.told) == ([bad, good], [("other", True)])
    assert world.deliver(again) == []
    assert world.told[1:] == [("bad", True), ("good", True)]
    assert 'row "bad"' in table.took


def test_a_long_update_is_a_row_before_what_follows_it_is_broadcast() -> None:
    table = Table()
    world = World(table)
    assert world.deliver([world.push("long", "c", size=200), world.push("short", "c")]) == []
    assert [took.split()[0] for took in table.took] == ["row", "broadcast"]
    assert world.told == [("long", True), ("short", True)]


def test_a_row_that_is_refused_for_an_unknown_reason_holds_its_own_conversation_and_is_given_up() -> None:
    trouble = APIError({"message": "x", "code": "P0001", "details": None, "hint": None})
    world = World(Table(lambda text: trouble if "poison" in text else None))
    batch = [world.reply("poison", "c"), world.push("after", "c"), world.reply("other", "d")]
    left = world.deliver(batch)
    assert (left, world.told) == (batch[:2], [("other", True)])
    for _ in range(TRIES_OF_A_REFUSED_ROW - 2):
        left = world.deliver(left)
        assert left == batch[:2]
    assert world.deliver(left) == []
    assert world.told[1:] == [("poison", False), ("after", True)]


def test_what_fails_for_now_comes_back_whole_and_in_order() -> None:
    world = World(Table(broadcasts=lambda _: httpx.ReadTimeout("x")))
    batch = [world.push(str(number), "c") for number in range(5)]
    assert world.deliver(batch) == batch
    assert world.told == []
