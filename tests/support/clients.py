"""A client of the library as far as the bridge uses it, in a test's hands."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, cast

from nanie_actors.whatsapp.bridge.gate import Gate
from nanie_actors.whatsapp.bridge.library import Client

WITHIN_S = 30.0


class FakeClient:
    """Answers every call by what the test put in `answers`: a value, an error, or something to call."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = {"is_connected": True, "is_logged_in": True, **answers}
        self.calls: list[tuple[Any, ...]] = []

    @property
    def is_connected(self) -> Any:
        return self._answer("is_connected")

    @property
    def is_logged_in(self) -> Any:
        return self._answer("is_logged_in")

    def send_message(self, to: Any, content: Any) -> Any:
        return self._answer("send_message", to, content)

    def get_joined_groups(self) -> Any:
        return self._answer("get_joined_groups")

    def get_group_info(self, group: Any) -> Any:
        return self._answer("get_group_info", group)

    def PairPhone(self, *about: Any) -> Any:  # noqa: N802  # the library's name
        return self._answer("PairPhone", *about)

    def disconnect(self) -> Any:
        return self._answer("disconnect")

    def stop(self) -> Any:
        return self._answer("stop")

    def names(self) -> list[str]:
        """The calls so far, without the questions."""
        return [call[0] for call in self.calls if not call[0].startswith("is_")]

    def _answer(self, name: str, *about: Any) -> Any:
        self.calls.append((name, *about))
        answer = self.answers.get(name)
        if isinstance(answer, Exception):
            raise answer
        return answer(*about) if callable(answer) else answer


def as_client(fake: FakeClient) -> Client:
    """The fake, where the real one is asked for."""
    return cast(Client, fake)


def open_gate(fake: FakeClient) -> Gate:
    """A gate that is open."""
    gate = Gate(as_client(fake))
    gate.open()
    return gate


class Told(list[Any]):
    """Collects what is told from any thread; pass `add`."""

    def __init__(self) -> None:
        super().__init__()
        self._came = threading.Condition()

    def add(self, what: Any = None) -> None:
        with self._came:
            self.append(what)
            self._came.notify_all()

    def wait_for(self, count: int) -> None:
        """Wait until so many came."""
        with self._came:
            assert self._came.wait_for(lambda: len(self) >= count, WITHIN_S), self


def blocked(
    release: threading.Event, then: Any = None, *, entered: Callable[[], None] = lambda: None
) -> Callable[..., Any]:
    """An answer that does not come before `release`; `entered` is told that it is waited for."""

    def wait(*_: Any) -> Any:
        entered()
        assert release.wait(WITHIN_S)
        if isinstance(then, Exception):
            raise then
        return then

    return wait
