"""What a router message may ask."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import json_values

from nanie_actors.errors import CommandError, InvalidMessage, UnknownAction
from nanie_actors.model import EpochMs, GroupId
from nanie_actors.protocol import replies
from nanie_actors.protocol.commands import ACTIONS, AddEvent, FreeText, SelectGroup, parse_content


def test_every_action_of_the_contract_is_known() -> None:
    assert set(ACTIONS) == {
        "LIST_GROUPS",
        "SELECT_GROUP",
        "CONFIRM_LINK",
        "GET_STATUS",
        "GET_CONTEXT",
        "ADD_EVENT",
        "RETRY_SYNC",
        "DELETE_EVENTS",
        "RESYNC_HISTORY",
        "START_STANDALONE",
        "UNLINK_GROUP",
        "DELETE_CONVERSATION",
    }


def test_a_command_is_read_with_its_camel_case_fields() -> None:
    command = parse_content('{"action":"SELECT_GROUP","groupId":"1@g.us","debug":true,"more":1}')
    assert isinstance(command, SelectGroup)
    assert (command.group_id, command.debug) == ("1@g.us", True)


def test_event_data_is_read_with_an_added_event() -> None:
    command = parse_content(
        '{"action":"ADD_EVENT","text":"x","eventData":{"timestamp":5,"type":"bath","details":{}}}'
    )
    assert isinstance(command, AddEvent)
    assert command.event_data is not None
    assert (command.event_data.timestamp, command.event_data.type) == (5, "bath")


@pytest.mark.parametrize("text", ["hello", "", "[1]", '"x"', "12", "מה שלומך?"])
def test_what_does_not_begin_like_an_object_is_free_text(text: str) -> None:
    assert parse_content(text) == FreeText(text=text)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ('{"no":"action"}', "action"),
        ('{"action":5}', "action"),
        ('{"action":"SELECT_GROUP"}', "groupId"),
        ('{"action":"SELECT_GROUP","groupId":7}', "groupId"),
        ('{"action":"GET_CONTEXT","limit":0}', "limit"),
        ('{"action":"GET_CONTEXT","limit":"9"}', "limit"),
        ('{"action":"ADD_EVENT"}', "text"),
        ('{"action":"ADD_EVENT","text":" "}', "text"),
        ('{"action":"ADD_EVENT","text":"x","eventData":{"type":"bath"}}', "timestamp"),
        ('{"action":"ADD_EVENT","text":"x","eventData":{"type":"bath","timestamp":1.5}}', "timestamp"),
        ('{"action":"RETRY_SYNC"}', "eventId"),
        ('{"action":"DELETE_EVENTS","eventIds":[]}', "eventIds"),
        ('{"action":"DELETE_EVENTS","eventIds":"e1"}', "eventIds"),
        ('{"action":"GET_STATUS","debug":"yes"}', "debug"),
    ],
)
def test_a_wrong_field_is_named(content: str, field: str) -> None:
    with pytest.raises(InvalidMessage, match=field):
        parse_content(content)


@pytest.mark.parametrize("content", ["{", '{"action"', "{]", " {'action': 'GET_STATUS'}"])
def test_what_begins_like_an_object_but_is_none_is_invalid(content: str) -> None:
    with pytest.raises(InvalidMessage, match="JSON"):
        parse_content(content)


def test_an_unknown_action_is_named_and_the_known_ones_are_told() -> None:
    with pytest.raises(UnknownAction, match=r"'FLY'.*LIST_GROUPS"):
        parse_content('{"action":"FLY"}')


UNDERSTOOD = {"a command", "free text", "INVALID_MESSAGE", "UNKNOWN_ACTION"}


def understood_as(content: str) -> str:
    """What became of a content; anything but a typed error goes up."""
    try:
        command = parse_content(content)
    except CommandError as error:
        return str(orjson.loads(replies.error(error))["code"])
    return "free text" if isinstance(command, FreeText) else "a command"


@given(
    st.dictionaries(
        st.sampled_from(["action", "groupId", "text", "eventIds", "eventData", "limit"]), json_values
    )
)
def test_any_object_is_a_command_or_a_typed_error(raw: dict[str, object]) -> None:
    assert understood_as(orjson.dumps(raw).decode()) in UNDERSTOOD


@given(st.text())
def test_any_text_is_understood_or_refused(text: str) -> None:
    assert understood_as(text) in UNDERSTOOD


def test_replies_are_exactly_what_the_contract_says() -> None:
    assert replies.LINKED == b'{"type":"STATUS","text":"LINKED","ephemeral":true}'
    assert replies.GROUP_SELECTION_REQUIRED == (
        b'{"type":"SYSTEM","code":"GROUP_SELECTION_REQUIRED","error":"Group Selection Required",'
        b'"message":"Please select a WhatsApp group to continue.","ephemeral":true}'
    )
    assert replies.error(InvalidMessage("No.")) == (
        b'{"type":"ERROR","code":"INVALID_MESSAGE","error":"No.","ephemeral":true}'
    )
    assert replies.groups([(GroupId("1@g.us"), "Family", 3, EpochMs(5))]) == (
        b'{"type":"DATA","data":{"groups":[{"id":"1@g.us","name":"Family","participants":3,"lastActivity":5}]},'
        b'"ephemeral":true}'
    )
