"""The settings of traces."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from nanie_actors.settings.sections import Section


def _address(text: str) -> str:
    if text and (urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname):
        raise ValueError("is no address: use one like http://127.0.0.1:4318/v1/traces")
    return text


class TelemetrySettings(Section):
    """Where traces are sent, and how many."""

    otlp_endpoint: Annotated[str, AfterValidator(_address)] = ""
    sample: Annotated[float, Field(ge=0, le=1)] = 0.01
