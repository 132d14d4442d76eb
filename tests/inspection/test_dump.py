"""The state dump: whole, quick, discreet, and not to be stopped by a stuck actor."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from threading import Event
from typing import Any

import orjson
import pytest
from control_sockets import FakeControl

from nanie_actors.inspection import dump
from nanie_actors.inspection.dump import DumpRequest, dump_to_log, take_dump
from nanie_actors.runtime import ActorSystem, PoolDispatcher, PooledActor, SystemClock, ThreadTimers

SECRET = "a message text"


class Stick:
    """Keeps whoever handles it from coming back."""

    def __init__(self) -> None:
        self.entered = Event()
        self.released = Event()


class Speaker(PooledActor):
    """Says of itself what a test wants."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        super().__init__()
        self._words = words

    def on_receive(self, message: Any) -> None:
        if isinstance(message, Stick):
            message.entered.set()
            message.released.wait(30)

    def inspect(self) -> Mapping[str, Any]:
        return self._words


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine fails no test: whoever can answer is waited for."""
    monkeypatch.setattr(dump, "ANSWER_WITHIN_S", 30.0)


@pytest.fixture
def system() -> Iterator[ActorSystem]:
    clock = SystemClock()
    system = ActorSystem(PoolDispatcher(threads=2), clock=clock, timers=ThreadTimers(clock))
    yield system
    assert system.shutdown(10)


def group(system: ActorSystem, key: str, **words: Any) -> Any:
    said = {"group": key, "life": "active", "revision": 1, "name": SECRET, **words}
    return Speaker.start(said, system=system, name=f"group/{key}")


def conversation(system: ActorSystem, key: str, linked: str | None) -> Any:
    return Speaker.start({"conversation": key, "group": linked}, system=system, name=f"conversation/{key}")


def take(system: ActorSystem, **request: Any) -> dict[str, Any]:
    return take_dump(system, FakeControl(), DumpRequest(**request))


def names(taken: dict[str, Any]) -> list[str]:
    return [actor["name"] for actor in taken["actors"]]


def test_every_actor_is_there_with_its_own_words(system: ActorSystem) -> None:
    group(system, "1@g.us")
    (actor,) = take(system)["actors"]
    assert (actor["kind"], actor["key"], actor["state"]) == ("group", "1@g.us", "idle")
    assert actor["own"] == {"group": "1@g.us", "life": "active", "revision": 1}
    assert (actor["answered"], actor["stuck"], actor["depth"], actor["restarts"]) == (True, False, 0, 0)


def test_the_process_and_its_counters_come_first(system: ActorSystem) -> None:
    taken = take(system)
    assert taken["worker"]["pid"] == 7
    assert (taken["stuck"], taken["unanswered"], taken["actors"]) == ([], [], [])


# ── discretion ──────────────────────────────────────────────────────────────────────────────────────────


def test_names_are_shown_only_on_request(system: ActorSystem) -> None:
    group(system, "1@g.us")
    discreet = orjson.dumps(take(system))
    assert SECRET.encode() not in discreet
    assert b"Family" not in discreet
    verbose = orjson.dumps(take(system, verbose=True))
    assert SECRET.encode() in verbose
    assert b"Family" in verbose


def test_what_may_hold_a_text_is_left_out_however_deep_it_is(system: ActorSystem) -> None:
    entry = {"group": "1@g.us", "reason": SECRET, "poison": "Arrived"}
    sources = {f"replay:{SECRET}": {"state": "failed", "reason": SECRET}}
    words = {"quarantined": ({"nested": [entry]},), "sources": sources}
    Speaker.start(words, system=system, name="registry")
    taken = take(system)
    assert SECRET.encode() not in orjson.dumps(taken)
    (own,) = (actor["own"] for actor in taken["actors"])
    assert own["sources"] == [{"state": "failed"}]
    assert own["quarantined"] == [{"nested": [{"group": "1@g.us", "poison": "Arrived"}]}]


def test_the_log_gets_the_whole_dump_as_one_line_without_names(
    system: ActorSystem, caplog: pytest.LogCaptureFixture
) -> None:
    group(system, "1@g.us")
    with caplog.at_level(logging.INFO, logger=dump.__name__):
        dump_to_log(system, FakeControl())
    (record,) = caplog.records
    line = record.getMessage()
    assert "\n" not in line
    assert SECRET not in line
    taken = orjson.loads(line[line.index("{") :])
    assert names(taken) == ["group/1@g.us"]


# ── choosing ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def linked(system: ActorSystem) -> ActorSystem:
    for name in ("registry", "gateway"):
        Speaker.start({}, system=system, name=name)
    for number in range(3):
        group(system, f"{number}@g.us", listeners=[f"{number}a", f"{number}c"])
        conversation(system, f"{number}a", f"{number}@g.us")
        conversation(system, f"{number}b", f"{number}@g.us")
        conversation(system, f"{number}c", None)
    conversation(system, "alone", None)
    return system


def test_a_group_is_shown_with_its_conversations_alone(linked: ActorSystem) -> None:
    """Either side may be behind, or too stuck to tell: what one of the two says is enough."""
    shown = names(take(linked, group="1@g.us"))
    conversations = [f"conversation/1{letter}" for letter in "abc"]
    assert shown == ["registry", "gateway", "group/1@g.us", *conversations]


def test_a_conversation_is_shown_with_its_group_alone(linked: ActorSystem) -> None:
    assert names(take(linked, conversation="2a")) == [
        "registry",
        "gateway",
        "group/2@g.us",
        "conversation/2a",
    ]
    assert names(take(linked, conversation="2c")) == [
        "registry",
        "gateway",
        "group/2@g.us",
        "conversation/2c",
    ]
    assert names(take(linked, conversation="alone")) == ["registry", "gateway", "conversation/alone"]


def test_what_is_not_there_leaves_only_what_there_is_one_of(linked: ActorSystem) -> None:
    assert names(take(linked, group="9@g.us", conversation="nobody")) == ["registry", "gateway"]


# ── trouble ─────────────────────────────────────────────────────────────────────────────────────────────


def test_an_actor_stuck_for_good_is_named_and_holds_up_nothing(
    system: ActorSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 8: everything can be seen, also of an actor that is stuck, without its help."""
    monkeypatch.setattr(dump, "STUCK_AFTER_S", 0.0)
    monkeypatch.setattr(dump, "ANSWER_WITHIN_S", 0.5)
    stick = Stick()
    stuck = group(system, "stuck@g.us")
    stuck.tell(stick)
    stuck.tell("waiting behind it")
    group(system, "fine@g.us")
    assert stick.entered.wait(10)
    taken = take(system)
    stick.released.set()
    actors = {actor["key"]: actor for actor in taken["actors"]}
    assert actors["fine@g.us"]["answered"]
    assert actors["stuck@g.us"]["own"] == {}
    assert (actors["stuck@g.us"]["busy_with"], actors["stuck@g.us"]["depth"]) == ("Stick", 1)
    assert taken["stuck"] == taken["unanswered"] == ["group/stuck@g.us"]


def test_dead_letters_are_counted_and_named_without_what_they_said(system: ActorSystem) -> None:
    gone = group(system, "1@g.us")
    gone.stop()
    for _ in range(30):
        gone.tell(SECRET)
    dead = take(system)["dead_letters"]
    assert dead["total"] == 30
    assert dead["kinds"] == [{"reason": "stopped", "recipient": "Speaker", "count": 30}]
    assert len(dead["last"]) == 20
    assert dead["last"][-1]["recipient"] == "group/1@g.us"
    assert dead["last"][-1]["message"] == "str"
    assert SECRET.encode() not in orjson.dumps(dead)


def test_ten_thousand_actors_are_all_there(system: ActorSystem) -> None:
    for number in range(10_000):
        group(system, f"{number}@g.us")
    taken = take(system)
    assert len(taken["actors"]) == 10_000
    assert taken["unanswered"] == []
