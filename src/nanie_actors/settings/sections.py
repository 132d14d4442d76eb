"""The sections of the settings: every setting with its type, range and default.

What each one means to an operator stands in `config/nanie.toml`, which a test holds against this file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Section(BaseModel):
    """One table of the settings file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _known_zone(name: str) -> str:
    if name:
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError) as error:  # which one depends on what the name does to a path
            raise ValueError("is no time zone: use a name like Europe/Berlin or UTC") from error
    return name


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError("names a user whose home directory is unknown") from error


def expanded_or_none(path: Path | None) -> Path | None:
    """A path with its `~` understood."""
    return None if path is None else _expanded(path)


class WorkerSettings(Section):
    """The actors' threads and the end of the process."""

    threads: Annotated[int, Field(ge=2, le=64)] = 4
    stop_deadline_s: Seconds = 20.0


class StateSettings(Section):
    """Where everything durable lives."""

    dir: Annotated[Path, AfterValidator(_expanded)] = Path("nanie")


class TimeSettings(Section):
    """The household's clock."""

    zone: Annotated[str, AfterValidator(_known_zone)] = ""


class ExtractionSettings(Section):
    """What turns messages into events."""

    extractor: Annotated[str, Field(min_length=1)] = "care"


class GroupSettings(Section):
    """The life of a group's actor, and what is kept of its messages."""

    passivate_after_s: Seconds = 600.0
    message_log: Count = 100_000
    message_days: Annotated[int, Field(ge=0, le=36_500)] = 0
    recent_messages: Annotated[int, Field(ge=0, le=10_000)] = 50
    on_orphaned: Literal["archive", "keep", "erase"] = "archive"


class IngressSettings(Section):
    """Back-pressure on the WhatsApp side."""

    in_flight: Count = 8192


class WhatsAppSettings(Section):
    """The live account: what the phone shows, how texts are paced, and how a lost connection is handled."""

    device_name: Annotated[str, Field(min_length=1, max_length=64)] = "nanie"
    history_days: Annotated[int, Field(ge=0, le=3650)] = 30
    send_interval_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 3.0
    sends_per_minute: Count = 12
    first_retry_s: Seconds = 2.0
    max_retry_s: Seconds = 300.0
    replaced_wait_s: Seconds = 900.0
    announce_after_s: Seconds = 30.0
    journal_segment_bytes: Annotated[int, Field(ge=65_536)] = 8_388_608

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_retry_s < self.first_retry_s:
            raise ValueError("max_retry_s must not be below first_retry_s")
        return self


class SupabaseSettings(Section):
    """The app's database: where it is, and how it is read and written."""

    url: str = ""
    key: SecretStr = SecretStr("")
    key_file: Annotated[Path | None, AfterValidator(expanded_or_none)] = None
    poll_interval_s: Seconds = 2.0
    realtime: bool = True
    private_broadcasts: bool = False
    first_look_back_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 300.0
    sweep_after_s: Seconds = 300.0
    request_timeout_s: Seconds = 10.0
    broadcast_bytes: Annotated[int, Field(ge=1024)] = 250_000
    connections: Annotated[int, Field(ge=1, le=64)] = 4


class RouterSettings(Section):
    """The app's side: back-pressure, and which rows are for this worker."""

    unanswered: Count = 1024
    row_bytes: Annotated[int, Field(ge=1024)] = 1_048_576
    agent_id: Annotated[str, Field(min_length=1)] = "nanie-agent"
    room_id: str = ""
    command_deadline_s: Seconds = 30.0


class PushSettings(Section):
    """Timeline updates to the conversations."""

    interval_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.1
    events: Count = 500


class SupervisionSettings(Section):
    """When a failing actor is started again, and when it is not."""

    max_restarts: Annotated[int, Field(ge=0)] = 5
    window_s: Seconds = 60.0
    first_delay_s: Seconds = 0.1
    factor: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 2.0
    max_delay_s: Seconds = 30.0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_delays(self.first_delay_s, self.max_delay_s)
        return self


class AllowRule(Section):
    """Conversations, and who writes in them, that may link groups; all shell patterns (`*`, `?`, `[abc]`)."""

    conversation: str = "*"
    sender: str = "*"
    group: str = "*"


class AccessSettings(Section):
    """Who may link which group."""

    policy: Literal["open", "allowlist", "code"] = "open"
    allow: tuple[AllowRule, ...] = ()
    code_valid_s: Seconds = 600.0
    code_tries: Annotated[int, Field(ge=1, le=20)] = 5
    codes_per_hour: Count = 6
    group_codes_per_hour: Count = 12
    audit_bytes: Annotated[int, Field(ge=65_536)] = 8_388_608
    audit_files: Annotated[int, Field(ge=1, le=1_000)] = 8


class LimitSettings(Section):
    """What one tenant may take from the others: token buckets, each with a rate and a burst."""

    commands_per_minute: Count = 1_200
    commands_burst: Count = 2_000
    pushes_per_minute: Count = 300
    pushes_burst: Count = 100
    events_per_minute: Count = 3_000
    events_burst: Count = 2_000


class OutboxSettings(Section):
    """Second and later attempts at sending a text to WhatsApp."""

    first_delay_s: Seconds = 5.0
    max_delay_s: Seconds = 3600.0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_delays(self.first_delay_s, self.max_delay_s)
        return self


class StorageSettings(Section):
    """The shared write-ahead log."""

    segment_bytes: Annotated[int, Field(ge=65_536)] = 16_777_216
    segments: Annotated[int, Field(ge=2)] = 4


class LogSettings(Section):
    """What is logged, and in which form."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "human", "json"] = "auto"


class ReplaySettings(Section):
    """How an exported chat is read and played."""

    date_order: Literal["auto", "dmy", "mdy"] = "auto"
    speed: Seconds | None = None


def _check_delays(first: float, longest: float) -> None:
    if longest < first:
        raise ValueError("max_delay_s must not be below first_delay_s")
