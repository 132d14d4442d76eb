"""`nanie doctor` on the language model: whether it answers, whether that is of use, and never the key."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from chat_standin import Raw, Says, Standin, Status, chat_standin
from click.testing import CliRunner

from nanie_actors.cli.app import main

KEY = "sk-a-secret-of-the-test"


def reads_well(told: dict[str, Any]) -> Says:
    time = f"{told['written_at'][:10]}T10:30"
    return Says(json.dumps({"events": [{"time": time, "type": "feeding", "label": "Feeding"}]}))


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    with chat_standin(reads_well) as standin:
        monkeypatch.setenv("NANIE_EXTRACTION__EXTRACTOR", "llm")
        monkeypatch.setenv("NANIE_LLM__MODEL", "openai:test")
        monkeypatch.setenv("NANIE_LLM__BASE_URL", standin.url)
        monkeypatch.setenv("NANIE_LLM__KEY", KEY)
        yield standin


def told() -> dict[str, Any]:
    result = CliRunner().invoke(main, ["doctor", "--json"])
    assert KEY not in result.output
    checks = {check["name"]: check for check in json.loads(result.stdout)["checks"]}
    return dict(checks.get("language model", {}))


def test_without_the_extractor_nobody_is_asked(standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANIE_EXTRACTION__EXTRACTOR", "care")
    assert told() == {}
    assert standin.requests == []


def test_a_model_that_reads_well_is_healthy_and_says_how_long_it_took(standin: Standin) -> None:
    check = told()
    assert len(standin.requests) == 1
    assert (check["status"], check["found"][:14]) == ("ok", "answers within")


@pytest.mark.parametrize(
    ("deed", "status", "found"),
    [
        (Status(401), "failed", "the key is refused"),
        (Status(404), "failed", "there is no such model"),
        (Status(500), "failed", "status 500"),
        (Raw(b"<html>"), "failed", "does not answer"),
        (Says("Gladly!"), "warning", "of no use"),
        (Says('{"events": []}'), "warning", "reads a plain message wrongly"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said(standin: Standin, deed: Says | Status | Raw, status: str, found: str) -> None:
    standin.deeds = [deed]
    check = told()
    assert check["status"] == status
    assert found in check["found"]
    assert check["advice"]


def test_what_is_missing_is_said(standin: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANIE_LLM__MODEL", "")
    assert "set llm.model" in told()["advice"]
    monkeypatch.setenv("NANIE_LLM__MODEL", "openai:test")
    monkeypatch.delitem(sys.modules, "nanie_actors.llm.provider", raising=False)
    monkeypatch.setitem(sys.modules, "any_llm", None)
    assert "nanie-actors[llm]" in told()["advice"]
    assert standin.requests == []
