"""What operators are given to import speaks of metrics that there are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from promql_parser import AggregateExpr, Call, Expr, MatrixSelector, VectorSelector, parse, walk

from nanie_actors.observability.catalogue import METRICS, Description

CONFIG = Path(__file__).parents[2] / "config"
OF_HISTOGRAMS = ("_bucket", "_sum", "_count")


def names_shown(metric: Description) -> list[str]:
    if metric.form == "histogram":
        return [metric.name + ending for ending in OF_HISTOGRAMS]
    return [metric.shown_as]


KNOWN = {name: metric for metric in METRICS for name in names_shown(metric)}


def rules() -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load((CONFIG / "alerts.yml").read_text("utf-8"))["groups"]:
        yield from group["rules"]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads((CONFIG / "grafana-dashboard.json").read_bytes())["panels"]
    return found


def expressions() -> Iterator[tuple[str, str]]:
    """Every query, with the texts that show its labels."""
    for rule in rules():
        yield rule["expr"], " ".join(rule["annotations"].values())
    for panel in panels():
        for target in panel["targets"]:
            yield target["expr"], target["legendFormat"]


class Query:
    """What a query looks at, by Prometheus' own grammar; names with how often they are looked at."""

    def __init__(self, expression: str) -> None:
        self.names: Counter[str] = Counter()
        self.growth: Counter[str] = Counter()
        self.labels: set[str] = set()
        walk(parse(expression), self._see)

    def _see(self, node: Expr) -> None:
        match node:
            case VectorSelector():  # those with a range are seen as well, within it
                self.names[str(node.name)] += 1
                self.labels.update(matcher.name for matcher in node.matchers.matchers)
            case AggregateExpr() if node.modifier is not None:
                self.labels.update(node.modifier.labels)
            case Call() if node.func.name in ("rate", "increase"):
                ranges = [argument for argument in node.args if isinstance(argument, MatrixSelector)]
                self.growth.update(str(range.vector_selector.name) for range in ranges)
            case _:
                pass


def labels_written(shown: str) -> set[str]:
    """Labels in a text that Grafana or Prometheus fills in."""
    return set(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", shown))


@pytest.mark.parametrize(("expression", "shown"), [*expressions()])
def test_a_query_names_metrics_and_labels_that_there_are(expression: str, shown: str) -> None:
    query = Query(expression)
    assert query.names
    assert set(query.names) <= set(KNOWN)
    labels = {label for name in query.names for label in KNOWN[name].labels}
    assert query.labels | labels_written(shown) <= labels | {"le", "value"}


@pytest.mark.parametrize(("expression", "shown"), [*expressions()])
def test_counters_are_looked_at_by_their_growth(expression: str, shown: str) -> None:
    """A total says nothing: it is a day's or a year's."""
    del shown
    query = Query(expression)
    totals = {name: count for name, count in query.names.items() if KNOWN[name].form != "gauge"}
    assert totals == query.growth


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["labels"]["severity"] in ("page", "warn")
        assert rule["alert"].startswith("Nanie")


def test_the_check_itself_notices_a_wrong_name_and_a_wrong_label() -> None:
    query = Query('sum by (colour) (nanie_nothing{state="a"}) + rate(nanie_other[5m]) - nanie_other')
    assert query.names == {"nanie_nothing": 1, "nanie_other": 2}
    assert query.labels == {"colour", "state"}
    assert query.growth == {"nanie_other": 1}
    assert labels_written("{{ $labels.shape }} {{kind}}") == {"shape", "kind"}
    with pytest.raises(ValueError, match="parenthesis"):
        Query("sum(nanie_info")


def test_no_two_panels_lie_over_one_another() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()]
    assert len(set(places)) == len(places)
