"""Checks of the language model: whether it can be asked, and whether what it answers is of use."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import datetime

from nanie_actors.cli.checks.outcome import Check, failed, ok, warning
from nanie_actors.errors import SettingsError
from nanie_actors.llm.answer import events_of
from nanie_actors.llm.failures import ModelFailure, Unreachable, Unusable
from nanie_actors.llm.prompt import prompt_of
from nanie_actors.llm_opening import open_provider
from nanie_actors.model import EpochMs, GroupId, MessageId, SenderId
from nanie_actors.settings import Settings
from nanie_actors.timeline.questions import Question

NAME = "language model"


def check_model(settings: Settings) -> Iterator[Check]:
    """Asks it about a message that nobody wrote; costs what one message costs."""
    try:
        zone = settings.zone()
        provider = open_provider(settings)
    except SettingsError as error:
        yield failed(NAME, "cannot be used", str(error))
        return
    noon = datetime.now(zone).replace(hour=12, minute=0, second=0, microsecond=0)
    at = EpochMs(round(noon.timestamp() * 1000))
    who = (SenderId("nobody"), MessageId("test"))
    question = Question(GroupId("doctor"), who, 0, "Fed at 10:30, bottle 120 ml", at)

    async def ask() -> str:
        async with asyncio.timeout(settings.llm.timeout_s):
            return await provider.complete(prompt_of(question, zone))

    began = time.monotonic()
    try:
        events = events_of(asyncio.run(ask()), question, zone)
    except TimeoutError:
        yield _told(Unreachable("no answer in time"))
    except ModelFailure as failure:
        yield _told(failure)
    else:
        ten_thirty = round(noon.replace(hour=10, minute=30).timestamp() * 1000)
        right = [(event.type, event.timestamp) for event in events] == [("feeding", ten_thirty)]
        took = f"answers within {time.monotonic() - began:.1f} s"
        if right:
            yield ok(NAME, took)
        else:
            yield warning(
                NAME, f"{took}, but reads a plain message wrongly", "try a larger model in llm.model."
            )


def _told(failure: ModelFailure) -> Check:
    if isinstance(failure, Unusable):
        return warning(NAME, f"answers, but of no use: {failure.reason}", "try a larger model in llm.model.")
    advice = "are llm.model, llm.base_url and llm.key right, and is this machine online?"
    return failed(NAME, f"does not answer: {failure.reason}", advice)
