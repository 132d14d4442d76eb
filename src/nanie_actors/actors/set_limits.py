"""The limits that actors are given, as the settings say them."""

from __future__ import annotations

from nanie_actors.actors.conversation_ties import ConversationLimits
from nanie_actors.actors.services import GroupLimits
from nanie_actors.actors.token_bucket import Rate
from nanie_actors.runtime import RestartPolicy
from nanie_actors.settings import Settings


def group_limits(settings: Settings) -> GroupLimits:
    """Of each group."""
    return GroupLimits(
        passivate_after_s=settings.groups.passivate_after_s,
        message_log=settings.groups.message_log,
        recent_messages=settings.groups.recent_messages,
        shown_events=settings.push.events,
        outbox_first_delay_s=settings.outbox.first_delay_s,
        outbox_max_delay_s=settings.outbox.max_delay_s,
        on_orphaned=settings.groups.on_orphaned,
    )


def conversation_limits(settings: Settings) -> ConversationLimits:
    """Of each conversation."""
    return ConversationLimits(
        push_interval_s=settings.push.interval_s,
        command_deadline_s=settings.router.command_deadline_s,
        passivate_after_s=settings.groups.passivate_after_s,
        pushes=Rate.per_minute(settings.limits.pushes_per_minute, burst=settings.limits.pushes_burst),
    )


def restart_policy(settings: Settings) -> RestartPolicy:
    """When an actor that fails is started again."""
    limits = settings.supervision
    return RestartPolicy(
        max_restarts=limits.max_restarts,
        window_s=limits.window_s,
        first_delay_s=limits.first_delay_s,
        factor=limits.factor,
        max_delay_s=limits.max_delay_s,
    )
