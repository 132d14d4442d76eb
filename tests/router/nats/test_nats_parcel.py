"""What is too long for the server is made to fit, in the way that loses least, and says so."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from nanie_actors.router.nats.parcel import HEADERS, Parcel

EVENTS = st.lists(st.text(max_size=60), max_size=40).map(
    lambda texts: [{"id": n, "details": text} for n, text in enumerate(texts)]
)


def parcel(body: object, *, push: bool = True, asked: str | None = None) -> Parcel:
    return Parcel("c1", "c1", orjson.dumps(body), "key", push, lambda _: None, asked)


def update(events: list[Any]) -> dict[str, Any]:
    data = {"events": events, "groupName": "Family", "groupId": "1@g.us", "revision": 7}
    return {"type": "DATA", "update": "TIMELINE", "data": data, "ephemeral": True}


@given(EVENTS, st.integers(0, 4_000), st.booleans())
def test_a_timeline_keeps_its_newest_events_and_says_how_many_are_missing(
    events: list[Any], room: int, is_push: bool
) -> None:
    made = parcel(update(events), push=is_push, asked=None if is_push else "r1").payload(HEADERS + room)
    if made is None:
        assert is_push
        return
    told = orjson.loads(made)
    if told["reply"]["type"] == "ERROR":
        assert not is_push
        return
    assert len(made) <= room
    omitted = told.get("omitted", 0)
    assert told["reply"] == update(events[omitted:])
    whole = parcel(update(events), push=is_push, asked=None if is_push else "r1").payload(1 << 30)
    assert whole is not None
    assert (omitted == 0) == (len(whole) <= room)


def test_no_more_events_are_left_out_than_must_be() -> None:
    events = [{"details": "x" * 100} for _ in range(100)]
    made = parcel(update(events)).payload(HEADERS + 6_000)
    assert made is not None
    assert 6_000 - 200 < len(made) <= 6_000


def test_an_answer_that_cannot_be_shortened_becomes_an_error_to_its_question() -> None:
    made = parcel({"type": "DATA", "data": {"context": "x" * 5_000}}, push=False, asked="r1").payload(2_048)
    assert made is not None
    told = orjson.loads(made)
    assert (told["reply"]["type"], told["reply"]["code"], told["in_reply_to"]) == ("ERROR", "INTERNAL", "r1")


def test_an_update_that_cannot_be_shortened_is_none() -> None:
    assert parcel({"type": "SYSTEM", "message": "x" * 5_000}).payload(2_048) is None
    assert parcel([1] * 5_000).payload(2_048) is None


def test_what_fits_goes_as_it_is() -> None:
    made = parcel({"a": 1}, push=False, asked="r1").payload(1 << 20)
    assert made == b'{"conversation_id":"c1","reply":{"a":1},"in_reply_to":"r1"}'
    assert parcel({"a": 1}).payload(1 << 20) == b'{"conversation_id":"c1","reply":{"a":1}}'
