"""A browser, and a page that shows nothing but the picture."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ASSETS = Path(__file__).parents[3] / "src" / "nanie_actors" / "web" / "assets"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CALM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHOW = """
import { mount } from "/picture/picture.js";
const given = await (await fetch("/given")).json();
window.picture = mount(document.getElementById("place"), given);
document.body.dataset.ready = "yes";
"""

OpenPicture = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, started once for a file of tests."""
    if CHROMIUM is None and os.environ.get("TESTS_NEED_BROWSER") != "1":
        pytest.skip("there is no Chromium on the PATH")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM or "chromium", args=CALM)
        yield started
        started.close()


@pytest.fixture
def open_picture(browser: Browser) -> Iterator[OpenPicture]:
    """Opens a picture of events under a strict content security policy; nothing may end up on the console."""
    closing: list[Callable[[], Any]] = []
    complaints: list[str] = []

    def opened(given: dict[str, Any], *, width: int = 1100, height: int = 900) -> Page:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Show, json.dumps(given)))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        page = browser.new_page(viewport={"width": width, "height": height})
        closing.extend([page.close, server.shutdown, server.server_close, thread.join])
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"http://127.0.0.1:{server.server_address[1]}/")
        page.locator("body[data-ready=yes]").wait_for()
        return page

    yield opened
    for close in closing:
        close()
    assert complaints == []


class Show(BaseHTTPRequestHandler):
    """The page, the picture's own files, and the events."""

    protocol_version = "HTTP/1.0"

    def __init__(self, given: str, *args: Any) -> None:
        self._given = given
        super().__init__(*args)

    def do_GET(self) -> None:
        kind, body = self._answer()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Security-Policy", "default-src 'self'")
        self.end_headers()
        self.wfile.write(body)

    def _answer(self) -> tuple[str, bytes]:
        match self.path:
            case "/":
                head = '<meta charset="utf-8"><link rel="stylesheet" href="/page.css">'
                style = '<link rel="stylesheet" href="/picture/picture.css">'
                body = '<button id="before">1</button><div id="place"></div><button id="after">2</button>'
                script = '<script type="module" src="/show.js"></script>'
                return "text/html", f"<!doctype html>{head}{style}{body}{script}".encode()
            case "/show.js":
                return "text/javascript", SHOW.encode()
            case "/page.css":
                return "text/css", b":root { color-scheme: light dark }"
            case "/favicon.ico":
                return "image/x-icon", b""
            case "/given":
                return "application/json", self._given.encode()
            case path:
                file = ASSETS / path.removeprefix("/")
                return "text/css" if file.suffix == ".css" else "text/javascript", file.read_bytes()

    def log_message(self, *_: Any) -> None:
        """The test says what was wrong, not the server."""
