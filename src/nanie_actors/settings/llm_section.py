"""The settings of the language model that reads messages."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from nanie_actors.settings.sections import Count, Seconds, Section


def _model(text: str) -> str:
    provider, colon, model = text.partition(":")
    if text and not (provider.strip() and colon and model.strip()):
        raise ValueError("must name a provider and its model, like openai:gpt-5-mini")
    return text


def _address(text: str) -> str:
    if text and (urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname):
        raise ValueError("is no address: use one like http://127.0.0.1:11434/v1")
    return text


class LlmSettings(Section):
    """Which model, and how much of it."""

    model: Annotated[str, AfterValidator(_model)] = ""
    base_url: Annotated[str, AfterValidator(_address)] = ""
    key: SecretStr = SecretStr("")
    timeout_s: Seconds = 30.0
    parallel: Annotated[int, Field(ge=1, le=64)] = 4
    per_minute: Count = 60
    per_day: Count = 5_000
    tries: Annotated[int, Field(ge=1, le=10)] = 3
    max_pause_s: Seconds = 300.0
    history: Annotated[int, Field(ge=0, le=1_000)] = 200
