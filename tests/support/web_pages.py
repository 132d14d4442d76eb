"""A web server with a worker behind it that does as a test says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event
from typing import Any

import httpx
import orjson
from control_sockets import RULES, FakeControl
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from nanie_actors.inspection.dump import DumpRequest
from nanie_actors.model import ConversationId
from nanie_actors.router.edge import InboxClosed, Outgoing, RouterRow
from nanie_actors.router.envelope import RowRules
from nanie_actors.router.websocket.transport import WebSocketTransport
from nanie_actors.settings.web_section import Address
from nanie_actors.web.app import make_app
from nanie_actors.web.doorkeeper import Doorkeeper
from nanie_actors.web.server import WebServer, bound_to, listen_on
from nanie_actors.web.views import Views
from nanie_actors.whatsapp.live.pairing_desk import PairingDesk

WITHIN_S = 20.0


class FakeSite:
    """What the server needs behind it. A row is answered with `replies`, if they are set, and settled."""

    def __init__(
        self,
        *,
        token: str = "",
        rules: RowRules = RULES,
        page: bool = True,
        pairing: PairingDesk | None = None,
    ) -> None:
        self.control = FakeControl()
        self.rows: list[RouterRow] = []
        self.replies: Sequence[bytes] | None = None
        self.closed = False
        self.arrived = Event()
        self.dumps = 0
        self.transport = WebSocketTransport(rules)
        listening = listen_on(Address("127.0.0.1", 0))
        self.port = bound_to(listening).port
        views = Views(self.take_dump, self.control, self.transport if page else None, pairing)
        app = make_app(views, Doorkeeper(token, self.port))
        self.server = WebServer(listening, app, longest_frame=2 * rules.row_bytes)

    @property
    def url(self) -> str:
        return self.server.url

    def take_dump(self, _request: DumpRequest) -> Mapping[str, Any]:
        self.dumps += 1
        return {"actors": [], "number": self.dumps}

    def put(self, row: RouterRow) -> None:
        """Implements router.edge.RowInbox."""
        if self.closed:
            raise InboxClosed
        self.rows.append(row)
        self.arrived.set()
        if self.replies is not None:
            for body in self.replies:
                self.transport.deliver(Outgoing(row.conversation, body, row.row_id), lambda _: None)
            self.transport.settled(row.row_id, False)

    def push(self, conversation: str, body: bytes) -> bool:
        """Whether it was taken at once."""
        taken: list[bool] = []
        self.transport.deliver(Outgoing(ConversationId(conversation), body), taken.append)
        return taken == [True]

    def get(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.request(
            method, self.url + path, headers=named, content=body, timeout=WITHIN_S, trust_env=False
        )

    def websocket(self, path: str = "/router", **more: Any) -> Connection:
        return connect(
            f"ws://127.0.0.1:{self.port}{path}",
            open_timeout=WITHIN_S,
            close_timeout=WITHIN_S,
            proxy=None,
            **more,
        )


@contextmanager
def site(**about: Any) -> Iterator[FakeSite]:
    """A server on a free port that takes rows, and is gone afterwards with its thread."""
    made = FakeSite(**about)
    made.server.start()
    made.transport.start(made)
    try:
        yield made
    finally:
        made.transport.stop()
        assert made.server.stop(WITHIN_S)


def say(client: Connection, what: object) -> None:
    """Send one frame."""
    client.send(orjson.dumps(what).decode())


def hear(client: Connection) -> Any:
    """The next frame."""
    return orjson.loads(client.recv(timeout=WITHIN_S))
