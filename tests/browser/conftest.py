"""A real worker that serves the page, and windows of a real browser that look at it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_under_test import OpenWindow, PageWorker
from playwright.sync_api import Browser, Page, expect, sync_playwright

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
expect.set_options(timeout=20_000)


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
def worker(tmp_path: Path) -> Iterator[PageWorker]:
    """A worker with two exported chats."""
    chats = tmp_path / "chats"
    chats.mkdir()
    for name, lines in (
        ("Mia at home", ("07:05, fed 120 ml", "09:10, wet diaper", "12:30, asleep")),
        ("נועם בבית", ("08:00, בקבוק 90", "10:15, נרדם")),
    ):
        said = "".join(f"21/03/2026, {line.replace(', ', ' - Nora: ', 1)}\n" for line in lines)
        (chats / f"WhatsApp Chat with {name}.txt").write_text(said, "utf-8")
    made = PageWorker(tmp_path, chats)
    yield made
    made.stop()


@pytest.fixture
def open_window(browser: Browser) -> Iterator[OpenWindow]:
    """Opens windows, each of a browser of its own unless one is given; none may complain on its console."""
    complaints: list[str] = []
    contexts = []

    def opened(
        url: str, *, beside: Page | None = None, width: int = 1180, height: int = 860, **more: Any
    ) -> Page:
        if beside is None:
            settings = {"locale": "en-GB", "timezone_id": "UTC", **more}
            context = browser.new_context(viewport={"width": width, "height": height}, **settings)
            contexts.append(context)
        else:
            context = beside.context
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    # A line that breaks is told by the browser itself: that is the only thing it may say.
    assert [text for text in complaints if "WebSocket connection" not in text] == []
