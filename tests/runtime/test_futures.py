"""Our future against Pykka's own: the same to whoever uses it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

import pykka
import pytest
from actor_systems import SOON_S, eventually

from nanie_actors.runtime.future import PoolFuture

Kind = type[pykka.ThreadingFuture[Any]]


@pytest.fixture(params=[pykka.ThreadingFuture, PoolFuture])
def kind(request: pytest.FixtureRequest) -> Kind:
    made: Kind = request.param
    return made


def test_a_value_can_be_read_as_often_as_one_likes(kind: Kind) -> None:
    future = kind()
    future.set("x")
    assert [future.get(timeout=0), future.get()] == ["x", "x"]


def test_no_value_is_a_value_too(kind: Kind) -> None:
    future = kind()
    future.set()
    assert future.get(timeout=0) is None


@pytest.mark.parametrize("timeout", [0, 0.001, -1])
def test_patience_ends_with_a_timeout_that_names_it(kind: Kind, timeout: float) -> None:
    with pytest.raises(pykka.Timeout, match=f"{timeout} seconds"):
        kind().get(timeout=timeout)


def test_all_who_wait_get_the_value(kind: Kind) -> None:
    future = kind()
    got: list[Any] = []
    threads = [threading.Thread(target=lambda: got.append(future.get(timeout=SOON_S))) for _ in range(3)]
    for thread in threads:
        thread.start()
    future.set("x")
    for thread in threads:
        thread.join(SOON_S)
    assert got == ["x"] * 3


def test_an_error_is_raised_at_each_reading_with_its_traceback(kind: Kind) -> None:
    future = kind()
    error = LookupError("lost")
    try:
        raise error
    except LookupError:
        future.set_exception()
    for _ in range(2):
        with pytest.raises(LookupError, match="lost") as caught:
            future.get(timeout=0)
        assert caught.value is error
        assert any(
            entry.name == test_an_error_is_raised_at_each_reading_with_its_traceback.__name__
            for entry in caught.traceback
        )


def test_an_error_may_be_given_as_a_triple_and_even_without_an_instance(kind: Kind) -> None:
    given, bare = kind(), kind()
    given.set_exception((LookupError, LookupError("lost"), None))
    bare.set_exception((LookupError, None, None))
    for future in (given, bare):
        with pytest.raises(LookupError):
            future.get(timeout=0)


def test_the_outcome_is_set_once(kind: Kind) -> None:
    future = kind()
    future.set("x")
    ways: list[Callable[[], Any]] = [
        lambda: future.set("y"),
        future.set_exception,
        lambda: future.set_get_hook(lambda _: "z"),
    ]
    for again in ways:
        with pytest.raises(queue.Full):
            again()
    assert future.get(timeout=0) == "x"


def test_a_hook_makes_the_value_once_and_shuts_the_other_ways(kind: Kind) -> None:
    future = kind()
    calls: list[float | None] = []

    def hook(timeout: float | None) -> str:
        calls.append(timeout)
        return "made"

    future.set_get_hook(hook)
    assert [future.get(timeout=5.0), future.get()] == ["made", "made"]
    assert calls == [5.0]
    with pytest.raises(queue.Full):
        future.set("x")


def test_a_hook_that_comes_while_somebody_waits_decides() -> None:
    """Pykka's own waiter would go on waiting for a value that can no longer be set."""
    future: PoolFuture[str] = PoolFuture()
    got: list[str] = []
    thread = threading.Thread(target=lambda: got.append(future.get(timeout=SOON_S)))
    thread.start()
    assert eventually(lambda: bool(future._gates))
    future.set_get_hook(lambda _: "made")
    thread.join(SOON_S)
    assert got == ["made"]


def test_a_value_set_while_the_gate_is_being_hung_up_is_seen() -> None:
    future: PoolFuture[str] = PoolFuture()

    class Gates(list[Any]):
        def append(self, gate: Any) -> None:
            if not future._known():
                future.set("just now")
            super().append(gate)

    future._gates = Gates()
    got: list[str] = []
    thread = threading.Thread(target=lambda: got.append(future.get()), daemon=True)
    thread.start()
    thread.join(SOON_S)
    assert got == ["just now"]


def test_futures_derive_from_each_other(kind: Kind) -> None:
    numbers, others = kind(), kind()
    numbers.set([3, 1, 2])
    others.set("x")
    assert numbers.filter(lambda number: number > 1).get(timeout=0) == [3, 2]
    assert numbers.map(sorted).get(timeout=0) == [1, 2, 3]
    assert numbers.reduce(lambda one, other: one + other).get(timeout=0) == 6
    assert numbers.join(others).get(timeout=0) == [[3, 1, 2], "x"]
    assert type(numbers.map(sorted)) is kind
