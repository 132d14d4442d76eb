"""`nanie dump`: what it asks for, and how a dump looks to people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from control_sockets import GROUP, FakeControl, FakeWorker, fake_worker
from rich.console import Console

from nanie_actors.cli import dump_view
from nanie_actors.cli.app import main
from nanie_actors.cli.dump_tree import view
from nanie_actors.cli.rendering import moment
from nanie_actors.inspection.dump import DumpRequest


def actor(name: str, own: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    kind, _, key = name.partition("/")
    said = own if own is not None else {}
    return {
        "name": name,
        "kind": kind,
        "key": key,
        "state": "idle",
        "depth": 0,
        "system_depth": 0,
        "busy_with": None,
        "busy_s": 0.0,
        "handled": 0,
        "failed": 0,
        "restarts": 0,
        "stuck": False,
        "answered": True,
        "own": said,
        **more,
    }


def group(key: str, **more: Any) -> dict[str, Any]:
    own = {"group": key, "life": "active", "revision": 7, "events": 5, "messages": 9, "listeners": []}
    return actor(f"group/{key}", own, **more)


def conversation(key: str, linked: str | None, revision: int = 7, accepted: int = 7) -> dict[str, Any]:
    own = {"group": linked, "revision": revision, "accepted": accepted, "command": None, "pushes": 2}
    return actor(f"conversation/{key}", own)


REGISTRY = actor("registry", {"conversations": 2, "lives": {"active": 3, "failed": 0}, "quarantined": []})
GATEWAY = actor("gateway", {"groups": 4, "routed": 5, "ignored": 6, "sources": [{"state": "online"}]})


def dump_of(*actors: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "worker": FakeControl().facts(),
        "stuck": [],
        "unanswered": [],
        "dead_letters": {"total": 0, "kinds": [], "last": []},
        "actors": [REGISTRY, GATEWAY, *actors],
        **more,
    }


@pytest.fixture
def worker() -> Iterator[FakeWorker]:
    with fake_worker(Path("nanie/run/nanie.sock")) as made:
        made.taken = dump_of(group("1@g.us"))
        yield made


def dump(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["dump", *arguments])


def lines(result: Result) -> list[str]:
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()


def line_of(result: Result, start: str) -> list[str]:
    return next(line for line in lines(result) if line.strip().startswith(start)).split()


def test_json_is_what_the_worker_said(worker: FakeWorker) -> None:
    assert json.loads(dump("--json").stdout) == worker.taken


def test_what_is_asked_for_is_passed_on(worker: FakeWorker) -> None:
    dump("--verbose", "--group", GROUP, "--conversation", "anna")
    assert worker.asked == [DumpRequest(GROUP, "anna", verbose=True)]


def test_a_group_may_be_named(worker: FakeWorker) -> None:
    dump("--group", "Family")
    assert worker.asked == [DumpRequest(GROUP)]


@pytest.mark.usefixtures("worker")
def test_the_process_and_the_actors_there_is_one_of_come_first() -> None:
    shown = dump()
    assert "nanie 1.2.3  pid 7" in lines(shown)[0]
    assert "3 actors" in lines(shown)[1]
    assert "2 conversations linked, groups: 3 active" in shown.stdout
    assert "4 groups, 5 routed, 6 ignored, online" in shown.stdout


def test_conversations_stand_below_their_group_with_their_lag(worker: FakeWorker) -> None:
    worker.taken = dump_of(
        conversation("ben", "2@g.us", revision=9, accepted=6),
        conversation("alone", None),
        group("1@g.us"),
        group("2@g.us", depth=3),
        conversation("anna", "1@g.us"),
    )
    shown = dump()
    tree = lines(shown)[lines(shown).index("Groups and their conversations") + 2 :]
    assert [line.split()[0] for line in tree] == ["2@g.us", "ben", "1@g.us", "anna", "alone"]
    assert line_of(shown, "ben")[1:4] == ["6", "3", "2"]


def test_who_is_stuck_or_silent_is_named_before_anything_else(worker: FakeWorker) -> None:
    stuck = group("1@g.us", stuck=True, answered=False, state="running", busy_with="Extract", busy_s=12.5)
    silent = group("2@g.us", answered=False, state="running", busy_with="Extract", busy_s=0.5)
    starting = group("3@g.us", answered=False, state="starting")
    worker.taken = dump_of(stuck, silent, starting)
    shown = lines(dump())
    assert "STUCK: group/1@g.us (Extract for 12.5 s)" in shown
    assert "NO ANSWER: group/2@g.us" in shown
    assert shown.index("NO ANSWER: group/2@g.us") < next(
        n for n, line in enumerate(shown) if "registry" in line
    )


def test_what_a_router_cannot_do_is_told(worker: FakeWorker) -> None:
    worker.taken = dump_of()
    worker.taken["worker"]["troubles"] = {"nats": {"publishing": "no connection"}}
    assert "nats: publishing does not work: no connection" in lines(dump())


def test_very_many_in_trouble_are_counted(worker: FakeWorker) -> None:
    worker.taken = dump_of(*(group(f"{n}@g.us", answered=False, state="ready") for n in range(25)))
    (line,) = (line for line in lines(dump()) if line.startswith("NO ANSWER:"))
    assert line.endswith(" and 15 more")


def test_dead_letters_and_quarantined_groups_are_told(worker: FakeWorker) -> None:
    entry = {"group": "1@g.us", "since": 1_768_291_200_000, "poison": "MessageArrived"}
    worker.taken = dump_of(
        dead_letters={"total": 3, "kinds": [{"reason": "stopped", "recipient": "GroupActor", "count": 3}]}
    )
    worker.taken["actors"][0] = actor("registry", {"conversations": 0, "lives": {}, "quarantined": [entry]})
    shown = dump().stdout
    assert "dead letters: 3 to GroupActor (stopped)" in shown
    assert "MessageArrived" in shown
    assert "all asleep" in shown


def test_of_very_many_actors_the_busiest_are_shown_and_the_others_counted(worker: FakeWorker) -> None:
    worker.taken = dump_of(*(group(f"{n}@g.us", depth=n) for n in range(100)))
    some, everything = dump(), dump("--all")
    assert "99@g.us" in some.stdout
    assert "10@g.us" not in some.stdout
    assert "… and 60 more, less busy (--all shows them)" in some.stdout
    assert "10@g.us" in everything.stdout
    assert "less busy" not in everything.stdout


def test_on_a_narrow_terminal_a_group_s_id_and_its_numbers_stay_whole() -> None:
    out, key = Console(width=80), "120363000000000001@g.us"
    busy = group(key, handled=123_456, depth=1_234, state="running")
    with out.capture() as shown:
        out.print(view(dump_of(busy, conversation("0123456789" * 5, key))))
    assert next(line.split() for line in shown.get().splitlines() if key in line) == [
        *(key, "7", "5", "running", "1234", "123456")
    ]
    assert all(len(line) <= 80 for line in shown.get().splitlines())


def test_columns_that_would_say_nothing_are_left_out(worker: FakeWorker) -> None:
    assert "restarts" not in dump().stdout
    worker.taken = dump_of(group("1@g.us", restarts=2))
    assert "restarts" in dump().stdout


def test_a_name_cannot_turn_the_terminal_s_line_around(worker: FakeWorker) -> None:
    named = group("1@g.us")
    named["own"]["name"] = "בית\u202e\x1b[2J"
    worker.taken = dump_of(named)
    shown = dump("--verbose").stdout
    assert "\u2068בית" in shown
    assert "\u202e" not in shown
    assert "\x1b" not in shown


def test_watching_shows_one_dump_after_the_other(worker: FakeWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(dump_view, "time", SimpleNamespace(sleep=sleep))
    result = dump("--watch", "--json")
    assert result.exit_code == 130
    assert [json.loads(line) for line in result.stdout.splitlines()] == [worker.taken] * 3
    assert slept == [1.0] * 3


def test_without_a_worker_there_is_nothing_to_dump() -> None:
    result = dump()
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nanie run" in result.stderr


def test_texts_that_are_not_sent_are_shown_without_what_they_say(worker: FakeWorker) -> None:
    failed = group("1@g.us")
    failed["own"]["unsent"] = [
        {"state": "unknown", "since": 1_768_291_200_000, "attempts": 2, "reason": "the answer was lost"},
        {"state": "sending", "since": 1_768_291_200_000, "attempts": 1},
    ]
    worker.taken = dump_of(failed)
    shown = lines(dump())
    place = shown.index("Texts not sent")
    assert shown[place + 2].split()[0:2] == ["1@g.us", "unknown"]
    assert shown[place + 2].endswith("2  the answer was lost")
    assert not any("sending" in line for line in shown)


def test_a_connection_is_shown_with_its_times(worker: FakeWorker) -> None:
    at = 1_768_291_200_000
    sources = [{"state": "offline", "since": at, "until": at + 90_000}]
    worker.taken = dump_of()
    worker.taken["actors"][1] = actor("gateway", {**GATEWAY["own"], "sources": sources})
    (line,) = [line for line in lines(dump()) if line.startswith("gateway")]
    assert line.endswith(
        f", offline since {moment(at, form='%H:%M:%S')} until {moment(at + 90_000, form='%H:%M:%S')}"
    )


def test_the_language_model_has_a_line_if_there_is_one(worker: FakeWorker) -> None:
    assert "language model" not in dump().stdout
    outcomes = {"read": 7, "unusable": 1, "refused": 0, "unreachable": 3, "given_up": 2}
    model = {"answers": False, "reason": "no answer in time", "waiting": 4, "asked": 1, "outcomes": outcomes}
    worker.taken = dump_of(worker={**FakeControl().facts(), "model": model})
    told = " ".join(dump().stdout.split())
    assert "the language model does not answer (no answer in time): 7 messages read" in told
    assert "1 being read, 4 waiting, 2 given up" in told
