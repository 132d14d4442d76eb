"""The settings of the NATS router: where the servers are, who we are there, and what is kept for how long."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from nanie_actors.settings.sections import Seconds, Section, expanded_or_none

PREFIX = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""No underscore: names of streams have one where subjects have a dot, and must not meet."""


def _prefix(text: str) -> str:
    if not PREFIX.fullmatch(text) or len(text) > 128:
        raise ValueError('must be words of letters, digits and "-" with dots between them, like app.nanie')
    return text


File = Annotated[Path | None, AfterValidator(expanded_or_none)]


class NatsSettings(Section):
    """The app's NATS: where it is, and how it is read and written."""

    url: str = ""
    creds_file: File = None
    user: str = ""
    password: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")
    ca_file: File = None
    cert_file: File = None
    key_file: File = None
    prefix: Annotated[str, AfterValidator(_prefix)] = "nanie"
    first_look_back_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 300.0
    request_timeout_s: Seconds = 5.0
    in_flight: Annotated[int, Field(ge=1, le=1024)] = 64
    keep_s: Annotated[float, Field(ge=60, allow_inf_nan=False)] = 604_800.0
    keep_replies_s: Annotated[float, Field(ge=60, allow_inf_nan=False)] = 3_600.0
    replicas: Annotated[int, Field(ge=1, le=5)] = 1
