"""The local page in a real browser: how soon it shows a long timeline, and what each change of it costs.

The worker is the product's own, in this process, with its web server; the browser runs beside it.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.browser import Stored, Tab, Window, browser_window
from bench.chat import conversation_of
from bench.gauges import NotDone, percentile
from bench.household import message, the_group
from bench.sample import Metrics
from nanie_actors.assembly import Worker
from nanie_actors.model import EpochMs
from nanie_actors.settings import Settings

PAUSE_S = 0.15
"""Between two messages: more than the time within which pushes to one conversation become one."""

FIRST_NUMBER = 1_000_000
"""Of the messages that come while the page is open: behind those of every history."""

_FIRST_PICTURE = """
(() => {
  const look = new MutationObserver(() => {
    if (!document.querySelector(".np-mark")) return;
    look.disconnect();
    requestAnimationFrame(() => setTimeout(() => console.debug(String(performance.now() / 1000))));
  });
  look.observe(document, { childList: true, subtree: true });
})();
"""
"""Tells once, in seconds since the page was asked for, when the picture has been painted, and with it
whatever came in the same task."""

_EACH_NEWEST = """
() => {
  const isNewest = (node) => node.matches?.(".entries li:first-child") ?? false;
  new MutationObserver((changes) => {
    if (!changes.some(({ addedNodes }) => [...addedNodes].some(isNewest))) return;
    console.debug(String((performance.timeOrigin + performance.now()) / 1000));
  }).observe(document.getElementById("main"), { childList: true, subtree: true });
}
"""
"""Tells, in seconds since 1970, each time another entry has become the newest. List and picture both have
changed then: they do so in one task, and who observes them is called after it."""


def seen(folder: Path, *, events: int, visits: int, updates: int, built: str) -> Metrics:
    """The group sleeps on the disk when the page is opened first; `visits` more, then `updates` messages."""
    state = folder / "nanie"
    shutil.copytree(built, state)
    with _worker(state) as worker, browser_window() as window:
        first_s = _visit(window, worker)
        load_s = statistics.median(_visit(window, worker) for _ in range(visits))
        return {"first_s": first_s, "load_s": load_s, **_updates(window, worker, events, updates)}


def exported(folder: Path, *, visits: int, built: str) -> Metrics:
    """The same timeline as one file (`nanie export --format html`), whose picture has all events."""
    file = folder / "household.html"
    state = shutil.copytree(built, folder / "nanie")
    command = [sys.executable, "-m", "nanie_actors", "export", the_group(), "--state", str(state)]
    subprocess.run([*command, "--format", "html", "--output", str(file)], cwd=folder, check=True)
    shown = []
    with browser_window() as window:
        for _ in range(visits):
            with window.tab(_FIRST_PICTURE) as tab:
                shown.append(tab.told(lambda tab=tab: tab.open(file.as_uri())))  # type: ignore[misc]
                private = window.private_bytes()
    return {"load_s": statistics.median(shown), "file_bytes": file.stat().st_size, "private_bytes": private}


def _visit(window: Window, worker: Worker) -> float:
    with _opened(window, worker) as (_, shown_s):
        return shown_s


@contextmanager
def _opened(window: Window, worker: Worker) -> Iterator[tuple[Tab, float]]:
    """A tab that shows the timeline, and when it did, in seconds after it was asked to."""
    url = worker.web.url
    assert url is not None
    known = [{"id": conversation_of(the_group()), "name": "Anna"}]
    with window.tab(_FIRST_PICTURE, Stored(url, "nanie-conversations", known)) as tab:
        yield tab, tab.told(lambda: tab.open(url))


def _updates(window: Window, worker: Worker, events: int, updates: int) -> Metrics:
    """Messages, one after the other, each from its being handed in until the page shows it."""
    put = worker.tree.whatsapp_door().put
    waits = []
    with _opened(window, worker) as (tab, _):
        tab.run(_EACH_NEWEST)
        tab.rest(PAUSE_S)
        busy_s, received = tab.busy_s(), tab.received_bytes
        for number in range(updates):
            began = time.time()
            news = message(FIRST_NUMBER + number, EpochMs(int(began * 1000)), f"bottle {60 + number} ml")
            waits.append(tab.told(lambda news=news: put(news)) - began)  # type: ignore[misc]
            tab.rest(PAUSE_S)
        busy_s, received = tab.busy_s() - busy_s, tab.received_bytes - received
        if tab.count(".entries li") != min(events + updates, worker.settings.push.events):
            raise NotDone("the page does not show what it was to show")
        return {
            "update_p50_s": percentile(waits, 50),
            "update_p95_s": percentile(waits, 95),
            "busy_s": busy_s / updates,
            "received_bytes": received / updates,
            "heap_bytes": tab.heap_bytes(),
            "private_bytes": window.private_bytes(),
        }


@contextmanager
def _worker(state: Path) -> Iterator[Worker]:
    os.chdir(state.parent)  # the name of the control socket has to be short
    given = {
        "state": {"dir": state.name},
        "extraction": {"extractor": "care"},
        "web": {"listen": "127.0.0.1:0"},
    }
    worker = Worker(Settings.model_validate(given), served="page")
    worker.start()
    yield worker
    worker.stop()
