"""The picture in a real browser: what it shows, how it is pointed at, and that it stays still."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nursery import nursery_weeks
from playwright.sync_api import Page, expect

HOUR = 3_600_000
DAY = 24 * HOUR
NOW = int(datetime(2026, 3, 26, 21, 20, tzinfo=UTC).timestamp() * 1000)
MIDNIGHT = NOW - NOW % DAY

OpenPicture = Callable[..., Page]


def event(at: float, kind: str = "feeding", label: str = "Bottle", **attributes: Any) -> dict[str, Any]:
    """An event so many hours after midnight of the newest day."""
    made = {"id": f"{kind} {at}", "timestamp": int(MIDNIGHT + at * HOUR), "type": kind, "label": label}
    source = {"messageId": f"m {at}", "sender": "Nora", "kind": "text"}
    return {
        **made,
        "details": f"{label}!",
        "source": source,
        **({"attributes": attributes} if attributes else {}),
    }


def day_of_care(day: int) -> list[dict[str, Any]]:
    base = day * 24
    return [
        event(base + 6, "waking_up", "Woke up"),
        event(base + 7, label="Bottle 150 ml", amountMl=150, method="bottle"),
        event(base + 7.5, "diaper", "Pee", diaper="wet"),
        event(base + 10, "sleeping", "Nap", durationMin=90),
        event(base + 12, label="Left side", method="breast", durationMin=20),
        event(base + 18, "bath", "Bath"),
        event(base + 19, "sleeping", "Asleep"),
    ]


CARE = [made for day in range(-13, 1) for made in day_of_care(day)]


def given(events: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"events": events, "zone": "UTC", "now": NOW, "direction": "ltr", "locale": "en-GB", **more}


def update(page: Page, **news: Any) -> None:
    page.evaluate("news => picture.update(news)", news)


def lane(page: Page, back: int = 0) -> Any:
    return page.locator(f'.np-lane[data-day="{MIDNIGHT // DAY - back}"]')


def marks(page: Page, back: int = 0) -> list[str]:
    """The marks of a day as they are said, in the order of the document."""
    labels: list[str] = (
        lane(page, back).locator("button").evaluate_all("all => all.map(b => b.getAttribute('aria-label'))")
    )
    return labels


def test_a_day_shows_its_marks_in_order_and_its_sums(open_picture: OpenPicture) -> None:
    page = open_picture(given(CARE))
    assert marks(page) == [
        "asleep 19:00 to 06:00 (11 h)",
        "07:00 Bottle 150 ml",
        "07:30 Pee",
        "asleep 10:00 to 11:30 (1 h 30 min)",
        "12:00 Left side",
        "18:00 Bath",
        "asleep since 19:00 (2 h 20 min)",
    ]
    sums = lane(page).locator(".np-sum strong").all_text_contents()
    assert sums == ["2", "150", "1", "9:50"]
    said = lane(page).get_attribute("aria-label")
    assert "2 feeds, 1 diaper, 1 bath, 150 ml, 9 h 50 min of sleep" in said


def test_it_tells_how_long_ago_each_thing_was_at_the_moment_it_is_told(open_picture: OpenPicture) -> None:
    page = open_picture(given(CARE))
    times = page.locator(".np-card strong")
    expect(times).to_have_text(["2 h 20 min", "9 h 20 min ago", "13 h 50 min ago", "3 h 20 min ago"])
    update(page, now=NOW + HOUR)
    expect(times).to_have_text(["3 h 20 min", "10 h 20 min ago", "14 h 50 min ago", "4 h 20 min ago"])


def test_details_are_shown_on_hover_focus_and_tap_and_go_with_escape(open_picture: OpenPicture) -> None:
    page = open_picture(given(CARE))
    tip = page.get_by_role("tooltip")
    feed = lane(page).get_by_role("button", name="Bottle 150 ml")
    feed.hover()
    expect(tip).to_contain_text("07:00")
    expect(tip).to_contain_text("Bottle 150 ml!")
    expect(tip).to_contain_text("Nora")
    page.locator("#after").hover()
    expect(tip).to_be_hidden()
    feed.click()
    expect(tip).to_be_visible()
    assert feed.get_attribute("aria-describedby") == tip.get_attribute("id")
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def test_of_marks_that_lie_over_each_other_the_nearest_is_meant(open_picture: OpenPicture) -> None:
    page = open_picture(given([event(9.9, "diaper", "Pee"), event(10.1, "bath", "Bath")]), width=360)
    tip = page.get_by_role("tooltip")
    for name, side in (("Pee", -4), ("Bath", 4)):
        box = lane(page).get_by_role("button", name=name).locator(".np-shape").bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2 + side, box["y"] + box["height"] / 2)
        expect(tip).to_contain_text(name)


def test_the_picture_is_one_stop_of_the_tab_key_and_arrows_move_within(open_picture: OpenPicture) -> None:
    page = open_picture(given(CARE))
    focused = page.locator(":focus")
    page.locator("#before").focus()
    page.keyboard.press("Tab")
    expect(focused).to_have_accessible_name("asleep since 19:00 (2 h 20 min)")
    page.keyboard.press("ArrowLeft")
    expect(focused).to_have_accessible_name("18:00 Bath")
    page.keyboard.press("ArrowDown")
    expect(focused).to_have_accessible_name("18:00 Bath")
    assert focused.get_attribute("data-day") == str(MIDNIGHT // DAY - 1)
    for _ in range(9):
        page.keyboard.press("ArrowDown")
    assert focused.get_attribute("data-day") == str(MIDNIGHT // DAY - 10)
    expect(focused).to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(focused).to_have_attribute("id", "after")


def test_the_focus_survives_that_its_lane_is_drawn_anew_and_scrolled_away(open_picture: OpenPicture) -> None:
    page = open_picture(given(CARE))
    feed = lane(page).get_by_role("button", name="Bottle 150 ml")
    feed.focus()
    update(page, events=[*CARE, event(20, "diaper", "Poo", diaper="dirty")], now=NOW + 60_000)
    expect(feed).to_be_focused()
    expect(page.get_by_role("tooltip")).to_contain_text("07:00")
    page.locator(".np-port").evaluate("port => { port.scrollTop = port.scrollHeight }")
    expect(lane(page, 13)).to_be_visible()
    expect(feed).to_be_focused()
    expect(page.get_by_role("tooltip")).to_be_hidden()
    page.locator("#after").focus()
    page.locator(".np-port").evaluate("port => { port.scrollTop -= 1 }")
    expect(lane(page)).to_have_count(0)


def test_what_one_looks_at_stays_where_it_is_when_a_day_begins(open_picture: OpenPicture) -> None:
    page = open_picture(given(CARE))
    page.locator(".np-port").evaluate("port => { port.scrollTop = 400 }")
    seen = lane(page, 8)
    before = seen.bounding_box()
    update(page, events=[*CARE, *day_of_care(1)], now=NOW + DAY)
    assert seen.bounding_box() == before


def test_a_lane_that_did_not_change_is_not_drawn_again(open_picture: OpenPicture) -> None:
    page = open_picture(given(CARE))
    lane(page, 2).evaluate("lane => { lane.dataset.seen = 'yes' }")
    update(page, events=[*CARE, event(20)], now=NOW + 60_000)
    assert "20:00 Bottle" in marks(page)
    expect(lane(page, 2)).to_have_attribute("data-seen", "yes")


@pytest.mark.parametrize("count", [10, 1_000, 100_000])
def test_only_the_days_in_view_are_in_the_document(open_picture: OpenPicture, count: int) -> None:
    events = [event(20 - n / 20, "message", "text") for n in reversed(range(count))]
    page = open_picture(given(events))
    assert page.locator(".np-lane").count() <= 14
    assert page.locator(".np *").count() < 6_000
    page.locator(".np-port").evaluate("port => { port.scrollTop = port.scrollHeight }")
    expect(lane(page, (count // 20 - 20) // 24 + 1 if count > 400 else 0)).to_be_visible()
    assert page.locator(".np-lane").count() <= 14


def test_in_hebrew_time_runs_from_right_to_left(open_picture: OpenPicture) -> None:
    page = open_picture(given(CARE, direction="rtl", locale="he"))
    feed, bath = (lane(page).locator(f".np-{kind}").first.bounding_box() for kind in ("feeding", "bath"))
    assert feed["x"] > bath["x"]
    expect(lane(page)).to_contain_text("היום")
    lane(page).locator(".np-feeding").first.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(":focus")).to_have_accessible_name("07:30 Pee")


def test_on_a_narrow_screen_nothing_is_cut_off_at_its_side(open_picture: OpenPicture) -> None:
    page = open_picture(given(CARE), width=360)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator(".np-port").evaluate("port => port.scrollWidth - port.clientWidth") == 0
    assert len(marks(page)) == 7


def test_light_and_dark_follow_the_colour_scheme(open_picture: OpenPicture) -> None:
    page = open_picture(given(CARE))
    grounds = set()
    for scheme in ("light", "dark"):
        page.evaluate("scheme => { document.documentElement.style.colorScheme = scheme }", scheme)
        grounds.add(page.locator(".np").evaluate("root => getComputedStyle(root).backgroundColor"))
    assert grounds == {"rgb(255, 255, 255)", "rgb(19, 23, 30)"}


def test_other_timelines_show_their_types_with_colours_of_their_own(open_picture: OpenPicture) -> None:
    events = [event(at, kind, kind) for at, kind in ((5, "run"), (6, "swim"), (7, "run"), (8, "<b>rest</b>"))]
    page = open_picture(given(events))
    expect(page.locator(".np-legend li")).to_have_text(["run · 2", "<b>rest</b> · 1", "swim · 1"])
    shapes = page.locator(".np-legend .np-shape")
    colours = shapes.evaluate_all("all => all.map(s => getComputedStyle(s).backgroundColor)")
    assert len(set(colours)) == 3


def test_hostile_texts_are_only_texts(open_picture: OpenPicture) -> None:
    text = "<img src=x onerror=alert(1)>\u202e\"'</script>"
    events = [event(5, "bath", text), event(6, text, text), event(7, 'x"]', "quote")]
    page = open_picture(given(events))
    assert page.locator("img").count() == 0
    for name in (f"05:00 {text}", f"06:00 {text}", "07:00 quote"):
        mark = page.locator(".np-lane button").nth(
            [f"05:00 {text}", f"06:00 {text}", "07:00 quote"].index(name)
        )
        assert mark.get_attribute("aria-label") == name
        mark.focus()
        expect(page.get_by_role("tooltip")).to_contain_text(name.split(" ", 1)[1])


def test_without_events_it_says_so(open_picture: OpenPicture) -> None:
    page = open_picture(given([]))
    expect(lane(page)).to_have_accessible_name("Thursday, 26 March 2026: no events")
    update(page, events=CARE)
    assert len(marks(page)) == 7


def test_what_is_destroyed_leaves_nothing(open_picture: OpenPicture) -> None:
    page = open_picture(given(CARE))
    page.evaluate("picture.destroy()")
    assert page.locator("#place").inner_html() == ""


def test_on_paper_the_days_stand_one_below_the_other(open_picture: OpenPicture) -> None:
    page = open_picture(given([made for day in range(-39, 1) for made in day_of_care(day)]))
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".np-lane").count() == 31
    tops = page.locator(".np-lane").evaluate_all("all => all.map(lane => lane.getBoundingClientRect().top)")
    assert tops == sorted(tops)
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".np-lane").count() < 15


def test_the_documentation_has_a_picture_of_it(open_picture: OpenPicture, tmp_path: Path) -> None:
    """SCREENSHOTS=docs/images writes it anew."""
    page = open_picture(given(nursery_weeks(NOW, 3)), width=1100, height=880)
    page.locator(".np").evaluate("root => { root.style.padding = '1.5rem' }")
    lane(page, 2).get_by_role("button", name="Feeding").first.hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
    shot = Path(os.environ.get("SCREENSHOTS", tmp_path)) / "picture.png"
    page.locator(".np").screenshot(path=shot)
    assert 10_000 < shot.stat().st_size < 150_000
