"""Chats as a phone exports them: every form, every clock, and what cannot be settled is asked."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Callable
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanie_actors.errors import SourceError
from nanie_actors.model import (
    ChatMessage,
    ConnectionChanged,
    GroupSeen,
    Inbound,
    MessageArrived,
    parse_group_id,
)
from nanie_actors.samples import sample_paths
from nanie_actors.whatsapp.edge import OutgoingText, SendOutcome, Sent, nobody_waits
from nanie_actors.whatsapp.opening import open_sources

ZONE = ZoneInfo("Asia/Jerusalem")
WITHIN_S = 20.0


class Ingress:
    """Takes everything, and knows when the source is through."""

    def __init__(self) -> None:
        self.events: list[Inbound] = []
        self.ended = Event()

    def put(self, event: Inbound, settled: Callable[[], None] = nobody_waits) -> None:
        self.events.append(event)
        settled()
        if isinstance(event, ConnectionChanged) and event.state in ("finished", "failed"):
            self.ended.set()


def play(path: Path, date_order: str = "auto") -> list[Inbound]:
    """Everything a file tells, played as fast as possible."""
    (source,) = open_sources(path, zone=ZONE, date_order=date_order)  # type: ignore[arg-type]
    ingress = Ingress()
    source.start(ingress)
    assert ingress.ended.wait(WITHIN_S)
    source.stop()
    return ingress.events


def messages(path: Path, date_order: str = "auto") -> list[ChatMessage]:
    return [event.message for event in play(path, date_order) if isinstance(event, MessageArrived)]


def write(folder: Path, *lines: str, name: str = "WhatsApp Chat with Family.txt") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def local(message: ChatMessage) -> str:
    return datetime.datetime.fromtimestamp(message.at / 1000, ZONE).strftime("%Y-%m-%d %H:%M:%S")


NNBSP, LRM = "\u202f", "\u200e"
FORMS = {
    "android, 24 hours": "23/11/2026, 22:05 - Dana: fed",
    "android, two-digit year": "23/11/26, 22:05 - Dana: fed",
    "android, month first, 12 hours": "11/23/26, 10:05 PM - Dana: fed",
    "android, narrow space before pm": f"23/11/2026, 10:05{NNBSP}pm - Dana: fed",
    "android, p.m.": f"23/11/2026, 10:05{NNBSP}p.m. - Dana: fed",
    "android, dots": "23.11.26, 22:05 - Dana: fed",
    "android, hebrew": "23.11.2026, 22:05 - Dana: fed",
    "ios, 24 hours": "[23/11/2026, 22:05:00] Dana: fed",
    "ios, 12 hours": f"[11/23/26, 10:05:00{NNBSP}PM] Dana: fed",
    "ios, year first": "[2026-11-23, 22:05:00] Dana: fed",
    "ios, mark before the bracket": f"{LRM}[23/11/2026, 22:05:00] Dana: fed",
}


@pytest.mark.parametrize("line", FORMS.values(), ids=FORMS)
def test_every_form_of_a_header_is_read(tmp_path: Path, line: str) -> None:
    (message,) = messages(write(tmp_path, line))
    assert (message.sender_name, message.text, local(message)) == ("Dana", "fed", "2026-11-23 22:05:00")


def test_dates_without_evidence_are_never_guessed(tmp_path: Path) -> None:
    path = write(tmp_path, "03/04/2026, 10:00 - Dana: fed", "03/04/2026, 11:00 - Dana: slept")
    with pytest.raises(SourceError, match="--date-order"):
        play(path)
    assert local(messages(path, "dmy")[0]).startswith("2026-04-03")
    assert local(messages(path, "mdy")[0]).startswith("2026-03-04")


@pytest.mark.parametrize(
    ("lines", "day"),
    [
        (("03/04/2026, 10:00 - Dana: a", "13/04/2026, 10:00 - Dana: b"), "2026-04-03"),
        (("03/04/2026, 10:00 - Dana: a", "03/14/2026, 10:00 - Dana: b"), "2026-03-04"),
    ],
)
def test_one_date_settles_the_order_of_the_whole_file(
    tmp_path: Path, lines: tuple[str, ...], day: str
) -> None:
    assert local(messages(write(tmp_path, *lines))[0]).startswith(day)


def test_a_text_of_many_lines_is_one_message(tmp_path: Path) -> None:
    (message,) = messages(write(tmp_path, "23/11/2026, 10:00 - Dana: fed", "then slept", "", "and woke"))
    assert message.text == "fed\nthen slept\n\nand woke"


def test_a_name_may_have_a_colon_and_a_text_too(tmp_path: Path) -> None:
    lines = [
        "23/11/2026, 10:00 - Dr. Lin: on call: fever: 38",
        "23/11/2026, 10:01 - Dr. Lin: on call: better",
    ]
    found = messages(write(tmp_path, *lines))
    assert [message.text.endswith(("38", "better")) for message in found] == [True, True]
    assert len({message.sender for message in found}) == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<Media omitted>", None),
        (f"{LRM}image omitted", "image"),
        (f"{LRM}video omitted", "video"),
        (f"{LRM}audio omitted", "audio"),
        (f"{LRM}sticker omitted", "sticker"),
        ("<המדיה לא נכללה>", None),
        ("This message was deleted", "deleted"),
        ("You deleted this message", "deleted"),
        ("הודעה זו נמחקה", "deleted"),
    ],
)
def test_placeholders_have_a_kind_and_no_text(tmp_path: Path, body: str, kind: str | None) -> None:
    (message,) = messages(write(tmp_path, f"23/11/2026, 10:00 - Dana: {body}"))
    assert message.text == ""
    assert message.kind == kind if kind else message.kind not in ("text", "deleted")


def test_the_mark_of_an_edit_is_not_part_of_the_text(tmp_path: Path) -> None:
    (message,) = messages(write(tmp_path, "23/11/2026, 10:00 - Dana: fed left <This message was edited>"))
    assert (message.text, message.edited) == ("fed left", True)


def test_system_lines_are_no_messages_and_tell_the_groups_name(tmp_path: Path) -> None:
    lines = [
        "23/11/2026, 09:00 - Messages and calls are end-to-end encrypted.",
        '23/11/2026, 09:00 - Dana created group "Twins"',
        "23/11/2026, 09:01 - Dana added Avi",
        "23/11/2026, 10:00 - Dana: fed",
    ]
    events = play(write(tmp_path, *lines, name="chat.txt"))
    assert [e.message.text for e in events if isinstance(e, MessageArrived)] == ["fed"]
    assert "Twins" in {e.name for e in events if isinstance(e, GroupSeen)}


def test_the_group_is_known_before_its_first_message(tmp_path: Path) -> None:
    events = play(write(tmp_path, "23/11/2026, 10:00 - Dana: fed"))
    kinds = [type(event) for event in events if not isinstance(event, ConnectionChanged)]
    assert kinds[0] is GroupSeen
    first, *_, last = (event for event in events if isinstance(event, GroupSeen))
    assert first.name == "Family"
    assert last.participants == 1
    assert parse_group_id(first.group) == first.group


def test_the_same_file_again_gives_the_same_ids_and_a_longer_one_only_new_ones(tmp_path: Path) -> None:
    lines = ["23/11/2026, 10:00 - Dana: fed", "23/11/2026, 10:00 - Dana: fed", "23/11/2026, 10:00 - Avi: fed"]
    first = messages(write(tmp_path, *lines))
    again = messages(write(tmp_path, *lines))
    longer = messages(write(tmp_path, *lines, "23/11/2026, 10:05 - Dana: slept"))
    assert first == again
    assert longer[:3] == first
    assert len({(message.sender, message.message_id) for message in longer}) == 4


def test_a_renamed_file_is_the_same_group(tmp_path: Path) -> None:
    line = "23/11/2026, 10:00 - Dana: fed"
    one = messages(write(tmp_path, line))
    two = messages(write(tmp_path, line, name="WhatsApp Chat with Family (1).txt"))
    assert one == two


def test_a_zip_as_the_phone_makes_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "WhatsApp Chat - Family.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_chat.txt", "[23/11/2026, 10:00:00] Dana: fed\r\n")
        archive.writestr("00000001-PHOTO.jpg", b"\xff\xd8")
    (message,) = messages(path)
    assert (message.text, local(message)) == ("fed", "2026-11-23 10:00:00")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.txt", b""),
        ("letter.txt", b"Dear Sir or Madam,\nno chat at all.\n"),
        ("noise.txt", bytes(range(256)) * 20),
        ("broken.zip", b"PK\x03\x04 not really"),
    ],
)
def test_what_is_no_chat_is_refused_with_its_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=name.split(".")[0]):
        play(tmp_path / name)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        play(tmp_path / "absent.txt")


def test_bytes_that_are_no_text_cost_only_themselves(tmp_path: Path) -> None:
    path = tmp_path / "WhatsApp Chat with Family.txt"
    path.write_bytes(
        b"\xef\xbb\xbf23/11/2026, 10:00 - Dana: f\xffed\x00\r\n23/11/2026, 10:01 - Dana: slept\r\n"
    )
    assert [message.text.replace("\ufffd", "") for message in messages(path)][1] == "slept"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_fail_otherwise(tmp_path: Path, noise: bytes) -> None:
    path = tmp_path / "WhatsApp Chat with Noise.txt"
    path.write_bytes(b"23/11/2026, 10:00 - Dana: fed\n" + noise)
    assert messages(path)[0].text.startswith("fed")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Dana", "Avi Cohen", "סבתא רותי", "~ Noa", "+972 50-000-0000"]),
            st.text(st.characters(categories=["L", "N", "P", "So"]), min_size=1, max_size=40),
        ),
        min_size=1,
        max_size=15,
    ),
    st.sampled_from(["%d/%m/%Y, %H:%M - ", "[%d/%m/%Y, %H:%M:%S] ", "%d.%m.%Y, %H:%M - "]),
)
def test_what_a_phone_would_write_is_read_back(
    tmp_path: Path, said: list[tuple[str, str]], form: str
) -> None:
    start = datetime.datetime(2026, 1, 13, 9, 0, tzinfo=ZONE)
    times = [start + datetime.timedelta(minutes=n) for n in range(len(said))]
    lines = [f"{at.strftime(form)}{who}: {what}" for at, (who, what) in zip(times, said, strict=True)]
    found = messages(write(tmp_path, *lines))
    assert [local(m)[:16] for m in found] == [at.strftime("%Y-%m-%d %H:%M") for at in times]


def test_the_samples_are_several_hundred_messages_of_at_least_three_groups_in_two_languages() -> None:
    found = [message for path in sample_paths() for message in messages(path)]
    assert len(found) >= 300
    assert len({message.group for message in found}) >= 3
    texts = "".join(message.text for message in found)
    assert any("א" <= char <= "ת" for char in texts)
    assert "asleep" in texts


def test_a_replayed_account_takes_texts_and_stops_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "23/11/2026, 10:00 - Dana: fed", "24/11/2026, 10:00 - Dana: slept")
    (source,) = open_sources(path, zone=ZONE, speed=1.0)
    ingress = Ingress()
    source.start(ingress)
    while not any(isinstance(event, MessageArrived) for event in list(ingress.events)):
        assert not ingress.ended.wait(0.01)
    group = next(event.group for event in ingress.events if isinstance(event, GroupSeen))
    outcomes: list[SendOutcome] = []
    assert source.reaches(group)
    source.send(OutgoingText("o1", group, "hello"), outcomes.append)
    source.stop()
    assert isinstance(outcomes[0], Sent)
    assert not any(isinstance(e, MessageArrived) and e.message.text == "slept" for e in ingress.events)
