"""Which messages are traced, and what becomes of a trail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from household import Household
from making import GROUP, NOON, message
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from nanie_actors.errors import SettingsError
from nanie_actors.following.trails import Trails
from nanie_actors.model import GroupSeen, MessageArrived, MessageId
from nanie_actors.observability.otel import Spans
from nanie_actors.observability.tracing import Sampled, open_tracing
from nanie_actors.runtime import ManualClock
from nanie_actors.settings.telemetry_section import TelemetrySettings

Received = list[tuple[str, str | None, bytes]]


@pytest.fixture
def collector() -> Iterator[tuple[str, Received]]:
    """An address, and what was posted to it: path, content type, body."""
    received: Received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, self.headers["Content-Type"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", received
    server.shutdown()
    server.server_close()
    thread.join()


def traced(*conversations: str) -> dict[str, list[ReadableSpan]]:
    """The spans of one message by name; its conversations take the update a tenth of a second apart."""
    exporter = InMemorySpanExporter()
    spans = Spans(exporter)
    house = Household()
    house.tell(GroupSeen(GROUP, NOON, "Family", 3))
    house.run()
    for conversation in conversations:
        house.link(conversation, GROUP)
    house.tree.trails.follow(Sampled(1.0, spans.write))
    house.transport.open = False
    house.tell(MessageArrived(message(1)))
    house.run()
    for accepted in house.transport.waiting:
        house.clock.advance(0.1)
        accepted(True)
        house.run()
    spans.close()
    found: dict[str, list[ReadableSpan]] = {}
    for span in exporter.get_finished_spans():
        found.setdefault(span.name, []).append(span)
    return found


def seconds(span: ReadableSpan) -> float:
    assert span.start_time is not None
    assert span.end_time is not None
    return (span.end_time - span.start_time) / 1e9


def test_a_message_is_one_trace_with_a_span_for_each_stage() -> None:
    found = traced("anna")
    (whole,) = found.pop("message")
    assert list(found) == ["routed", "decided", "durable", "applied", "told", "encoded", "accepted"]
    for (span,) in found.values():
        assert span.parent is not None
        assert span.parent.span_id == whole.context.span_id
        assert span.context.trace_id == whole.context.trace_id
    assert seconds(whole) == seconds(found["accepted"][0]) == pytest.approx(0.1)
    assert whole.resource.attributes["service.name"] == "nanie"


def test_what_takes_long_in_one_conversation_is_not_laid_at_another_ones_door() -> None:
    first, second = sorted(traced("anna", "bert")["accepted"], key=seconds)
    assert [seconds(first), seconds(second)] == pytest.approx([0.1, 0.2])


def test_no_span_names_a_group_or_a_conversation() -> None:
    found = traced("anna", "bert")
    told = str([(span.name, span.attributes) for spans in found.values() for span in spans])
    assert "anna" not in told
    assert GROUP not in told
    assert "conversation" in told


def test_about_the_share_that_is_asked_for_is_traced_and_always_the_same_messages() -> None:
    names = [MessageId(f"M{number}") for number in range(2_000)]
    chosen = [name for name in names if Sampled(0.1, lambda _: None).wants(GROUP, name)]
    assert 150 < len(chosen) < 250
    assert chosen == [name for name in names if Sampled(0.1, lambda _: None).wants(GROUP, name)]
    more = Sampled(0.5, lambda _: None)
    assert all(more.wants(GROUP, name) for name in chosen)
    assert not any(Sampled(0.0, lambda _: None).wants(GROUP, name) for name in names)


def test_traces_reach_a_collector_before_the_worker_has_stopped(collector: tuple[str, Received]) -> None:
    endpoint, received = collector
    trails = Trails(ManualClock(NOON))
    close = open_tracing(TelemetrySettings(otlp_endpoint=endpoint, sample=1.0), trails)
    trail = trails.begin(MessageArrived(message(1)))
    assert trail is not None
    trail.mark("routed", "gateway")
    trail.settle()
    close()
    assert trails.begin(MessageArrived(message(2))) is None
    ((path, kind, body),) = received
    assert (path, kind) == ("/v1/traces", "application/x-protobuf")
    assert b"routed" in body


def test_without_an_address_nothing_is_followed() -> None:
    trails = Trails(ManualClock())
    close = open_tracing(TelemetrySettings(), trails)
    assert not trails.following
    close()


def test_without_the_library_the_setting_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "nanie_actors.observability.otel", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    trails = Trails(ManualClock())
    with pytest.raises(SettingsError, match=r"pip install 'nanie-actors\[otel\]'"):
        open_tracing(TelemetrySettings(otlp_endpoint="http://127.0.0.1:4318/v1/traces"), trails)
    assert not trails.following


@pytest.mark.parametrize("text", ["127.0.0.1:4318", "grpc://collector", "http://"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        TelemetrySettings(otlp_endpoint=text)
