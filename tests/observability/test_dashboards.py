"""What operators are given to import speaks of metrics that there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from nanie_actors.observability.catalogue import METRICS, Description

CONFIG = Path(__file__).parents[2] / "config"
WORDS = frozenset({"by", "le", "absent", "for", "and", "or"})
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


def labels_used(expression: str, shown: str) -> set[str]:
    selected = {
        label
        for selector in re.findall(r"\{([^}]*)\}", expression)
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector)
    }
    grouped = {
        label.strip() for names in re.findall(r"by \(([^)]*)\)", expression) for label in names.split(",")
    }
    written = set(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", shown))
    return (selected | grouped | written) - {"le", "value"}


@pytest.mark.parametrize(("expression", "shown"), [*expressions()])
def test_a_query_names_metrics_and_labels_that_there_are(expression: str, shown: str) -> None:
    names = set(re.findall(r"\bnanie_\w+", expression))
    assert names
    assert names <= set(KNOWN), names - set(KNOWN)
    labels = {label for name in names for label in KNOWN[name].labels}
    assert labels_used(expression, shown) <= labels


@pytest.mark.parametrize(("expression", "shown"), [*expressions()])
def test_counters_are_looked_at_by_their_growth(expression: str, shown: str) -> None:
    """A total says nothing: it is a day's or a year's."""
    del shown
    for name in re.findall(r"\bnanie_\w+", expression):
        if KNOWN[name].form != "gauge":
            assert re.search(rf"(rate|increase)\({name}[^)]*\[\d+m\]\)", expression), expression


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["labels"]["severity"] in ("page", "warn")
        assert rule["alert"].startswith("Nanie")


def test_the_check_itself_notices_a_wrong_name_and_a_wrong_label() -> None:
    assert labels_used('sum by (colour) (x{state="a"})', "{{ $labels.shape }}") == {
        "colour",
        "state",
        "shape",
    }
    assert "nanie_nothing" not in KNOWN


def test_no_two_panels_lie_over_one_another() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()]
    assert len(set(places)) == len(places)
