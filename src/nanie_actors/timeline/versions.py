"""Which version of an event counts, and what is kept of those that it replaced. Pure.

A version is as new as the edit that it was read after; what was never edited is the oldest. So it does not
matter in which order edits become known, nor how often.
"""

from __future__ import annotations

from typing import Final

from nanie_actors.model import EpochMs
from nanie_actors.timeline.event import PastVersion, TimelineEvent
from nanie_actors.value import with_changes

KEPT_VERSIONS: Final = 10
"""Past versions that an event keeps. WhatsApp lets people edit for 15 minutes: few ever need three."""


def version_of(event: TimelineEvent) -> EpochMs:
    """When the text that the event was read from was written over another; 0 for the first one."""
    return event.edited_at or EpochMs(0)


def newer(before: TimelineEvent, fresh: TimelineEvent) -> TimelineEvent:
    """Of two versions of one event the newer; it keeps what the older one said.

    Of the same version the one that came last counts: the reading may have become a better one.
    """
    if version_of(fresh) < version_of(before):
        return before
    if fresh.history:
        return fresh
    if version_of(fresh) == version_of(before):
        return with_changes(fresh, history=before.history) if before.history else fresh
    return with_changes(fresh, history=_with_past(before, version_of(fresh)))


def _with_past(before: TimelineEvent, until: EpochMs) -> tuple[PastVersion, ...]:
    past = PastVersion(before.label, before.details, before.type, before.timestamp, until)
    return (*before.history, past)[-KEPT_VERSIONS:]
