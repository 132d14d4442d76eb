"""The state dump: whole, quick, discreet, and not to be stopped by a stuck actor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import Event
from typing import Any

import orjson
import pytest

from nanie_actors.cli.dump_tree import view
from nanie_actors.cli.rendering import console
from nanie_actors.inspection.dump import DumpRequest, take_dump
from nanie_actors.inspection.port import GroupListing, SnapshotResult
from nanie_actors.model import GroupId
from nanie_actors.runtime import ActorSystem, PoolDispatcher, PooledActor, SystemClock, ThreadTimers

SECRET = "a message text"


class Control:
    def facts(self) -> Mapping[str, Any]:
        log = {"lines": 1, "flushes": 1, "segments": 1}
        edges = {"ingress": {"inside": 0}, "inbox": {"inside": 0}}
        process = {"version": "1", "pid": 1, "started": 1, "state": "nanie", "failure": None}
        return {**process, **edges, "log": log, "dead_letters": 0, "sources": ["replay:Family.txt"]}

    def snapshot(self, group: GroupId | None, done: Any) -> None:
        done(SnapshotResult((), {}))

    def groups(self, deadline_s: float) -> list[GroupListing]:
        return []

    def retry(self, group: GroupId) -> bool:
        return False

    def skip(self, group: GroupId) -> bool:
        return False

    def stop(self) -> None:
        """Nothing to stop."""


class Stick:
    """Keeps whoever handles it from coming back."""

    def __init__(self) -> None:
        self.entered = Event()
        self.released = Event()


class Group(PooledActor):
    def on_receive(self, message: Any) -> None:
        if isinstance(message, Stick):
            message.entered.set()
            message.released.wait(30)

    def inspect(self) -> Mapping[str, Any]:
        return {"group": "g", "life": "active", "revision": 1, "events": 2, "messages": 3, "name": SECRET}


@pytest.fixture
def system() -> Iterator[ActorSystem]:
    clock = SystemClock()
    system = ActorSystem(PoolDispatcher(threads=2), clock=clock, timers=ThreadTimers(clock))
    yield system
    assert system.shutdown(10)


def test_every_actor_is_there_with_its_own_words(system: ActorSystem) -> None:
    Group.start(system=system, name="group/1@g.us")
    (actor,) = take_dump(system, Control(), DumpRequest())["actors"]
    assert (actor["kind"], actor["key"], actor["state"]) == ("group", "1@g.us", "idle")
    assert actor["own"]["revision"] == 1
    assert actor["answered"]


def test_names_are_shown_only_on_request(system: ActorSystem) -> None:
    Group.start(system=system, name="group/1@g.us")
    discreet = orjson.dumps(take_dump(system, Control(), DumpRequest()))
    assert SECRET.encode() not in discreet
    assert b"Family" not in discreet
    assert SECRET.encode() in orjson.dumps(take_dump(system, Control(), DumpRequest(verbose=True)))


def test_a_filter_shows_one_group_alone(system: ActorSystem) -> None:
    for number in range(3):
        Group.start(system=system, name=f"group/{number}@g.us")
    (actor,) = take_dump(system, Control(), DumpRequest(group="1@g.us"))["actors"]
    assert actor["key"] == "1@g.us"


def test_an_actor_stuck_for_good_is_named_and_holds_up_nothing(system: ActorSystem) -> None:
    """Law 8: everything can be seen, also of an actor that is stuck, without its help."""
    stick = Stick()
    stuck = Group.start(system=system, name="group/stuck@g.us")
    stuck.tell(stick)
    stuck.tell("waiting behind it")
    Group.start(system=system, name="group/fine@g.us")
    assert stick.entered.wait(10)
    taken = take_dump(system, Control(), DumpRequest())
    stick.released.set()
    actors = {actor["key"]: actor for actor in taken["actors"]}
    assert actors["fine@g.us"]["answered"]
    assert not actors["stuck@g.us"]["answered"]
    assert (actors["stuck@g.us"]["busy_with"], actors["stuck@g.us"]["depth"]) == ("Stick", 1)


def test_ten_thousand_actors_are_dumped_at_once(system: ActorSystem) -> None:
    for number in range(10_000):
        Group.start(system=system, name=f"group/{number}@g.us")
    taken = take_dump(system, Control(), DumpRequest())
    assert len(taken["actors"]) == 10_000
    assert sum(actor["answered"] for actor in taken["actors"]) == 10_000
    with console().capture() as shown:
        console().print(view(taken))
    assert taken["stuck"] == []
    del shown


def test_a_dump_for_people_says_what_is_left_out(system: ActorSystem) -> None:
    for number in range(50):
        Group.start(system=system, name=f"group/{number}@g.us")
    out = console()
    with out.capture() as shown:
        out.print(view(take_dump(system, Control(), DumpRequest())))
    assert "10 more" in shown.get()
    assert shown.get().count("@g.us") == 40
