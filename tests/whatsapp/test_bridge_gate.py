"""The gate, the library's activity, and ending without losing."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest
from clients import WITHIN_S, FakeClient, as_client, blocked, open_gate

from nanie_actors.whatsapp.bridge import draining
from nanie_actors.whatsapp.bridge.activity import Activity
from nanie_actors.whatsapp.bridge.draining import Draining
from nanie_actors.whatsapp.bridge.gate import Gate, NotOnline


def test_a_gate_is_shut_until_the_library_says_that_it_is_connected() -> None:
    """Not even a question gets through: it would block while the library dials."""
    fake = FakeClient()
    gate = Gate(as_client(fake))
    with pytest.raises(NotOnline):
        gate.call(lambda client: client.get_joined_groups())
    assert fake.calls == []
    gate.open()
    gate.call(lambda client: client.get_joined_groups())
    gate.shut()
    with pytest.raises(NotOnline):
        gate.call(lambda client: client.get_joined_groups())
    assert fake.names() == ["get_joined_groups"]


def test_an_open_gate_asks_before_each_call() -> None:
    fake = FakeClient(is_logged_in=False)
    with pytest.raises(NotOnline):
        open_gate(fake).call(lambda client: client.get_joined_groups())
    assert fake.names() == []


def test_a_call_that_raises_leaves_the_gate_empty() -> None:
    gate = open_gate(FakeClient(get_joined_groups=ValueError()))
    with pytest.raises(ValueError):
        gate.call(lambda client: client.get_joined_groups())
    assert gate.lock(0.0)


def test_quiet_is_when_nothing_ran_for_a_while() -> None:
    activity = Activity()
    assert activity.wait_until_quiet(0.0, WITHIN_S)
    assert not activity.ever
    with activity.running():
        assert not activity.wait_until_quiet(0.01, 0.05)
    assert activity.wait_until_quiet(0.01, WITHIN_S)
    assert activity.ever


def test_a_callback_that_still_runs_is_waited_for() -> None:
    activity, done = Activity(), threading.Event()
    quiet: list[bool] = []

    def wait() -> None:
        quiet.append(activity.wait_until_quiet(0.0, WITHIN_S) and done.is_set())

    with activity.running():
        waiting = threading.Thread(target=wait)
        waiting.start()
        done.set()
    waiting.join(WITHIN_S)
    assert quiet == [True]


def drained(fake: FakeClient, *, ever: bool = True) -> bool:
    activity = Activity()
    if ever:
        with activity.running():
            pass
    return Draining(as_client(fake), open_gate(fake), activity).drain()


def test_the_connection_is_closed_before_the_library_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between them the library hands over what it holds: `stop` would drop it."""
    monkeypatch.setattr(draining, "QUIET_S", 0.0)
    fake = FakeClient()
    assert drained(fake)
    assert fake.names() == ["disconnect", "stop"]


def test_a_client_that_never_called_back_is_left_alone() -> None:
    fake = FakeClient()
    assert drained(fake, ever=False)
    assert fake.calls == []


def test_a_client_that_was_silent_is_drained_once_it_has_called_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker may be gone before its bridge has connected; what comes in meanwhile must not be lost."""
    monkeypatch.setattr(draining, "QUIET_S", 0.0)
    fake, activity = FakeClient(), Activity()
    ending = Draining(as_client(fake), open_gate(fake), activity)
    assert ending.drain()
    with activity.running():
        pass
    assert fake.calls == []
    assert ending.drain()
    assert ending.drain()
    assert fake.names() == ["disconnect", "stop"]


def test_calls_that_hang_or_fail_do_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "QUIET_S", 0.0)
    monkeypatch.setattr(draining, "CALL_S", 0.01)
    with ExitStack() as stack:
        release = threading.Event()
        stack.callback(_join_endings)
        stack.callback(release.set)
        fake = FakeClient(disconnect=blocked(release), stop=ValueError("no client"))
        assert drained(fake)
        assert fake.names() == ["disconnect", "stop"]


def test_a_client_that_is_still_in_use_is_not_pulled_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "QUIET_S", 0.0)
    monkeypatch.setattr(draining, "CALL_S", 0.01)
    release, inside = threading.Event(), threading.Event()
    fake = FakeClient(send_message=blocked(release, entered=inside.set))
    gate, activity = open_gate(fake), Activity()
    user = threading.Thread(target=lambda: gate.call(lambda client: client.send_message("", "")))
    user.start()
    assert inside.wait(WITHIN_S)
    with activity.running():
        pass
    Draining(as_client(fake), gate, activity).drain()
    release.set()
    user.join(WITHIN_S)
    assert "stop" not in fake.names()


def _join_endings() -> None:
    for thread in threading.enumerate():
        if thread.name == "ending":
            thread.join(WITHIN_S)
