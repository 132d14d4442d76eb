"""What is measured of the page in a browser, against the same household with next to nothing written yet."""

from __future__ import annotations

from dataclasses import dataclass

from bench.browser import chromium
from bench.goals import Goal, at_most
from bench.rows import Row, Side
from bench.sample import Ground, Sample

NO_BROWSER = "page.no-browser"
"""What stands for all of it where there is no browser."""


_FEW = 10
_LONG_S = 300.0
"""How long a sample may take: on a busy machine a browser is slow."""


@dataclass(frozen=True, slots=True)
class _Figure:
    name: str
    unit: str
    metric: str
    what: str
    goal: Goal | None = None


_SEEN = (
    _Figure("first", "s", "first_s", "opened, the group asleep on the disk: until the picture", at_most(2.0)),
    _Figure("load", "s", "load_s", "… opened again, an empty cache", at_most(2.0)),
    _Figure("update-p50", "s", "update_p50_s", "… p50 from message until shown", at_most(0.25)),
    _Figure("update-p95", "s", "update_p95_s", "… p95 of that", at_most(0.25)),
    _Figure("busy", "s", "busy_s", "… the tab's main thread, an update"),
    _Figure("bytes", "B", "received_bytes", "… over the websocket, an update"),
    _Figure("heap", "B", "heap_bytes", "… what its scripts hold"),
    _Figure("memory", "B", "private_bytes", "… memory of the tab's process alone"),
)
_EXPORTED = (
    _Figure("export-load", "s", "load_s", "exported as a file, opened: until the picture"),
    _Figure("export-memory", "B", "private_bytes", "… memory of the tab's process alone"),
)


def page_rows(*, quick: bool) -> list[Row]:
    """None where there is no browser: then `left_out` says so."""
    if chromium() is None:
        return []
    sizes = (1_000,) if quick else (1_000, 100_000)
    return [row for events in sizes for row in _rows(events, quick)]


def left_out() -> dict[str, str]:
    """What is not measured on this machine, by the name of its row, and why."""
    why = "the page: left out, as there is no Chromium on the PATH, or no Playwright to drive it"
    return {NO_BROWSER: why} if chromium() is None else {}


def _rows(events: int, quick: bool) -> list[Row]:
    page, file = _seen(events, quick), _exported(events, quick)
    return [
        *(_row(figure, events, page, _seen(_FEW, quick)) for figure in _SEEN),
        *(_row(figure, events, file, _exported(_FEW, quick)) for figure in _EXPORTED),
    ]


def _row(figure: _Figure, events: int, many: Sample, few: Sample) -> Row:
    return Row(
        f"page.{figure.name}-{events}",
        figure.what if figure.what.startswith("…") else f"{events:,} events, {figure.what}",
        figure.unit,
        "lower",
        Side("product", many, figure.metric),
        Side(f"{_FEW} events", few, figure.metric),
        () if figure.goal is None else (figure.goal,),
    )


def _seen(events: int, quick: bool) -> Sample:
    visits, updates = (1, 5) if quick else (5, 40)
    sample = Sample.of("bench.page:seen", events=events, visits=visits, updates=updates)
    return sample.on(_ground(events)).once().within(_LONG_S)


def _exported(events: int, quick: bool) -> Sample:
    sample = Sample.of("bench.page:exported", visits=1 if quick else 3)
    return sample.on(_ground(events)).once().within(_LONG_S)


def _ground(events: int) -> Ground:
    return Ground.of("bench.household:build", events=events)
