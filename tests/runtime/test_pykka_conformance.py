"""What Pykka promises, asked of its own threading actor and of ours; the documented differences come last."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any, Protocol

import pykka
import pytest
from actor_systems import SOON_S

from nanie_actors.runtime import (
    ActorSystem,
    AskInsideActor,
    PoolDispatcher,
    PooledActor,
    SystemClock,
    ThreadTimers,
)


class Start(Protocol):
    def __call__(self, behaviour: type[Any], *args: Any, **kwargs: Any) -> pykka.ActorRef[Any]: ...


@pytest.fixture
def system() -> Iterator[ActorSystem]:
    clock = SystemClock()
    system = ActorSystem(PoolDispatcher(), clock=clock, timers=ThreadTimers(clock))
    yield system
    assert system.shutdown(SOON_S)


@pytest.fixture(params=["threading", "pooled"])
def start(request: pytest.FixtureRequest, system: ActorSystem) -> Iterator[Start]:
    """Start a behaviour as an actor of either kind: its class is mixed into the base class."""
    refs: list[pykka.ActorRef[Any]] = []

    def begin(behaviour: type[Any], *args: Any, **kwargs: Any) -> pykka.ActorRef[Any]:
        if request.param == "threading":
            kind: type[Any] = type(behaviour.__name__, (behaviour, pykka.ThreadingActor), {})
            refs.append(kind.start(*args, **kwargs))
        else:
            kind = type(behaviour.__name__, (behaviour, PooledActor), {})
            refs.append(kind.start(*args, system=system, **kwargs))
        return refs[-1]

    yield begin
    for ref in refs:
        ref.stop(timeout=SOON_S)


class Part:
    pykka_traversable = True
    colour = "red"

    def paint(self, colour: str) -> str:
        self.colour = colour
        return colour


class Behaviour:
    """A plain Pykka actor, whatever its base class will be."""

    actor_ref: Any

    def __init__(self, events: dict[str, Any] | None = None, extra: int = 0) -> None:
        super().__init__()
        self.events = events if events is not None else {}
        self.seen: list[Any] = []
        self.part = Part()
        self.count = extra
        self._me = self.actor_ref

    def note(self, name: str, value: Any = True) -> None:
        if name in self.events:
            self.events[name].set(value)

    def on_start(self) -> None:
        self.note("started", threading.current_thread())

    def on_stop(self) -> None:
        self.note("stopped", list(self.seen))

    def on_failure(self, *exc_info: Any) -> None:
        self.note("failed", exc_info)

    def on_receive(self, message: Any) -> Any:
        self.seen.append(message)
        if isinstance(message, Exception):
            raise message
        if message == "stop yourself":
            self.stop()  # type: ignore[attr-defined]
        return ("got", message)

    def add(self, amount: int, *, twice: bool = False) -> int:
        self.count += amount * (2 if twice else 1)
        return self.count

    def burst(self) -> None:
        raise LookupError("burst")

    def add_later(self, amount: int) -> Any:
        return self._me.proxy().add(amount)


def future() -> pykka.Future[Any]:
    return pykka.ThreadingFuture()


def test_arguments_of_start_reach_the_constructor(start: Start) -> None:
    assert start(Behaviour, extra=5).proxy().count.get(timeout=SOON_S) == 5


def test_an_ask_gives_what_the_handler_returns(start: Start) -> None:
    assert start(Behaviour).ask("x", timeout=SOON_S) == ("got", "x")


def test_an_ask_without_blocking_gives_a_future(start: Start) -> None:
    reply = start(Behaviour).ask("x", block=False)
    assert isinstance(reply, pykka.ThreadingFuture)
    assert reply.get(timeout=SOON_S) == ("got", "x")
    assert reply.get(timeout=SOON_S) == ("got", "x")


def test_an_ask_gives_what_the_handler_raises_and_the_actor_lives_on(start: Start) -> None:
    ref = start(Behaviour)
    with pytest.raises(LookupError, match="lost"):
        ref.ask(LookupError("lost"), timeout=SOON_S)
    assert ref.is_alive()
    assert ref.ask("after", timeout=SOON_S) == ("got", "after")


def test_tells_are_handled_in_the_order_of_their_sender(start: Start) -> None:
    stopped = future()
    ref = start(Behaviour, {"stopped": stopped})
    for number in range(500):
        ref.tell(number)
    ref.stop(timeout=SOON_S)
    assert stopped.get(timeout=SOON_S) == list(range(500))


def test_on_start_runs_off_the_starting_thread_and_before_any_message(start: Start) -> None:
    started = future()
    ref = start(Behaviour, {"started": started})
    ref.tell("x")
    assert started.get(timeout=SOON_S) is not threading.current_thread()


def test_stop_is_true_once_and_false_for_a_dead_actor(start: Start) -> None:
    ref = start(Behaviour)
    assert ref.stop(timeout=SOON_S) is True
    assert ref.stop(timeout=SOON_S) is False
    assert not ref.is_alive()
    assert ref.actor_stopped.is_set()


def test_a_stop_without_blocking_gives_a_future_of_the_result(start: Start) -> None:
    assert start(Behaviour).stop(block=False).get(timeout=SOON_S) is True


def test_an_actor_can_stop_itself(start: Start) -> None:
    stopped = future()
    ref = start(Behaviour, {"stopped": stopped})
    ref.tell("stop yourself")
    assert stopped.get(timeout=SOON_S) == ["stop yourself"]


def test_an_ask_of_a_dead_actor_raises_actor_dead_error(start: Start) -> None:
    ref = start(Behaviour)
    ref.stop(timeout=SOON_S)
    with pytest.raises(pykka.ActorDeadError):
        ref.ask("x", timeout=SOON_S)
    with pytest.raises(pykka.ActorDeadError):
        ref.ask("x", block=False).get(timeout=SOON_S)


def test_asks_behind_a_stop_get_actor_dead_error(start: Start) -> None:
    gate = threading.Event()

    class Waiting(Behaviour):
        def on_receive(self, message: Any) -> Any:
            gate.wait(SOON_S)
            return message

    ref = start(Waiting)
    ref.tell("busy")
    before = ref.ask("before", block=False)
    ends = [ref.stop(block=False), ref.stop(block=False)]
    behind = ref.ask("behind", block=False)
    gate.set()
    assert before.get(timeout=SOON_S) == "before"
    assert [end.get(timeout=SOON_S) for end in ends] == [True, True]
    with pytest.raises(pykka.ActorDeadError):
        behind.get(timeout=SOON_S)


def test_a_proxy_of_a_dead_actor_is_refused(start: Start) -> None:
    ref = start(Behaviour)
    ref.stop(timeout=SOON_S)
    with pytest.raises(pykka.ActorDeadError):
        ref.proxy()


def test_a_proxy_calls_methods_and_reads_and_writes_attributes(start: Start) -> None:
    proxy = start(Behaviour).proxy()
    assert proxy.add(2, twice=True).get(timeout=SOON_S) == 4
    proxy.count = 10
    assert proxy.count.get(timeout=SOON_S) == 10


def test_a_proxy_reaches_into_traversable_attributes(start: Start) -> None:
    proxy = start(Behaviour).proxy()
    assert proxy.part.paint("blue").get(timeout=SOON_S) == "blue"
    assert proxy.part.colour.get(timeout=SOON_S) == "blue"
    proxy.part.colour = "green"
    assert proxy.part.colour.get(timeout=SOON_S) == "green"


def test_a_proxy_knows_no_private_or_missing_attribute(start: Start) -> None:
    proxy = start(Behaviour).proxy()
    with pytest.raises(AttributeError):
        proxy.no_such_thing  # noqa: B018
    assert "_me" not in dir(proxy)


def test_a_proxied_method_that_raises_gives_the_error_to_the_caller(start: Start) -> None:
    proxy = start(Behaviour).proxy()
    with pytest.raises(LookupError, match="burst"):
        proxy.burst().get(timeout=SOON_S)
    assert proxy.add(1).get(timeout=SOON_S) == 1


def test_a_deferred_method_runs_without_a_reply(start: Start) -> None:
    ref = start(Behaviour)
    proxy = ref.proxy()
    assert proxy.add.defer(3) is None
    assert proxy.count.get(timeout=SOON_S) == 3


def test_a_method_may_return_the_future_of_its_own_actor(start: Start) -> None:
    inner = start(Behaviour).proxy().add_later(7).get(timeout=SOON_S)
    assert inner.get(timeout=SOON_S) == 7


def test_on_failure_hears_what_a_tell_raised(start: Start) -> None:
    failed = future()
    ref = start(Behaviour, {"failed": failed})
    error = LookupError("lost")
    ref.tell(error)
    kind, value, traceback = failed.get(timeout=SOON_S)
    assert (kind, value) == (LookupError, error)
    assert traceback is not None


def test_futures_can_be_mapped_joined_awaited_and_time_out(start: Start) -> None:
    ref = start(Behaviour)
    first, second = ref.ask("a", block=False), ref.ask("b", block=False)
    assert first.map(lambda pair: pair[1]).get(timeout=SOON_S) == "a"
    assert first.join(second).map(list).get(timeout=SOON_S) == [("got", "a"), ("got", "b")]
    assert pykka.get_all([first, second], timeout=SOON_S) == [("got", "a"), ("got", "b")]

    async def wait() -> Any:
        return await ref.ask("c", block=False)

    assert asyncio.run(wait()) == ("got", "c")
    with pytest.raises(pykka.Timeout):
        pykka.ThreadingFuture[int]().get(timeout=0)


def test_urns_are_unique_and_refs_and_actors_print_their_class(start: Start) -> None:
    one, other = start(Behaviour), start(Behaviour)
    assert one.actor_urn != other.actor_urn
    assert one.actor_urn == one.proxy().actor_urn.get(timeout=SOON_S)
    assert str(one).startswith("Behaviour (")
    assert repr(one) == f"<ActorRef for {one}>"
    assert one.actor_class.__name__ == "Behaviour"


def test_an_init_that_fails_fails_the_start(start: Start) -> None:
    class Broken(Behaviour):
        def __init__(self) -> None:
            raise LookupError("never born")

    with pytest.raises(LookupError, match="never born"):
        start(Broken)


# What is different, and meant to be: docs/runtime.md names each of these.


def test_a_tell_to_a_dead_actor_raises_in_pykka_and_is_a_dead_letter_here(system: ActorSystem) -> None:
    class Mine(Behaviour, PooledActor):
        pass

    ref = Mine.start(system=system)
    ref.stop(timeout=SOON_S)
    ref.tell("late")
    assert system.dead_letters.total() == 1


def test_an_actor_is_alive_until_its_on_stop_has_returned(system: ActorSystem) -> None:
    alive_in_on_stop = future()

    class Mine(PooledActor):
        def on_stop(self) -> None:
            alive_in_on_stop.set(self.actor_ref.is_alive())

    ref = Mine.start(system=system)
    ref.stop(timeout=SOON_S)
    assert alive_in_on_stop.get(timeout=SOON_S) is True
    assert not ref.is_alive()


def test_a_failed_on_stop_is_told_to_whoever_asked_for_the_stop(system: ActorSystem) -> None:
    class Mine(PooledActor):
        def on_stop(self) -> None:
            raise LookupError("unsaved")

    ref = Mine.start(system=system)
    with pytest.raises(LookupError, match="unsaved"):
        ref.stop(timeout=SOON_S)
    assert not ref.is_alive()


def test_waiting_for_a_reply_inside_an_actor_is_refused(system: ActorSystem) -> None:
    """Law 6: actors tell. Pykka would wait, and two that wait for each other would wait for ever."""

    class Mine(PooledActor):
        def on_receive(self, message: Any) -> Any:
            other: Any = message
            match other:
                case "ask":
                    return self.actor_ref.ask("x")
                case "stop":
                    return self.actor_ref.stop()
                case "system":
                    return self.context.ref.ask_system("x")
                case "later":
                    return self.actor_ref.ask("x", block=False).get()
                case _:
                    return "x"

    ref = Mine.start(system=system)
    for way in ("ask", "stop", "system", "later"):
        with pytest.raises(AskInsideActor):
            ref.ask(way, timeout=SOON_S)
    assert ref.ask("x", timeout=SOON_S) == "x"


def test_a_value_that_is_already_there_may_be_read_inside_an_actor(system: ActorSystem) -> None:
    class Mine(PooledActor):
        def on_receive(self, message: Any) -> Any:
            return message.get() if isinstance(message, pykka.Future) else message

    ref = Mine.start(system=system)
    done = ref.ask(1, block=False)
    done.get(timeout=SOON_S)
    assert ref.ask(done, timeout=SOON_S) == 1


def test_pooled_actors_are_not_in_pykkas_registry(system: ActorSystem) -> None:
    PooledActor.start(system=system)
    assert pykka.ActorRegistry.get_all() == []
