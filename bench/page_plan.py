"""What is measured of the page, where there is a browser."""

from __future__ import annotations

import shutil

from bench.rows import Row, Side
from bench.sample import Sample

FEW = 10
"""What a long timeline is held against: the same with so few events."""


def browser() -> str | None:
    """The Chromium to be used, if there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def page_rows(*, quick: bool) -> list[Row]:
    """Opening it, and an event of another conversation; none without a browser."""
    if browser() is None:
        return []
    updates, loads = (5, 2) if quick else (30, 4)
    few, many = (
        Sample.of("bench.page:shown", events=events, updates=updates, loads=loads).once()
        for events in (FEW, 100_000)
    )
    figures = (
        ("load", "the page opened", "s", "load_s"),
        ("update-p50", "p50 from an app's event until it is seen", "s", "update_p50_s"),
        ("update-p95", "p95 from an app's event until it is seen", "s", "update_p95_s"),
        ("update-busy", "the browser's work for an update", "s", "update_busy_s"),
        ("update-bytes", "an update on the wire", "B", "update_bytes"),
        ("heap", "the page's memory", "B", "heap_bytes"),
    )
    return [
        Row(
            f"page.{name}",
            f"page, 100,000 events: {what}",
            unit,
            "lower",
            Side("product", many, metric),
            Side(f"the same with {FEW} events", few, metric),
        )
        for name, what, unit, metric in figures
    ]
