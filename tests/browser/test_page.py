"""The page in a real browser, served by a real worker."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from page_under_test import OpenWindow, PageWorker, shot
from playwright.sync_api import Page, expect

from nanie_actors.model import GroupId
from nanie_actors.storage.layout import StateLayout
from nanie_actors.storage.legacy import read_legacy
from nanie_actors.storage.legacy_import import import_legacy

MIA, NOAM = "Mia at home", "נועם בבית"


def create(page: Page, name: str) -> None:
    page.get_by_placeholder("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create").click()


def link(page: Page, name: str, group: str) -> None:
    create(page, name)
    page.get_by_role("button", name=f"Link: {group}").click()
    expect(page.get_by_role("heading", name=group)).to_be_visible()


def add(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Add").fill(text)
    page.get_by_role("button", name="Add", exact=True).click()


def entries(page: Page) -> list[str]:
    """The labels of the list, newest first."""
    return page.locator(".entries li strong").all_inner_texts()


def test_a_first_visit_leads_to_a_live_timeline(worker: PageWorker, open_window: OpenWindow) -> None:
    worker.start()
    page = open_window(worker.url)
    expect(page.get_by_text("A conversation is what an app shows one person")).to_be_visible()
    link(page, "Anna", MIA)
    expect(page.locator(".entries li")).to_have_count(3)
    expect(page.locator(".live")).to_have_text("Live")
    add(page, "bath at 18:30")
    expect(page.locator(".entries li")).to_have_count(4)
    expect(page.locator(".np-lane").first).to_be_visible()
    page.reload()
    expect(page.locator(".entries li")).to_have_count(4)


DAY = (
    (0, 40, "nursed left 12"),
    (4, 10, "bottle 90"),
    (6, 30, "woke up"),
    (7, 5, "bottle 120 ml"),
    (7, 20, "wet diaper"),
    (9, 0, "asleep"),
    (10, 20, "woke up"),
    (10, 40, "bottle 150 ml"),
    (11, 0, "poo"),
    (13, 0, "asleep"),
    (14, 40, "woke up"),
    (15, 0, "solids, half a banana"),
    (17, 30, "bottle 130 ml"),
    (17, 45, "wet diaper"),
    (18, 30, "bath"),
    (19, 15, "asleep"),
)


def test_the_last_days_are_seen_at_a_glance(worker: PageWorker, open_window: OpenWindow) -> None:
    """What the README shows: a household that wrote until a moment ago."""
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = [
        (midnight + timedelta(days=day, hours=hour, minutes=(minute + 7 * day) % 60), text)
        for day in range(-6, 1)
        for hour, minute, text in DAY
    ]
    said = [f"{at:%d/%m/%Y, %H:%M} - Nora: {text}\n" for at, text in moments if at < now]
    (worker.chats / f"WhatsApp Chat with {MIA}.txt").write_text("".join(said), "utf-8")
    worker.start("--date-order", "dmy")
    page = open_window(worker.url)
    link(page, "Anna", MIA)
    expect(page.locator(".np-lane")).not_to_have_count(0)
    expect(page.locator(".entries li")).to_have_count(len(said))
    shot(page, "conversations")


def test_two_windows_on_one_group_move_together_and_another_groups_window_does_not(
    worker: PageWorker, open_window: OpenWindow
) -> None:
    """Law 5: what happens in a group reaches those who are linked to it, and nobody else."""
    worker.start()
    anna, ben, dana = (open_window(worker.url) for _ in range(3))
    for page, name, group in ((anna, "Anna", MIA), (ben, "Ben", MIA), (dana, "Dana", NOAM)):
        link(page, name, group)
    expect(dana.locator(".entries li")).to_have_count(2)
    add(anna, "temperature 37.9")
    expect(ben.locator(".entries")).to_contain_text("37.9")
    expect(ben.locator(".unseen")).to_contain_text("New:")
    add(dana, "אמבטיה")
    expect(dana.locator(".entries li")).to_have_count(3)
    assert "37.9" not in dana.locator("main").inner_text()
    assert len(entries(anna)) == len(entries(ben)) == 4


def test_after_the_worker_was_killed_nothing_is_missing_and_nothing_is_there_twice(
    worker: PageWorker, open_window: OpenWindow
) -> None:
    worker.start()
    page = open_window(worker.url)
    link(page, "Anna", MIA)
    add(page, "before the crash")
    expect(page.locator(".entries")).to_contain_text("before the crash")
    before = entries(page)
    worker.kill()
    expect(page.locator(".live")).to_have_attribute("data-state", "away")
    worker.start()
    group = json.loads((worker.state / "mappings.json").read_text("utf-8"))
    group_id = next(iter(group.values()))["groupId"]
    worker.ask("another app", "SELECT_GROUP", groupId=group_id)
    worker.ask("another app", "ADD_EVENT", text="while it was away")
    expect(page.locator(".live")).to_have_attribute("data-state", "live")
    expect(page.locator(".entries")).to_contain_text("while it was away")
    assert sorted(entries(page)) == sorted([*before, "while it was away"])


def test_a_deleted_event_can_be_taken_back(worker: PageWorker, open_window: OpenWindow) -> None:
    worker.start()
    page = open_window(worker.url)
    link(page, "Anna", MIA)
    add(page, "an odd remark")
    row = page.locator(".entries li", has_text="an odd remark")
    row.get_by_role("button").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row).to_have_count(1)


def test_unlinking_leads_back_to_the_choice_of_a_group(worker: PageWorker, open_window: OpenWindow) -> None:
    worker.start()
    page = open_window(worker.url)
    link(page, "Anna", MIA)
    page.get_by_role("button", name="Unlink").click()
    page.get_by_role("button", name=f"Link: {NOAM}").click()
    expect(page.locator(".entries li")).to_have_count(2)
    page.get_by_role("button", name="Remove from this browser").click()
    expect(page.get_by_text("A conversation is what an app shows one person")).to_be_visible()


def test_a_second_window_of_the_same_browser_has_the_same_conversations(
    worker: PageWorker, open_window: OpenWindow
) -> None:
    worker.start()
    page = open_window(worker.url)
    link(page, "Anna", MIA)
    other = open_window(worker.url, beside=page)
    expect(other.get_by_role("heading", name=MIA)).to_be_visible()
    create(page, "Ben")
    expect(other.get_by_role("link", name="Ben")).to_be_visible()


def test_in_hebrew_everything_is_mirrored(worker: PageWorker, open_window: OpenWindow) -> None:
    worker.start()
    page = open_window(worker.url)
    link(page, "Dana", NOAM)
    page.get_by_title("Hebrew").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator(".np")).to_have_attribute("dir", "rtl")
    side, panel = page.locator(".choose").bounding_box(), page.locator(".panel").bounding_box()
    assert side is not None
    assert panel is not None
    assert side["x"] > panel["x"]
    add_button = page.get_by_role("button", name="הוספה")
    expect(add_button).to_be_visible()
    shot(page, "hebrew")


def test_a_worker_is_seen_with_its_actors(worker: PageWorker, open_window: OpenWindow) -> None:
    worker.start()
    page = open_window(worker.url)
    link(page, "Anna", MIA)
    page.get_by_role("link", name="Actors").click()
    expect(page.locator(".heads li")).to_have_count(3)
    groups = page.get_by_role("table", name="Groups")
    expect(groups.locator(".row-of[data-depth='1']")).to_have_count(1)
    expect(groups).to_contain_text(MIA)
    expect(page.locator(".facts")).to_contain_text("Dead letters")
    page.get_by_role("searchbox", name="Find an actor").fill("נועם")
    expect(groups.locator(".sheet .row-of")).to_have_count(1)
    shot(page, "actors")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_has_to_be_scrolled_sideways(
    worker: PageWorker, open_window: OpenWindow, scheme: str
) -> None:
    worker.start()
    page = open_window(worker.url, width=360, height=740, color_scheme=scheme)
    link(page, "Anna", MIA)
    expect(page.locator(".entries li")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    shot(page, f"phone-{scheme}")


def test_all_can_be_done_by_keyboard(worker: PageWorker, open_window: OpenWindow) -> None:
    worker.start()
    page = open_window(worker.url)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.get_by_placeholder("Name", exact=True).focus()
    page.keyboard.type("Anna")
    page.keyboard.press("Enter")
    page.get_by_role("button", name=f"Link: {MIA}").focus()
    page.keyboard.press("Enter")
    text = page.get_by_role("textbox", name="Add")
    expect(text).to_be_visible()
    text.focus()
    page.keyboard.type("odd")
    page.keyboard.press("Enter")
    expect(page.locator(".entries")).to_contain_text("odd")
    expect(text).to_be_focused()
    delete = page.get_by_role("button", name="Delete: odd")
    delete.focus()
    page.keyboard.press("Space")
    expect(delete).to_have_count(0)


def test_a_timeline_of_a_hundred_thousand_events_is_shown_by_its_newest(
    worker: PageWorker, open_window: OpenWindow, tmp_path: Path
) -> None:
    group = GroupId("120363000000000077@g.us")
    events = [
        {"id": f"e{n}", "timestamp": 1_700_000_000_000 + n * 60_000, "type": "feeding", "label": f"Feed {n}"}
        for n in range(100_000)
    ]
    cache = tmp_path / "ella_cache.json"
    cache.write_text(json.dumps({"groupId": group, "events": events}), "utf-8")
    layout = StateLayout(worker.state)
    import_legacy(layout, read_legacy(cache))
    worker.start()
    page = open_window(worker.url)
    create(page, "Anna")
    conversation = page.evaluate("JSON.parse(localStorage.getItem('nanie-conversations'))[0].id")
    mappings = {conversation: {"groupId": group, "groupName": "Old", "mappedAt": 1}}
    worker.stop()
    layout.mappings.write_text(json.dumps(mappings), "utf-8")
    worker.start()
    expect(page.locator(".entries li").first).to_contain_text("Feed 99999")
    expect(page.locator(".entries li")).to_have_count(500)
    add(page, "one more")
    expect(page.locator(".entries")).to_contain_text("one more")


def test_a_message_is_followed_on_its_way(worker: PageWorker, open_window: OpenWindow) -> None:
    """The group is played again, slowly: its messages are known, and each still goes its way."""
    worker.start()
    page = open_window(worker.url)
    link(page, "Anna", MIA)
    page.get_by_role("link", name="Actors").click()
    page.get_by_role("combobox", name="Follow messages").select_option(label=MIA)
    expect(page.get_by_text("Waiting for its next message")).to_be_visible()
    worker.kill()
    (worker.chats / f"WhatsApp Chat with {MIA}.txt").write_text(
        "".join(f"21/03/2026, {hour:02}:30 - Nora: fed {hour}0 ml\n" for hour in range(1, 24)), "utf-8"
    )
    worker.start("--speed", "3600")
    expect(page.locator(".stages").first).to_contain_text("received")
    expect(page.locator(".stages").first).to_contain_text("durable")


def test_without_an_account_to_link_nothing_is_said_of_codes(
    worker: PageWorker, open_window: OpenWindow
) -> None:
    worker.start()
    page = open_window(f"{worker.url}#actors")
    expect(page.locator(".heads li")).to_have_count(3)
    expect(page.locator(".pairing")).to_be_hidden()


def test_an_account_that_is_not_linked_is_offered_to_be(worker: PageWorker, open_window: OpenWindow) -> None:
    """The real library, without a network: asking for a code fails, and says so."""
    worker.start("--whatsapp", "neonize")
    page = open_window(f"{worker.url}#actors")
    expect(page.get_by_text("No WhatsApp account is linked.")).to_be_visible()
    expect(page.locator(".diagram .lit")).to_contain_text("unpaired")
    page.get_by_role("button", name="Show a code").click()
    expect(page.get_by_text("That did not work.")).to_be_visible(timeout=60_000)
