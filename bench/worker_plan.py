"""What is measured of the worker as a whole: its start, its memory, being looked at, and each law's price."""

from __future__ import annotations

from bench.goals import at_most
from bench.laws import VARIANTS
from bench.rows import Row, Side
from bench.sample import Ground, Sample

EVENTS_EACH = 100
LARGE, LARGE_EVENTS = 5, 10_000
LONG_S = 3_000.0
"""How long a sample of `--long` may take."""


def start_rows(*, quick: bool) -> list[Row]:
    """Starting with many groups on disk, and `nanie --help`."""
    groups = 1_000 if quick else 100_000
    ground = Ground.of(
        "bench.stored_groups:build",
        groups=groups,
        events=EVENTS_EACH,
        large=LARGE,
        large_events=LARGE_EVENTS,
    )
    stored = Sample.of("bench.start:stored", groups=groups, large=LARGE).on(ground)
    reading = Sample.of("bench.start:reading", groups=groups, large=LARGE).on(ground)
    empty = Sample.of("bench.start:empty")
    helped = Sample.of("bench.cold_start:help_text", starts=10)
    on_disk = f"{groups:,} mapped groups, {groups * EVENTS_EACH:,} events on disk"
    nothing = "the same worker with nothing on disk"
    return [
        Row(
            "start.ready",
            f"process start until the first answer, {on_disk}",
            "s",
            "lower",
            Side("product", stored, "ready_s"),
            Side(nothing, empty, "ready_s"),
            (at_most(2.0),),
        ),
        Row(
            "start.memory",
            "… its peak memory until then",
            "B",
            "lower",
            Side("product", stored, "peak_bytes"),
            Side(nothing, empty, "peak_bytes"),
            (at_most(300e6),),
        ),
        Row(
            "start.touch",
            f"first touch of a sleeping group with {LARGE_EVENTS:,} events",
            "s",
            "lower",
            Side("product", stored, "touch_s"),
            Side("read, decode, encode the newest", reading, "touch_s"),
            (at_most(0.020),),
        ),
        Row(
            "start.help",
            "nanie --help",
            "s",
            "lower",
            Side("product", helped, "help_s"),
            Side("a Python that does nothing", helped, "python_s"),
            (at_most(0.3),),
        ),
    ]


def inspection_rows(*, quick: bool) -> list[Row]:
    """Being looked at, under load."""
    groups, events = (100, 1_000) if quick else (1_000, 10_000)
    looking = Sample.of("bench.inspection:throughput", groups=groups, events=events, every_s=0.5)
    live, dumps = (500, 3) if quick else (5_000, 5)
    dump = Sample.of("bench.inspection:dump", groups=live, dumps=dumps, per_second=1_000).once()
    return [
        Row(
            "inspection.throughput",
            f"events, {groups:,} groups, a dump every 0.5 s",
            "/s",
            "higher",
            Side("watched", looking, "watched_per_s"),
            Side("nobody looks", looking, "alone_per_s"),
        ),
        Row(
            "inspection.dump",
            f"a dump of {2 * live:,} actors, 1,000 events/s",
            "s",
            "lower",
            Side("under load", dump, "busy_s"),
            Side("nothing happens", dump, "quiet_s"),
            (at_most(1.0),),
        ),
    ]


def memory_rows(*, quick: bool) -> list[Row]:
    """What a group takes."""
    groups, full, events = (200, 10, 200) if quick else (1_000, 50, 1_000)
    live = Sample.of("bench.idle_groups:live", groups=groups)
    filled = Sample.of("bench.idle_groups:filled", groups=full, events=events)
    bare = Sample.of("bench.idle_groups:bare", groups=full, events=events)
    stock = Sample.of("bench.runtime:starts", kind="stock", actors=500 if quick else 2_000)
    actor = Side("one bare stock Pykka actor", stock, "bytes_per_actor")
    return [
        Row(
            "memory.idle",
            "a live group, no events",
            "B",
            "lower",
            Side("product", live, "bytes_per_group"),
            actor,
        ),
        Row(
            "memory.linked",
            "… with its linked conversation",
            "B",
            "lower",
            Side("product", live, "bytes_per_linked"),
            actor,
        ),
        Row(
            "memory.filled",
            f"… and {events:,} events",
            "B",
            "lower",
            Side("product", filled, "bytes_per_group"),
            Side("the timeline as plain objects", bare, "bytes_per_group"),
            (at_most(1e6),),
        ),
    ]


def replay_rows(*, quick: bool) -> list[Row]:
    """A long export, against one of a tenth of its length: what is bounded does not grow tenfold."""
    many = 10_000 if quick else 1_000_000
    rows = []
    for linked, who in ((0, "nobody linked"), (1, "linked, care")):
        long, short = _replay(many, linked), _replay(many // 10, linked)
        what = f"replay of {many:,} messages, {who}"
        for name, unit, metric in (("memory", "B", "peak_bytes"), ("time", "s", "took_s")):
            rows.append(
                Row(
                    f"replay.{name}-{'linked' if linked else 'alone'}",
                    f"{what}: {'peak memory' if unit == 'B' else 'time'}",
                    unit,
                    "lower",
                    Side("product", long, metric),
                    Side(f"of {many // 10:,} messages", short, metric),
                )
            )
    return rows


def _replay(messages: int, linked: int) -> Sample:
    ground = Ground.of("bench.replay:build", messages=messages)
    sample = Sample.of("bench.replay:export", messages=messages, linked=linked)
    return sample.on(ground).once().within(LONG_S)


def law_rows(*, quick: bool) -> list[Row]:
    """Each law's price: an event with everything, and with one mechanism replaced by one that does nothing.

    Waiting for the disk is no processor time, so what flushes cost is told by the clock.
    """
    groups, events, rounds = (10, 500, 1) if quick else (100, 10_000, 5)
    rows = []
    for law in VARIANTS:
        sample = Sample.of("bench.laws:cost", law=law, groups=groups, events=events, rounds=rounds).once()
        kind, what = ("", "time") if law == "sync" else ("cpu_", "processor time")
        rows.append(
            Row(
                f"laws.{law}",
                f"{what} of an event with {law}",
                "s",
                "lower",
                Side("with everything", sample, f"with_{kind}s"),
                Side(f"without {law}", sample, f"without_{kind}s"),
            )
        )
    return rows
