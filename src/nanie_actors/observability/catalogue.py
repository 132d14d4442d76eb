"""All metrics: name, form, labels, meaning. docs/metrics.md shows this table; alerts may use nothing else.

No label holds the name or id of a group, a person or a conversation: their number does not grow with those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Form = Literal["gauge", "counter", "histogram"]


@dataclass(frozen=True, slots=True)
class Description:
    """One metric. A counter is shown with `_total` behind its name, a histogram with `_bucket` and so on."""

    name: str
    form: Form
    help: str
    labels: tuple[str, ...] = ()

    @property
    def shown_as(self) -> str:
        """The name that queries use."""
        return f"{self.name}_total" if self.form == "counter" else self.name


METRICS: tuple[Description, ...] = (
    Description("nanie_info", "gauge", "Always 1; the version is a label.", ("version",)),
    Description("nanie_start_time_seconds", "gauge", "When the worker was started, in Unix time."),
    Description("nanie_unanswered", "gauge", "Of guardian, registry and gateway, how many did not answer."),
    Description("nanie_actors", "gauge", "Living actors by class and state.", ("kind", "state")),
    Description("nanie_mailbox_messages", "gauge", "Messages waiting, by class and lane.", ("kind", "lane")),
    Description(
        "nanie_mailbox_oldest_seconds",
        "gauge",
        "How long the oldest message has waited at least: since metrics were read and showed it first.",
        ("kind",),
    ),
    Description("nanie_turn_seconds", "gauge", "How long the longest turn under way has taken.", ("kind",)),
    Description("nanie_messages_handled", "counter", "Messages handled, well or not.", ("kind",)),
    Description("nanie_messages_failed", "counter", "Messages whose handling failed.", ("kind",)),
    Description("nanie_restarts", "counter", "Actors started again after a failure.", ("kind",)),
    Description("nanie_dead_letters", "counter", "Messages that nobody handles.", ("reason", "kind")),
    Description("nanie_ingress_events", "gauge", "Events from WhatsApp that are not on disk yet."),
    Description("nanie_ingress_waits", "counter", "How often a WhatsApp source had to wait for a place."),
    Description("nanie_inbox_commands", "gauge", "Commands that are not answered yet."),
    Description("nanie_inbox_waits", "counter", "How often a transport had to wait for a place."),
    Description("nanie_commands_rate_limited", "counter", "Commands refused since there were too many."),
    Description("nanie_log_failing", "gauge", "1 while the disk refuses to write the shared log."),
    Description("nanie_log_lines", "counter", "Records made durable in the shared log."),
    Description("nanie_log_bytes", "counter", "Bytes made durable in the shared log."),
    Description("nanie_log_failures", "counter", "Batches of the shared log that the disk refused."),
    Description("nanie_log_segments", "gauge", "Files of the shared log."),
    Description("nanie_log_retained_bytes", "gauge", "Records that groups have not in their own files yet."),
    Description("nanie_log_flush_seconds", "histogram", "From the forming of a batch until it is durable."),
    Description("nanie_whatsapp_sources", "gauge", "WhatsApp sources by state of connection.", ("state",)),
    Description("nanie_texts", "counter", "Texts handed to WhatsApp, by outcome.", ("outcome",)),
    Description(
        "nanie_outbox_texts",
        "gauge",
        "Texts for WhatsApp that are not sent, by state, of groups that are awake.",
        ("state",),
    ),
    Description("nanie_model_answers", "gauge", "1 while the language model answers, 0 while it does not."),
    Description(
        "nanie_model_questions_waiting", "gauge", "Questions to the language model that wait for their turn."
    ),
    Description("nanie_model_questions_asked", "gauge", "Questions that are with the language model."),
    Description(
        "nanie_model_questions",
        "counter",
        "Questions to the language model, by outcome: read, unusable, refused, unreachable, given_up.",
        ("outcome",),
    ),
    Description("nanie_replies", "counter", "Replies handed to a transport.", ("transport",)),
    Description("nanie_pushes", "counter", "Timeline updates handed to a transport.", ("transport",)),
    Description(
        "nanie_deliveries_refused", "counter", "Replies and pushes that never arrive.", ("transport",)
    ),
    Description(
        "nanie_deliveries_under_way", "gauge", "Replies and pushes not accepted yet.", ("transport",)
    ),
    Description(
        "nanie_delivery_seconds",
        "histogram",
        "From handing over until the other side has it.",
        ("transport",),
    ),
    Description("nanie_groups", "gauge", "Groups by life; those asleep are not counted.", ("life",)),
    Description("nanie_groups_known", "gauge", "Groups that the account has told of."),
    Description("nanie_groups_quarantined", "gauge", "Groups that wait for retry or skip."),
    Description(
        "nanie_conversations", "gauge", "Conversations by life; sleeping ones are not counted.", ("life",)
    ),
    Description("nanie_conversations_linked", "gauge", "Conversations that are linked to a group."),
)
