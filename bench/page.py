"""The page in a real browser: how soon it shows a timeline, and how soon what is new in it.

It is sent the newest events, however many there are: what a long timeline costs is what worker and browser
do not leave out.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

import orjson
from playwright.sync_api import CDPSession, Page, sync_playwright

from bench.chat import group_ids
from bench.gauges import PATIENCE_S, NotDone, percentile
from bench.page_plan import browser
from bench.sample import Metrics
from bench.stdio_worker import StdioWorker, stdio_worker
from bench.stored_groups import write_group
from nanie_actors.model import EpochMs, EventId, GroupId
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.mapping_codec import Mapping, mapping_to_json
from nanie_actors.timeline.event import TimelineEvent
from nanie_actors.timeline.state import GroupState
from nanie_actors.timeline.timeline import Timeline

WATCHED, OTHER = "watched", "other"
"""Who the browser is, and who adds what it is shown."""

TYPES = ("feeding", "diaper", "sleeping", "waking_up", "feeding", "bath")
EVERY_MS = 40 * 60_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

KNOWN = f"localStorage.setItem('nanie-conversations', JSON.stringify([{{id: '{WATCHED}', name: 'Anna'}}]))"
DRAWN = "document.querySelector('.np-lane') && document.querySelector('.entries li')"
WATCH = f"""
{KNOWN};
window.seen = {{}};
const note = () => {{
  const newest = document.querySelector('.entries li strong');
  const at = performance.timeOrigin + performance.now();
  if (newest && !(newest.innerText in window.seen)) window.seen[newest.innerText] = at;
  if (!window.drawn && {DRAWN}) window.drawn = performance.now();
}};
new MutationObserver(note).observe(document, {{subtree: true, childList: true, characterData: true}});
"""
"""When what was in the document first, by the browser's clock, which is the machine's."""


def shown(folder: Path, *, events: int, updates: int, loads: int) -> Metrics:
    """One window on a group with so many events: opened `loads` times, then `updates` events from an app."""
    state = folder / "state"
    _store(StateLayout(state), group_ids(1)[0], events)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    url = f"http://127.0.0.1:{port}/"
    with stdio_worker(state, "--ui", "--listen", f"127.0.0.1:{port}") as worker, _window() as page:
        _until_ready(url)
        load_s = [_load_s(page, url) for _ in range(loads)]
        metrics = _updates(page, worker, updates)
        worker.finish()
    return {"load_s": median(load_s[1:]), "first_load_s": load_s[0], **metrics}


def _updates(page: Page, worker: StdioWorker, updates: int) -> dict[str, float]:
    frames: list[int] = []
    page.on("websocket", lambda ws: ws.on("framereceived", lambda data: frames.append(len(data))))
    page.reload()
    _drawn(page)
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable")
    busy_s, frames[:] = _spent_s(cdp), []
    delays = [_update_s(page, worker, number) for number in range(updates)]
    return {
        "update_p50_s": percentile(delays, 50),
        "update_p95_s": percentile(delays, 95),
        "update_busy_s": (_spent_s(cdp) - busy_s) / updates,
        "update_bytes": sum(frames) / updates,
        "heap_bytes": _metric(cdp, "JSHeapUsedSize"),
    }


def _update_s(page: Page, worker: StdioWorker, number: int) -> float:
    """From the command of the other conversation until the event is the first of the list."""
    label = f"note {number}"
    time.sleep(0.3)  # no two within the interval in which pushes are gathered
    data = {"timestamp": time.time_ns() // 1_000_000, "type": "other"}
    began = time.time()
    worker.ask(OTHER, action="ADD_EVENT", text=label, eventData=data)
    page.wait_for_function("label => label in window.seen", arg=label, timeout=PATIENCE_S * 1000)
    return float(page.evaluate("label => window.seen[label]", label)) / 1000 - began


def _load_s(page: Page, url: str) -> float:
    """From the navigation until lanes and list are drawn."""
    page.goto(url)
    _drawn(page)
    return float(page.evaluate("window.drawn")) / 1000


def _drawn(page: Page) -> None:
    page.wait_for_function("window.drawn", timeout=PATIENCE_S * 1000)


def _spent_s(cdp: CDPSession) -> float:
    """What the page's main thread has worked so far."""
    return _metric(cdp, "TaskDuration")


def _metric(cdp: CDPSession, name: str) -> float:
    found = cdp.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in found if metric["name"] == name))


@contextmanager
def _window() -> Iterator[Page]:
    path = browser()
    if path is None:
        raise NotDone("there is no Chromium on the PATH")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        # Waiting for what the page notes is a script that its policy would not let in.
        context = started.new_context(viewport={"width": 1180, "height": 860}, bypass_csp=True)
        context.add_init_script(WATCH)
        yield context.new_page()
        started.close()


def _until_ready(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{url}readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, ConnectionError):
            pass
        time.sleep(0.05)
    raise NotDone("the worker did not become ready")


def _store(layout: StateLayout, group: GroupId, events: int) -> None:
    """A household that wrote until a moment ago, and two conversations that are linked to it."""
    layout.memories.mkdir(parents=True)
    now = time.time_ns() // 1_000_000
    state = GroupState(group, recent_messages=0)
    state.active, state.seq, state.revision = True, events, events
    state.timeline = Timeline(
        TimelineEvent(
            id=EventId(f"e{number}"),
            timestamp=EpochMs(now - (events - number) * EVERY_MS),
            type=TYPES[number % len(TYPES)],
            label=f"Event {number}",
            details="as it was written in the group, in a few words",
        )
        for number in range(events)
    )
    write_group(layout, state, b"", b"")
    link = mapping_to_json(Mapping(group, "Household", EpochMs(now)))
    layout.mappings.write_bytes(orjson.dumps({WATCHED: link, OTHER: link}))
