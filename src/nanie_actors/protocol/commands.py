"""What a router message may ask: parsed once at the border, closed and typed behind it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from nanie_actors.errors import InvalidMessage, UnknownAction

MAX_TEXT = 65_536
"""Characters in a text: WhatsApp's own limit of one message."""

MAX_IDS = 10_000
"""Event ids in one DELETE_EVENTS: far beyond what a person selects, small enough to stay quick."""

LATEST_MS = 253_402_300_799_999
"""The end of the year 9999: later times cannot be shown by anybody."""

_Id = Annotated[str, StringConstraints(min_length=1, max_length=512)]
_Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT, pattern=r"\S")]
_Name = Annotated[str, StringConstraints(max_length=1_024)]


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, alias_generator=to_camel, extra="ignore")

    debug: bool = False


class ListGroups(_Command):
    """Which groups may this conversation link?"""

    action: Literal["LIST_GROUPS"]


class SelectGroup(_Command):
    """Link this conversation to a group."""

    action: Literal["SELECT_GROUP"]
    group_id: _Id
    group_name: _Name | None = None


class ConfirmLink(_Command):
    """Link this conversation to the group that its SELECT_GROUP asked for: the code proves membership."""

    action: Literal["CONFIRM_LINK"]
    code: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class GetStatus(_Command):
    """The newest state of the timeline."""

    action: Literal["GET_STATUS"]


class GetContext(_Command):
    """What a language model is to be told."""

    action: Literal["GET_CONTEXT"]
    limit: Annotated[int, Field(ge=1, le=500)] | None = None


class EventData(BaseModel):
    """An event that the app has already understood."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    timestamp: Annotated[int, Field(ge=0, le=LATEST_MS)]
    type: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    details: Any = None


class AddEvent(_Command):
    """Add an event and tell the WhatsApp group."""

    action: Literal["ADD_EVENT"]
    text: _Text
    event_data: EventData | None = None


class RetrySync(_Command):
    """Send an event's text again."""

    action: Literal["RETRY_SYNC"]
    event_id: _Id


class DeleteEvents(_Command):
    """Remove events for good."""

    action: Literal["DELETE_EVENTS"]
    event_ids: Annotated[list[_Id], Field(min_length=1, max_length=MAX_IDS)]


class ResyncHistory(_Command):
    """Extract again what is logged."""

    action: Literal["RESYNC_HISTORY"]


class StartStandalone(_Command):
    """A timeline of its own, without a WhatsApp group."""

    action: Literal["START_STANDALONE"]
    title: _Name | None = None


class UnlinkGroup(_Command):
    """Take the link away."""

    action: Literal["UNLINK_GROUP"]


class DeleteConversation(_Command):
    """The conversation is gone from the app."""

    action: Literal["DELETE_CONVERSATION"]


class FreeText(BaseModel):
    """A text for people or for the app's language model, not for this worker."""

    model_config = ConfigDict(frozen=True)

    text: str
    debug: bool = False


GroupCommand = GetStatus | GetContext | AddEvent | RetrySync | DeleteEvents | ResyncHistory
"""The commands that a linked group carries out."""

LinkCommand = ListGroups | SelectGroup | ConfirmLink | StartStandalone | UnlinkGroup | DeleteConversation
"""The commands about the link itself: allowed while unlinked."""

Command = GroupCommand | LinkCommand

_commands: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="action")])


def parse_content(content: str) -> Command | FreeText:
    """Understand a router message's content.

    Raises InvalidMessage for a text that begins like a JSON object but is none, and for missing or ill-typed
    fields; UnknownAction for an action that does not exist.
    """
    if not content.lstrip().startswith("{"):
        return FreeText(text=content)
    try:
        raw = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InvalidMessage(
            f"The content begins like a JSON object but is none ({error.msg}): send one valid JSON object."
        ) from None
    return _parse_object(raw)


def _parse_object(raw: dict[str, Any]) -> Command:
    try:
        return _commands.validate_python(raw)
    except ValidationError as error:
        raise _explain(raw, error) from None


def _explain(raw: dict[str, Any], error: ValidationError) -> InvalidMessage | UnknownAction:
    first = error.errors(include_url=False, include_input=False)[0]
    match first["type"]:
        case "union_tag_not_found":
            return InvalidMessage('The field "action" is missing: say what to do, e.g. "LIST_GROUPS".')
        case "union_tag_invalid" if isinstance(raw["action"], str):
            shown = ascii(raw["action"][:40])
            return UnknownAction(f"There is no action {shown}: use one of {', '.join(ACTIONS)}.")
        case "union_tag_invalid":
            return InvalidMessage('The field "action" must be a text, e.g. "LIST_GROUPS".')
        case _:
            # The first part of the location is the action itself.
            field = ".".join(str(part)[:40] for part in first["loc"][1:])
            return InvalidMessage(
                f'The field "{ascii(field)[1:-1]}" of {raw["action"]} is wrong: {first["msg"]}.'
            )


ACTIONS = tuple(
    model.model_fields["action"].annotation.__args__[0]  # type: ignore[union-attr]
    for model in (
        ListGroups,
        SelectGroup,
        ConfirmLink,
        GetStatus,
        GetContext,
        AddEvent,
        RetrySync,
        DeleteEvents,
        ResyncHistory,
        StartStandalone,
        UnlinkGroup,
        DeleteConversation,
    )
)
