"""What is measured of the runtime alone."""

from __future__ import annotations

from dataclasses import replace

from bench import erlang
from bench.goals import Goal, at_least, at_most, times_better
from bench.rows import Better, Row, Side
from bench.runtime_laws import RUNTIME_LAWS
from bench.sample import Sample

STOCK = "stock Pykka, a thread per actor"

_FAN_OUT_GOALS = {1: 6, 1_000: 60, 10_000: 400}
"""How many times stock Pykka's rate is promised, by the number of actors."""

_ERLANG_GOAL = times_better(0.5)
"""Half of what Erlang does: it was made for this, and is compiled."""


def runtime_rows(*, quick: bool) -> list[Row]:
    """Rates, starts, memory and fairness of actors that do next to nothing."""
    rows = [_fan_out(actors, quick) for actors in ((1, 1_000) if quick else (1, 1_000, 10_000))]
    most, one = rows[-1], rows[0]
    to_one = replace(one.ours, label="pooled, one sender to 1")
    rows.append(Row("runtime.evenness", most.what, "/s", "higher", most.ours, to_one, (times_better(0.8),)))
    rows += _erlang(rows[1])
    target = "bench.runtime:"
    asks = 2_000 if quick else 20_000
    rows.append(
        _kinds(
            "runtime.asks",
            "asks from outside",
            "/s",
            target + "asks",
            "asks_per_s",
            times_better(1),
            messages=asks,
        )
    )
    ours = Sample.of(target + "starts", kind="pooled", actors=2_000 if quick else 10_000)
    stock = Sample.of(target + "starts", kind="stock", actors=500 if quick else 2_000)
    rows.append(
        Row(
            "runtime.starts",
            "actors started",
            "/s",
            "higher",
            Side("pooled", ours, "starts_per_s"),
            Side(STOCK, stock, "starts_per_s"),
            (at_least(50_000),),
        )
    )
    rows.append(
        Row(
            "runtime.memory",
            "a bare idle actor",
            "B",
            "lower",
            Side("pooled", ours, "bytes_per_actor"),
            Side(STOCK, stock, "bytes_per_actor"),
            (at_most(2_500),),
        )
    )
    told = 200 if quick else 1_000
    what = "p99 on the way beside a flooded actor"
    sample = target + "fairness"
    few_ms = at_most(0.005)
    rows.append(_kinds("runtime.fairness", what, "s", sample, "p99_s", few_ms, actors=100, messages=told))
    return rows


def _fan_out(actors: int, quick: bool) -> Row:
    ours = 50_000 if quick else 500_000
    stock = 5_000 if quick or actors > 1 else 100_000
    target, metric = "bench.runtime:fan_out", "messages_per_s"
    stock_sample = Sample.of(target, kind="stock", actors=actors, messages=max(stock, actors))
    return Row(
        f"runtime.fan-out-{actors}",
        f"messages, one sender to {actors:,}",
        "/s",
        "higher",
        Side("pooled", Sample.of(target, kind="pooled", actors=actors, messages=ours), metric),
        Side(STOCK, stock_sample.once() if actors > 1_000 else stock_sample, metric),
        (times_better(_FAN_OUT_GOALS[actors]),),
    )


def _kinds(name: str, what: str, unit: str, target: str, metric: str, goal: Goal, **params: int) -> Row:
    ours = Sample.of(target, kind="pooled", **params)
    stock = Sample.of(target, kind="stock", **params)
    better: Better = "lower" if unit == "s" else "higher"
    return Row(name, what, unit, better, Side("pooled", ours, metric), Side(STOCK, stock, metric), (goal,))


def _erlang(fan_out: Row) -> list[Row]:
    """The same messages between Erlang's processes; where there is no Erlang the row says so."""
    if not erlang.installed():
        what = f"{fan_out.what}: Erlang is not installed"
        return [Row("runtime.no-erlang", what, "/s", "higher", fan_out.ours, fan_out.ours)]
    params = dict(fan_out.ours.sample.params)
    sizes = {"actors": params["actors"], "messages": params["messages"]}
    one, many = (Sample.of("bench.erlang:fan_out", schedulers=number, **sizes) for number in (1, 0))
    return [
        Row(
            "runtime.erlang",
            fan_out.what,
            "/s",
            "higher",
            fan_out.ours,
            Side("Erlang, one scheduler", one, "messages_per_s"),
            (_ERLANG_GOAL,),
        ),
        Row(
            "runtime.erlang-cores",
            fan_out.what,
            "/s",
            "higher",
            fan_out.ours,
            Side("Erlang, a scheduler a core", many, "messages_per_s"),
            (_ERLANG_GOAL,),
        ),
    ]


def runtime_law_rows(*, quick: bool) -> list[Row]:
    """Each law's price in the runtime: a message with everything, and with one mechanism cut out."""
    actors, messages, rounds = (100, 5_000, 1) if quick else (1_000, 100_000, 15)
    rows = []
    for law in RUNTIME_LAWS:
        sample = Sample.of(
            "bench.runtime_laws:cost", law=law, actors=actors, messages=messages, rounds=rounds
        ).once()
        rows.append(
            Row(
                f"laws.runtime.{law}",
                f"processor time of a bare message with {law}",
                "s",
                "lower",
                Side("with everything", sample, "with_s"),
                Side(f"without {law}", sample, "without_s"),
            )
        )
    return rows
