"""What the library calls: an event is taken in before the call returns, and nothing is raised into it.

A callback that raises would be an event that is gone: the library has acknowledged it already and goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVarTuple

from nanie_actors.whatsapp.bridge.activity import Activity
from nanie_actors.whatsapp.bridge.connection_events import CONNECTION_EVENTS
from nanie_actors.whatsapp.bridge.counts import Counts
from nanie_actors.whatsapp.bridge.intake import Intake, Serializable
from nanie_actors.whatsapp.bridge.library import Client
from nanie_actors.whatsapp.bridge.stubbornness import GivenUp
from nanie_actors.whatsapp.bridge.subscriptions import WANTED

_log = logging.getLogger(__name__)

What = TypeVarTuple("What")


class Callbacks:
    """Everything the library may call, on its one thread, in its order."""

    def __init__(
        self,
        intake: Intake,
        activity: Activity,
        counts: Counts,
        *,
        connection: Callable[[object], None],
        changed: Callable[[tuple[str, ...]], None],
        code: Callable[[Client, bytes], None],
        status: Callable[[str], None],
    ) -> None:
        """`connection` gets the connection's events, `changed` groups to ask for; the rest is a pairing's."""
        self._intake = intake
        self._activity = activity
        self._counts = counts
        self._connection = connection
        self._changed = changed
        self._code = code
        self._status = status

    def register(self, client: Client) -> None:
        """Subscribe; before `connect`, which fixes the list.

        The library keeps bound methods weakly, so it gets functions: they live as long as the client.
        """
        for wanted in WANTED:
            client.event(wanted)(lambda _, happened: self._guarded(self._take, happened))
        for noted in CONNECTION_EVENTS:
            client.event(noted)(lambda _, happened: self._guarded(self._note, happened))
        client.event.qr(lambda _, data: self._guarded(lambda: self._code(client, data)))
        client.pairing_status = lambda word: self._guarded(self._status, word)

    def _take(self, event: Serializable) -> None:
        again = self._intake.take(event)
        if again:
            self._changed(again)

    def _note(self, event: object) -> None:
        self._counts.add(type(event).__name__)
        self._connection(event)

    def _guarded(self, handle: Callable[[*What], None], *what: *What) -> None:
        with self._activity.running():
            try:
                handle(*what)
            except GivenUp:
                _log.error("the process ends with an event that the disk did not take")
            except Exception as error:  # noqa: BLE001  # see above
                self._counts.add("failed_callback")
                _log.error("a callback of the WhatsApp library failed (%s)", type(error).__name__)
