"""A tab of a real browser, and what it tells of itself. Nobody else here knows the browser's driver."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.gauges import PATIENCE_S, NotDone

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page, StorageState

_CALM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """The browser on the PATH, if there is one and what drives it is installed."""
    if find_spec("playwright") is None:
        return None
    return shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass(frozen=True, slots=True)
class Stored:
    """What an origin left in the browser's local storage earlier: one value, which becomes JSON."""

    origin: str
    name: str
    value: Any

    def as_state(self) -> StorageState:
        """As the browser's driver takes it."""
        kept = json.dumps(self.value)
        return {"origins": [{"origin": self.origin, "localStorage": [{"name": self.name, "value": kept}]}]}


class Tab:
    """One tab with a cache and a storage of its own. From one thread only."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._patience_ms = PATIENCE_S * 1000
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Performance.enable")
        self.received_bytes = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._count))

    def open(self, url: str) -> None:
        """Go there; what comes of it is awaited by whoever asked."""
        self._page.goto(url, timeout=self._patience_ms)

    def told(self, act: Callable[[], None]) -> float:
        """Act, and give the number that a script of the page tells on its console next. Raises NotDone."""
        from playwright.sync_api import TimeoutError as NothingCame

        try:
            with self._page.expect_console_message(timeout=self._patience_ms) as message:
                act()
            return float(message.value.text)
        except (NothingCame, ValueError):
            raise NotDone("the page did not show what was to be measured") from None

    def rest(self, seconds: float) -> None:
        """Let the tab be."""
        self._page.wait_for_timeout(seconds * 1000)

    def count(self, selector: str) -> int:
        """How many elements there are of a kind."""
        return self._page.locator(selector).count()

    def run(self, script: str) -> None:
        """Let the page run a script."""
        self._page.evaluate(script)

    def busy_s(self) -> float:
        """How long the main thread has worked since the tab opened: scripts, styles, layout, painting."""
        return self._metric("TaskDuration")

    def heap_bytes(self) -> float:
        """What its scripts hold, once what nobody holds is collected."""
        self._session.send("HeapProfiler.collectGarbage")
        return self._metric("JSHeapUsedSize")

    def _metric(self, name: str) -> float:
        told = self._session.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in told if one["name"] == name))

    def _count(self, payload: str | bytes) -> None:
        self.received_bytes += len(payload if isinstance(payload, bytes) else payload.encode())


class Window:
    """The browser itself: gives tabs."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @contextmanager
    def tab(self, script: str, stored: Stored | None = None) -> Iterator[Tab]:
        """A tab with nothing in its cache. `script` runs in each document before the document's own."""
        context = self._browser.new_context(
            viewport={"width": 1180, "height": 860},
            locale="en-GB",
            timezone_id="UTC",
            storage_state=None if stored is None else stored.as_state(),
        )
        context.add_init_script(script)
        yield Tab(context.new_page())
        context.close()

    def private_bytes(self) -> int:
        """What the tab's process has in memory for itself alone (Linux). Of several, the largest.

        Raises NotDone where the system does not tell.
        """
        processes = self._browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        sizes = [_private_bytes(int(one["id"])) for one in processes if one["type"] == "renderer"]
        if not any(sizes):
            raise NotDone("the system does not say how much memory a process has for itself")
        return max(sizes)


@contextmanager
def browser_window() -> Iterator[Window]:
    """The browser without a window on a screen; gone afterwards. Raises NotDone if there is none."""
    from playwright.sync_api import sync_playwright

    path = chromium()
    if path is None:
        raise NotDone("there is no Chromium on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_CALM))
        yield Window(browser)
        browser.close()


def _private_bytes(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
