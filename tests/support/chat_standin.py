"""A server on the loopback in the form of OpenAI's chat completions, as good or bad as a test wants it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any


@dataclass(frozen=True)
class Says:
    """The model's words."""

    content: str
    finish_reason: str = "stop"


@dataclass(frozen=True)
class Status:
    """A refusal."""

    code: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hangs:
    """No answer before the test is over."""


@dataclass(frozen=True)
class Cuts:
    """The connection ends in the middle of the answer."""


@dataclass(frozen=True)
class Raw:
    """A body that is none of the form."""

    body: bytes


Deed = Says | Status | Hangs | Cuts | Raw


@dataclass
class Standin:
    """What it was asked, and what it does; `deeds` first, then whatever `usual` makes of the user's turn."""

    usual: Callable[[dict[str, Any]], Deed]
    deeds: list[Deed] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    over: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)
    url: str = ""

    def take(self, body: dict[str, Any], key: str | None) -> Deed:
        with self.lock:
            self.requests.append(body)
            self.keys.append(key)
            if self.deeds:
                return self.deeds.pop(0)
        return self.usual(told_of(body))


def told_of(body: dict[str, Any]) -> dict[str, Any]:
    """The message in a request."""
    told: dict[str, Any] = json.loads(body["messages"][-1]["content"])
    return told


def one_event(told: dict[str, Any]) -> Says:
    """A model that makes one event of each message, at the time that it was written."""
    event = {"time": told["written_at"], "type": "bath", "label": f"model {told['message']}"}
    return Says(json.dumps({"events": [event]}))


@contextmanager
def chat_standin(usual: Callable[[dict[str, Any]], Deed] = one_event) -> Iterator[Standin]:
    """Listens until the block ends; nothing of it is left then."""
    standin = Standin(usual)

    class Handler(_Handler):
        served = standin

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    standin.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield standin
    finally:
        standin.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    served: Standin

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.close_connection = True
        match self.served.take(body, self.headers.get("authorization")):
            case Says(content, finish_reason):
                self._send(200, json.dumps(_completion(content, finish_reason)).encode())
            case Status(code, headers):
                self._send(code, b'{"error": {"message": "no", "type": "test", "code": "test"}}', headers)
            case Hangs():
                self.served.over.wait(60)
            case Cuts():
                self.send_response(200)
                self.send_header("content-length", "1000")
                self.end_headers()
                self.wfile.write(b'{"id": "')
            case Raw(raw):
                self._send(200, raw)

    def _send(self, code: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: standard error is looked at by tests."""


def _completion(content: str, finish_reason: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": content}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "test",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
