"""Trails as OpenTelemetry traces. No span holds the name or id of a group, a person or a conversation."""

from __future__ import annotations

from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import set_span_in_context

from nanie_actors import __version__
from nanie_actors.following.trail import Step, Trail

SENT_WITHIN_S: Final = 2.0
"""How long a collector may take for a batch; a stop of the worker waits that long for the last one."""


def to_collector(endpoint: str) -> SpanExporter:
    """Sends spans to an OTLP collector over HTTP; `endpoint` is the whole address."""
    return OTLPSpanExporter(endpoint=endpoint, timeout=SENT_WITHIN_S)


class Spans:
    """Makes a trace of each trail; a thread of the library's own sends them, in batches. Thread-safe."""

    def __init__(self, exporter: SpanExporter) -> None:
        resource = Resource.create({SERVICE_NAME: "nanie", SERVICE_VERSION: __version__})
        # What is written was sampled already.
        self._provider = TracerProvider(sampler=ALWAYS_ON, resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("nanie_actors")

    def write(self, trail: Trail) -> None:
        """One span for the message, and in it one for each stage: from the stage before it to its own."""
        steps = tuple(trail.steps)
        began_ns = trail.began_ms * 1_000_000
        whole = self._tracer.start_span("message", start_time=began_ns)
        within = set_span_in_context(whole)
        for place, step in enumerate(steps[1:], 1):
            span = self._tracer.start_span(
                step.stage,
                within,
                attributes={"nanie.actor": _kind(step)},
                start_time=began_ns + _before(steps, place).at_us * 1_000,
            )
            span.end(began_ns + step.at_us * 1_000)
        whole.end(began_ns + max(step.at_us for step in steps) * 1_000)

    def close(self) -> None:
        """Send what is left, and end the thread."""
        self._provider.shutdown()


def _kind(step: Step) -> str:
    return step.actor.partition("/")[0]


def _before(steps: tuple[Step, ...], place: int) -> Step:
    """The step that led to this one. What happens in one conversation does not wait for another one."""
    actor = steps[place].actor
    others = (
        step for step in reversed(steps[:place]) if step.actor == actor or _kind(step) != "conversation"
    )
    return next(others)
