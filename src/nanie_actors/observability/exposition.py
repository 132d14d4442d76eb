"""Readings in the form that Prometheus collects. The table of all metrics stands in `catalogue`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from nanie_actors.histogram import Distribution
from nanie_actors.model import ConnectionState
from nanie_actors.observability.catalogue import METRICS, Description
from nanie_actors.observability.readings import Reading
from nanie_actors.timeline.outbox import OutboxState

Labels = tuple[str, ...]
Values = Mapping[Labels, float]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(reading: Reading) -> bytes:
    """The text that `/metrics` answers with."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(reading))
    return generate_latest(registry)


class _Once:
    """A collector of one reading."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def collect(self) -> Iterable[Metric]:
        values = dict(_plain(self._reading))
        times = dict(_distributions(self._reading))
        for described in METRICS:
            if described.form == "histogram":
                yield _histogram(described, times[described.name])
            else:
                yield _family(described, values[described.name])


def _family(described: Description, values: Values) -> Metric:
    form = GaugeMetricFamily if described.form == "gauge" else CounterMetricFamily
    family = form(described.name, described.help, labels=described.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def _histogram(described: Description, values: Mapping[Labels, Distribution]) -> Metric:
    family = HistogramMetricFamily(described.name, described.help, labels=described.labels)
    for labels, times in values.items():
        family.add_metric(labels, _buckets(times), times.total)
    return family


def _buckets(times: Distribution) -> list[tuple[str, float]]:
    """Prometheus counts what is at most as large, smaller ones included."""
    buckets: list[tuple[str, float]] = []
    so_far = 0
    for bound, count in zip((*times.bounds, None), times.counts, strict=True):
        so_far += count
        buckets.append(("+Inf" if bound is None else str(bound), so_far))
    return buckets


def _plain(reading: Reading) -> Iterator[tuple[str, Values]]:
    yield "nanie_info", {(reading.version,): 1}
    yield "nanie_start_time_seconds", {(): reading.started_ms / 1000}
    yield "nanie_unanswered", {(): len(reading.unanswered)}
    yield from _actors(reading)
    yield (
        "nanie_dead_letters",
        {(kind.reason, kind.recipient_kind): count for kind, count in reading.dead_letters.items()},
    )
    yield "nanie_ingress_events", {(): reading.ingress[0]}
    yield "nanie_ingress_waits", {(): reading.ingress[1]}
    yield "nanie_inbox_commands", {(): reading.inbox[0]}
    yield "nanie_inbox_waits", {(): reading.inbox[1]}
    yield "nanie_commands_rate_limited", {(): reading.rows_refused}
    yield from _log(reading)
    yield from _edges(reading)
    yield from _model(reading)
    yield "nanie_groups", {(life,): count for life, count in reading.groups.items()}
    yield "nanie_groups_known", {(): reading.known_groups}
    yield "nanie_groups_quarantined", {(): reading.quarantined}
    yield "nanie_conversations", {(life,): count for life, count in reading.conversations.items()}
    yield "nanie_conversations_linked", {(): reading.linked}


def _actors(reading: Reading) -> Iterator[tuple[str, Values]]:
    kinds = reading.kinds
    yield (
        "nanie_actors",
        {(kind, state): count for kind, of in kinds.items() for state, count in of.states.items()},
    )
    yield (
        "nanie_mailbox_messages",
        {
            (kind, lane): count
            for kind, of in kinds.items()
            for lane, count in (("user", of.mail), ("system", of.system_mail))
        },
    )
    yield "nanie_mailbox_oldest_seconds", {(kind,): of.oldest_mail_s for kind, of in kinds.items()}
    yield "nanie_turn_seconds", {(kind,): of.longest_turn_s for kind, of in kinds.items()}
    yield "nanie_messages_handled", {(kind,): of.deeds.handled for kind, of in kinds.items()}
    yield "nanie_messages_failed", {(kind,): of.deeds.failed for kind, of in kinds.items()}
    yield "nanie_restarts", {(kind,): of.deeds.restarts for kind, of in kinds.items()}


def _log(reading: Reading) -> Iterator[tuple[str, Values]]:
    log = reading.log
    yield "nanie_log_failing", {(): int(log.failing)}
    yield "nanie_log_lines", {(): log.lines}
    yield "nanie_log_bytes", {(): log.bytes}
    yield "nanie_log_failures", {(): log.failures}
    yield "nanie_log_segments", {(): log.segments}
    yield "nanie_log_retained_bytes", {(): log.retained_bytes}


def _model(reading: Reading) -> Iterator[tuple[str, Values]]:
    """Nothing where there is no language model."""
    model = reading.model
    yield "nanie_model_answers", {} if model is None else {(): int(model.answers)}
    yield "nanie_model_questions_waiting", {} if model is None else {(): model.waiting}
    yield "nanie_model_questions_asked", {} if model is None else {(): model.asked}
    outcomes = {} if model is None else model.outcomes
    yield "nanie_model_questions", {(outcome,): count for outcome, count in outcomes.items()}


def _edges(reading: Reading) -> Iterator[tuple[str, Values]]:
    states = get_args(ConnectionState)
    yield "nanie_whatsapp_sources", {(state,): reading.connections.get(state, 0) for state in states}
    yield "nanie_texts", {(outcome,): count for outcome, count in reading.texts.items()}
    states = get_args(OutboxState)
    yield "nanie_outbox_texts", {(state,): reading.outbox.get(state, 0) for state in states}
    traffic = reading.traffic
    yield "nanie_replies", {(name,): of.replies for name, of in traffic.items()}
    yield "nanie_pushes", {(name,): of.pushes for name, of in traffic.items()}
    yield "nanie_deliveries_refused", {(name,): of.refused for name, of in traffic.items()}
    yield "nanie_deliveries_under_way", {(name,): of.under_way for name, of in traffic.items()}


def _distributions(reading: Reading) -> Iterator[tuple[str, Mapping[Labels, Distribution]]]:
    yield "nanie_log_flush_seconds", {(): reading.log.flush_times}
    yield "nanie_delivery_seconds", {(name,): of.taken_in for name, of in reading.traffic.items()}
