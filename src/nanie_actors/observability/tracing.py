"""Traces of sampled messages: which ones, and who is told. What knows OpenTelemetry stands in `otel`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from zlib import crc32

from nanie_actors.errors import SettingsError
from nanie_actors.following.trail import Trail
from nanie_actors.following.trails import Trails
from nanie_actors.model import GroupId, MessageId

if TYPE_CHECKING:
    from nanie_actors.settings.telemetry_section import TelemetrySettings

_CHECKSUMS: Final = 1 << 32


class Sampled:
    """Implements following.trail.Follower: a share of all messages, each of them whole.

    The same message is always decided the same way, so a repetition is traced if the first one was.
    """

    def __init__(self, share: float, write: Callable[[Trail], None]) -> None:
        """`share` from 0 to 1. `write` is given a trail once it is done, on an actor's thread."""
        self._below = share * _CHECKSUMS
        self._write = write

    def wants(self, group: GroupId, message: MessageId) -> bool:
        """Whether this message is in the sample."""
        return crc32(f"{group} {message}".encode()) < self._below

    def heard(self, trail: Trail) -> None:
        """Only whole trails become traces."""
        if trail.done:
            self._write(trail)


def open_tracing(settings: TelemetrySettings, trails: Trails) -> Callable[[], None]:
    """Trace from now on, if that is wished; what is returned sends what is left, and ends it.

    Raises SettingsError if the library for it is not installed.
    """
    if not settings.otlp_endpoint:
        return _nothing
    try:
        # Imported when needed: it takes a second, and most workers do without.
        from nanie_actors.observability.otel import Spans, to_collector
    except ImportError as error:
        raise SettingsError(
            f"telemetry.otlp_endpoint is set, but {error.name} is not installed: "
            "pip install 'nanie-actors[otel]', or leave the setting empty."
        ) from None
    spans = Spans(to_collector(settings.otlp_endpoint))
    unfollow = trails.follow(Sampled(settings.sample, spans.write))

    def close() -> None:
        unfollow()
        spans.close()

    return close


def _nothing() -> None:
    pass
