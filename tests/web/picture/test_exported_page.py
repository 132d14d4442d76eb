"""The exported page in a real browser: from disk, without a network, with and without scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from exports import EXPORTED, MINUTE, NASTY, contents
from playwright.sync_api import Browser, Page, expect

from nanie_actors.cli.page_assets import load_page_assets
from nanie_actors.export.page import as_page

EVENTS: list[dict[str, Any]] = [
    {"id": f"e{n}", "timestamp": EXPORTED - 600 * MINUTE + n * 20 * MINUTE, "type": kind, "label": text}
    for n, (kind, text) in enumerate(
        [("feeding", "Bottle"), ("bath", "Bath"), *(("other", text) for text in NASTY)]
    )
]


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    path = tmp_path / "family.html"
    path.write_bytes(as_page(contents(EVENTS, name=NASTY[0]), load_page_assets()))
    return path


def opened(browser: Browser, path: Path, *, scripts: bool = True) -> tuple[Page, list[str]]:
    page = browser.new_page(java_script_enabled=scripts, offline=True)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    return page, complaints


def test_it_shows_the_picture_and_folds_the_list_away(browser: Browser, page_file: Path) -> None:
    page, complaints = opened(browser, page_file)
    marks = page.locator(".np-lane button")
    expect(marks.first).to_have_accessible_name("13:20 Bottle")
    expect(page.locator("h1")).to_have_text(NASTY[0])
    expect(page.locator("table").first).to_be_hidden()
    page.locator("summary").click()
    expect(page.locator("table").first).to_be_visible()
    assert page.locator("script").count() == 2
    assert complaints == []
    page.close()


def test_without_scripts_the_list_is_there(browser: Browser, page_file: Path) -> None:
    page, complaints = opened(browser, page_file, scripts=False)
    expect(page.get_by_role("row")).to_have_count(len(EVENTS) + 1)
    assert complaints == []
    page.close()


def test_on_paper_there_are_both(browser: Browser, page_file: Path) -> None:
    page, _ = opened(browser, page_file)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("table").first).to_be_visible()
    expect(page.locator(".np-lane").first).to_be_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("table").first).to_be_hidden()
    page.close()
