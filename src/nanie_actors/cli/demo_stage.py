"""A worker on sample chats whose router is the demo itself: everything is said and shown by one thread."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event
from time import monotonic
from typing import Any, Self

import orjson

from nanie_actors.assembly import Worker
from nanie_actors.cli.demo_story import Line, Story
from nanie_actors.errors import WorkerUnreachable
from nanie_actors.model import ConversationId, RowId
from nanie_actors.router.edge import Outgoing, RouterRow
from nanie_actors.router.memory import MemoryTransport
from nanie_actors.settings import Settings
from nanie_actors.web_opening import Served
from nanie_actors.whatsapp.opening import open_sources

ANSWERED_WITHIN_S = 30.0
QUIET_S = 0.5
"""Nothing heard for so long: the updates are through. Several times the interval at which they are sent."""

Show = Callable[[Line], None]


class Stage:
    """From `with` on the chats are played, one message of each chat every `pause_s` seconds."""

    def __init__(
        self,
        settings: Settings,
        samples: Sequence[Path],
        *,
        pause_s: float,
        show: Show,
        served: Served | None = None,
    ) -> None:
        self.story = Story(settings.zone())
        self._show = show
        self._heard: SimpleQueue[Outgoing] = SimpleQueue()
        self._router = MemoryTransport("demo", heard=self._heard.put)
        self._over = Event()
        self._numbers = itertools.count(1)
        sources = [
            source
            for path in samples
            for source in open_sources(
                path, zone=settings.zone(), speed=1.0, wait=lambda _: self._over.wait(pause_s)
            )
        ]
        self._worker = Worker(settings, sources=sources, transports=[self._router], served=served)
        self.clean = False

    def __enter__(self) -> Self:
        self._worker.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self.clean = self._worker.stop() and self._worker.failure is None

    @property
    def page(self) -> str | None:
        """Where the page is; None if it is not served."""
        return self._worker.web.url

    def ask(self, conversation: str, content: Mapping[str, Any] | str) -> Mapping[str, Any]:
        """Send a message and show all that is heard until its last reply, which is returned."""
        row = RowId(f"demo-{next(self._numbers)}")
        text = content if isinstance(content, str) else orjson.dumps(content).decode()
        self._router.put(RouterRow(row, ConversationId(conversation), text, self._router.name))
        deadline = monotonic() + ANSWERED_WITHIN_S
        while (left := deadline - monotonic()) > 0:
            out = self._hear(left)
            if out is not None and out.in_reply_to == row:
                reply: Mapping[str, Any] = orjson.loads(out.body)
                if reply.get("text") != "LINKED":  # which the timeline follows
                    return reply
        raise WorkerUnreachable("the worker does not answer the demo: run it again, with nanie --debug demo.")

    def watch(self) -> None:
        """Show what is heard until the chats are through and nothing more comes of them."""
        while not all(watch.ended.is_set() for watch in self._worker.watches):
            self._hear(0.1)
        self.listen()

    def listen(self) -> None:
        """Show what is heard until it is quiet."""
        while self._hear(QUIET_S) is not None or self._worker.tree.ingress.inside:
            pass

    def stay(self) -> None:
        """Show what is heard until the worker is asked to stop."""
        while not self._worker.stop_requested.is_set():
            self._hear(0.2)

    def _hear(self, within_s: float) -> Outgoing | None:
        try:
            out = self._heard.get(timeout=within_s)
        except Empty:
            return None
        for line in self.story.tell(out.conversation, orjson.loads(out.body)):
            self._show(line)
        return out
