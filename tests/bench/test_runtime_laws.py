"""What is cut out of the runtime is still in it, and is put back."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import erlang
from bench.cut import ATTEMPT, NotThere, cut
from bench.gauges import NotDone
from bench.runtime_laws import RUNTIME_LAWS, cost
from bench.runtime_plan import runtime_rows
from nanie_actors.runtime import PooledRef
from nanie_actors.runtime.cell import Cell


def example(number: int) -> int:
    try:
        number += 1
        number *= 10
    except TypeError:
        number = -1
    return number


def test_a_statement_can_be_left_out_or_replaced() -> None:
    assert example(1) == 20
    assert cut(example, {"number += 1": ""})(1) == 10
    assert cut(example, {"number *= 10": "number *= factor"}, factor=7)(1) == 14


def test_without_its_attempts_a_function_catches_nothing() -> None:
    assert example("text") == -1  # type: ignore[arg-type]
    unguarded = cut(example, {ATTEMPT: "", "number += 1": "number += 2"})
    assert unguarded(1) == 30
    with pytest.raises(TypeError):
        unguarded("text")


def test_what_a_function_does_not_say_cannot_be_cut_out() -> None:
    with pytest.raises(NotThere, match="number -= 1"):
        cut(example, {"number -= 1": ""})


@pytest.mark.parametrize("law", RUNTIME_LAWS)
def test_messages_are_handled_without_any_one_law_and_the_product_is_as_before(
    law: str, tmp_path: Path
) -> None:
    before = Cell.run, PooledRef.tell
    metrics = cost(tmp_path, law=law, actors=3, messages=300, rounds=1)
    assert metrics["with_s"] > 0
    assert metrics["without_s"] > 0
    assert (Cell.run, PooledRef.tell) == before


def test_without_erlang_a_row_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erlang, "installed", lambda: False)
    rows = {row.name: row for row in runtime_rows(quick=True)}
    assert "Erlang is not installed" in rows["runtime.no-erlang"].what
    assert "runtime.erlang" not in rows


def test_with_erlang_it_is_measured_by_one_scheduler_and_by_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erlang, "installed", lambda: True)
    rows = {row.name: row for row in runtime_rows(quick=False)}
    for name, schedulers in (("runtime.erlang", 1), ("runtime.erlang-cores", 0)):
        sample = rows[name].baseline.sample
        assert dict(sample.params) == {"schedulers": schedulers, "actors": 1_000, "messages": 500_000}
        assert rows[name].goals


def test_an_erlang_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = tmp_path / "escript"
    failing.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    failing.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(NotDone):
        erlang.fan_out(tmp_path, schedulers=1, actors=3, messages=9)
