"""What a real worker exposes, as Prometheus' own parser reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from actor_systems import eventually
from making import GROUP, OTHER_GROUP, message
from prometheus_client.parser import text_string_to_metric_families

from nanie_actors.assembly import Worker
from nanie_actors.histogram import Distribution
from nanie_actors.messages import GroupIdle
from nanie_actors.model import ConversationId, EpochMs, GroupSeen, MessageArrived, RowId
from nanie_actors.observability.catalogue import METRICS
from nanie_actors.observability.exposition import exposition
from nanie_actors.observability.readings import Reader
from nanie_actors.router.edge import RouterRow
from nanie_actors.router.memory import MemoryTransport
from nanie_actors.settings import Settings

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    settings = Settings.model_validate({"state": {"dir": str(tmp_path / "nanie")}})
    worker = Worker(settings, transports=[MemoryTransport("memory")])
    worker.start()
    yield worker
    worker.stop()


def parsed(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(worker: Worker) -> Samples:
    return parsed(worker.control.metrics())


def test_every_metric_of_the_catalogue_is_there_with_its_form_and_meaning(worker: Worker) -> None:
    families = {
        family.name: (family.type, family.documentation)
        for family in text_string_to_metric_families(worker.control.metrics())
    }
    assert families == {metric.name: (metric.form, metric.help) for metric in METRICS}


def test_traffic_is_counted_and_nobody_is_named(worker: Worker) -> None:
    transport = worker.transports[0]
    assert isinstance(transport, MemoryTransport)
    ingress = worker.tree.whatsapp_door()
    for group in (GROUP, OTHER_GROUP):
        ingress.put(GroupSeen(group, EpochMs(1), "Sunday runners", 3))
    ingress.put(MessageArrived(message(1, "the secret text")))
    assert worker.tree.ingress.wait_empty(30)
    transport.put(
        RouterRow(
            RowId("r1"),
            ConversationId("anna"),
            f'{{"action":"SELECT_GROUP","groupId":"{GROUP}"}}',
            "memory",
        )
    )
    assert worker.tree.inbox.wait_empty(30)
    text = worker.control.metrics()
    samples = parsed(text)
    assert samples["nanie_replies_total", frozenset({("transport", "memory")})] == 2
    assert samples["nanie_delivery_seconds_count", frozenset({("transport", "memory")})] >= 2
    assert samples["nanie_groups_known", frozenset()] == 2
    assert samples["nanie_conversations_linked", frozenset()] == 1
    assert samples["nanie_log_lines_total", frozenset()] >= 3
    assert samples["nanie_log_flush_seconds_count", frozenset()] >= 1
    assert samples["nanie_messages_handled_total", frozenset({("kind", "GroupActor")})] >= 3
    for private in (GROUP, OTHER_GROUP, "Sunday", "anna", "secret", "alice"):
        assert private not in text


def test_what_an_actor_did_still_counts_when_it_is_gone(worker: Worker) -> None:
    """A total that fell would look like a new start of the worker."""
    group = worker.tree.whatsapp_door()
    group.put(GroupSeen(GROUP, EpochMs(1), "Family", 3))
    assert worker.tree.ingress.wait_empty(30)
    reader = Reader(worker)
    before = reader.read().kinds["GroupActor"].deeds.handled
    worker.tree.registry.tell(GroupIdle(GROUP))
    assert eventually(lambda: worker.system.find(f"group/{GROUP}") is None)
    assert reader.read().kinds["GroupActor"].deeds.handled >= before > 0


def test_buckets_count_what_is_smaller_too_and_end_with_all(worker: Worker) -> None:
    reading = Reader(worker).read()
    traffic = reading.traffic["memory"]
    times = Distribution((0.1, 1.0), (3, 2, 1), 9.5)
    object.__setattr__(traffic, "taken_in", times)
    samples = parsed(exposition(reading).decode())
    told = {
        bound: samples["nanie_delivery_seconds_bucket", frozenset({("transport", "memory"), ("le", bound)})]
        for bound in ("0.1", "1.0", "+Inf")
    }
    assert told == {"0.1": 3, "1.0": 5, "+Inf": 6}
    assert samples["nanie_delivery_seconds_sum", frozenset({("transport", "memory")})] == 9.5


def test_the_text_does_not_grow_with_the_groups(worker: Worker) -> None:
    before = len(worker.control.metrics().splitlines())
    ingress = worker.tree.whatsapp_door()
    for number in range(100):
        ingress.put(GroupSeen(type(GROUP)(f"{120363000000001000 + number}@g.us"), EpochMs(1), "x", 3))
    assert worker.tree.ingress.wait_empty(60)
    after = len(worker.control.metrics().splitlines())
    assert after - before < 25


DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_the_documentation_has_the_table_of_all_metrics() -> None:
    rows = re.findall(
        r"^\| `(nanie_\w+)` \| (\w+) \| (.*?) \| (.+) \|$", DOCS.read_text("utf-8"), re.MULTILINE
    )
    assert rows == [
        (metric.shown_as, metric.form, ", ".join(metric.labels), metric.help) for metric in METRICS
    ]
