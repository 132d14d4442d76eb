"""What is measured of the Supabase transport."""

from __future__ import annotations

from bench.rows import Row, Side
from bench.sample import Sample

_HERE = "bench.supabase:"


def supabase_rows(*, quick: bool) -> list[Row]:
    """Rates, the way of a command, and memory; always with many conversations."""
    conversations = 50 if quick else 1_000
    return [
        _rate("pushes", "a request each, four at a time", conversations, 500 if quick else 3_000),
        _rate("replies", "two requests each, four at a time", conversations, 200 if quick else 1_000),
        *_latency(quick, conversations),
        _memory(conversations),
    ]


def _rate(what: str, baseline: str, conversations: int, count: int) -> Row:
    ours = Sample.of(f"{_HERE}{what}", conversations=conversations, **{what: count})
    raw = Sample.of(f"{_HERE}raw_{what}", conversations=conversations, **{what: count // 10}).once()
    return Row(
        f"supabase.{what}",
        f"Supabase: {what} to {conversations:,} conversations",
        "/s",
        "higher",
        Side("product", ours, "per_s"),
        Side(baseline, raw, "per_s"),
    )


def _latency(quick: bool, conversations: int) -> list[Row]:
    inserts, rate = (40, 20) if quick else (300, 20)
    told, polled = (
        Sample.of(
            f"{_HERE}latency",
            conversations=conversations,
            inserts=inserts,
            per_second=rate,
            realtime=realtime,
        ).once()
        for realtime in (1, 0)
    )
    return [
        Row(
            f"supabase.answered-p{percent}",
            f"Supabase: p{percent} from insert to reply, {rate} inserts/s",
            "s",
            "lower",
            Side("product", told, f"p{percent}_s"),
            Side("without Realtime, polled every 2 s", polled, f"p{percent}_s"),
        )
        for percent in (50, 99)
    ]


def _memory(conversations: int) -> Row:
    sample = Sample.of(f"{_HERE}memory", conversations=conversations).once()
    return Row(
        "supabase.memory",
        f"Supabase: memory, {conversations:,} conversations served",
        "B",
        "lower",
        Side("product", sample, "bytes"),
        Side("the client library alone, idle", sample, "client_bytes"),
    )
