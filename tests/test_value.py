"""Values: frozen, equal by what they hold, and encoded once for all who hold them."""

from __future__ import annotations

import pytest
from hypothesis import given
from making import events, message

from nanie_actors.messages import Deliver, Settled
from nanie_actors.storage.disk import DiskOk
from nanie_actors.timeline.codec import decode_event, encode_event
from nanie_actors.timeline.event import TimelineEvent
from nanie_actors.timeline.record_codec import encode_message
from nanie_actors.timeline.records import MessageLogged
from nanie_actors.value import with_changes


def test_what_actors_tell_each_other_cannot_be_changed() -> None:
    told = Settled(1, DiskOk())
    with pytest.raises(AttributeError):
        told.incarnation = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        told.other = 2  # type: ignore[attr-defined]
    assert (told, Settled(2, DiskOk())) == (Settled(1, DiskOk()), with_changes(told, incarnation=2))


def test_what_actors_tell_each_other_is_matched_by_place() -> None:
    assert Deliver.__match_args__ == ("event", "ticket")


@given(events)
def test_an_event_is_the_same_whether_or_not_it_has_been_encoded(event: TimelineEvent) -> None:
    line = encode_event(event)
    assert encode_event(event) is line
    assert decode_event(line) == event


@given(events)
def test_a_changed_copy_is_not_encoded_as_the_first_one(event: TimelineEvent) -> None:
    encode_event(event)
    changed = with_changes(event, label=event.label + "!")
    assert changed != event
    assert decode_event(encode_event(changed)).label == event.label + "!"


def test_a_logged_message_is_the_same_whether_or_not_it_has_been_encoded() -> None:
    record = MessageLogged(message(), ())
    assert encode_message(record) is encode_message(record)
    assert record == MessageLogged(message(), ())
    assert record != MessageLogged(message(), (), asks=True)
