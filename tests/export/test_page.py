"""The exported page: the same events as JSON and as a list, and nothing in it that a text could start."""

from __future__ import annotations

import base64
import hashlib
import json
from html.parser import HTMLParser
from typing import Any

import pytest
from exports import EXPORTED, NASTY, contents, texts, timelines
from hypothesis import given, settings

from nanie_actors.export.page import PageAssets, as_page
from nanie_actors.export.page_list import shown

ASSETS = PageAssets("mount();", ".np { color: red }")
VOID = {"meta", "link", "br", "img", "input"}


class Read(HTMLParser):
    """What a page is made of: elements in order, attributes, and the text of each."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[dict[str, str | None]] = []
        self.texts: list[str] = []
        self._open: list[int] = []
        self.feed(page.decode())
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes.append(dict(attrs))
        self.texts.append("")
        if tag not in VOID:
            self._open.append(len(self.texts) - 1)

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self._open.pop()] == tag

    def handle_data(self, data: str) -> None:
        for index in self._open:
            self.texts[index] += data

    def all(self, tag: str) -> list[str]:
        return [text for element, text in zip(self.elements, self.texts, strict=True) if element == tag]

    def given(self) -> Any:
        return json.loads(self.all("script")[0])


def read(events: list[dict[str, Any]], **more: Any) -> Read:
    return Read(as_page(contents(events, **more), ASSETS))


@settings(deadline=None)
@given(timelines())
def test_the_events_stand_in_the_page_as_they_are_and_as_a_list(events: list[dict[str, Any]]) -> None:
    page = read(events)
    assert page.given()["events"] == events
    rows = page.all("tr")
    assert len(rows) == len(events) + page.elements.count("table")
    times = [text for element, text in zip(page.elements, page.texts, strict=True) if element == "time"]
    assert len(times) == len(events)


@settings(deadline=None)
@given(texts())
def test_no_text_becomes_an_element_or_an_attribute(text: str) -> None:
    event = {"id": "e", "timestamp": EXPORTED, "type": text, "label": text, "details": f"{text}!"}
    event["source"] = {"sender": text, "messageId": text, "kind": "text"}
    plain = {**event, "type": "x", "label": "x", "details": "x!", "source": {"sender": "x"}}
    page, calm = read([event], name=f"{text}."), read([plain], name="x.")
    # An empty cell has no element around its text.
    assert [tag for tag in page.elements if tag not in ("bdi", "cite")] == [
        tag for tag in calm.elements if tag not in ("bdi", "cite")
    ]
    assert [sorted(found) for found in page.attributes if "content" not in found] == [
        sorted(found)
        for found, tag in zip(calm.attributes, calm.elements, strict=True)
        if "content" not in found and (text or tag not in ("bdi", "cite"))
    ] or not text
    assert page.given()["events"][0]["label"] == text


@pytest.mark.parametrize("text", NASTY)
def test_a_nasty_text_is_shown_as_it_is_and_stands_by_itself(text: str) -> None:
    event = {"id": "e", "timestamp": EXPORTED, "type": "bath", "label": text}
    page = read([event], name=text)
    assert page.all("title") == [Read(f"<p>{shown(text)}</p>".encode()).texts[0]]
    assert page.all("title")[0] in page.all("bdi")


def test_only_what_nanie_put_there_may_run_and_style() -> None:
    page = read([])
    policy = next(found["content"] for found in page.attributes if found.get("http-equiv"))
    script, style = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (ASSETS.script, ASSETS.style)
    )
    assert policy == f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'"
    assert page.all("script")[1] == ASSETS.script
    assert page.all("style") == [ASSETS.style]


@pytest.mark.parametrize("parts", [("x</script>", ""), ("", "x</STYLE>")])
def test_a_part_that_would_end_its_own_element_is_refused(parts: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="its own element"):
        PageAssets(*parts)


def test_the_page_says_what_it_is() -> None:
    day = 86_400_000
    events = [
        {"id": f"e{n}", "timestamp": EXPORTED - n * day, "type": "bath", "label": "Bath"} for n in (3, 1)
    ]
    page = read(events, name="Mia & co")
    assert page.all("h1") == ["Mia & co"]
    assert page.all("p")[:3] == [
        "2026-03-23 to 2026-03-25",
        "2 events · times of Asia/Jerusalem",
        "Exported 2026-03-26 23:20 by nanie 1.2.3",
    ]
    assert page.all("h3") == ["Monday, 2026-03-23", "Wednesday, 2026-03-25"]


def test_a_page_of_hebrew_events_is_hebrew_unless_another_language_is_asked_for() -> None:
    held = contents([{"id": "e", "timestamp": EXPORTED, "type": "bath", "label": "אמבטיה"}])
    assert b'<html lang="he" dir="rtl">' in as_page(held, ASSETS)
    assert b'<html lang="en-GB" dir="ltr">' in as_page(held, ASSETS, "en")


def test_a_page_without_events_says_so() -> None:
    assert "No events in these days." in read([]).all("p")
