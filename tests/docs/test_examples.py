"""The examples of the how-to pages: each alone, and all three in a worker of one's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from queue import Queue
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from letterbox_transport import LetterboxTransport
from processes import clean_environment
from runs_extractor import RunsExtractor
from table_source import group_called
from waiting import until

from nanie_actors.model import EpochMs, RowId
from nanie_actors.router.edge import RouterRow
from nanie_actors.router.envelope import RowRules
from nanie_actors.timeline.extractor import Extractor
from nanie_actors.timeline.extractors.loading import load_extractor

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
ZONE = ZoneInfo("Europe/Berlin")
RULES = RowRules(agent_id="agent", room_id="", row_bytes=10_000)
WITHIN_S = 30.0


def install_runs(folder: Path) -> None:
    """What `pip install` leaves of a package that names the extractor."""
    about = folder / "nanie_runs-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: nanie-runs\nVersion: 1.0\n", "utf-8")
    (about / "entry_points.txt").write_text(
        "[nanie_actors.extractors]\nruns = runs_extractor:RunsExtractor\n", "utf-8"
    )


# ── the extractor ───────────────────────────────────────────────────────────────────────────────────────


def read(text: str) -> Sequence[tuple[str, object]]:
    extractor: Extractor = RunsExtractor(ZONE)
    return [(event.label, dict(event.attributes)) for event in extractor.extract(text, EpochMs(7))]


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("12 km today!", [("Run · 12 km", {"distanceKm": 12.0})]),
        ("7.5km in 44 min", [("Run · 7.5 km", {"distanceKm": 7.5, "durationMin": 44})]),
        ("איזה ריצה! 12 קילומטר", [("Run · 12 km", {"distanceKm": 12.0})]),
        ("5 km, then 3 km", [("Run · 5 km", {"distanceKm": 5.0}), ("Run · 3 km", {"distanceKm": 3.0})]),
        ("who is coming on Saturday?", []),
        ("1234 km and 5 kmh", []),
        ("", []),
    ],
)
def test_a_run_is_read_with_what_was_told_of_it(text: str, events: list[tuple[str, object]]) -> None:
    assert read(text) == events


def test_a_package_that_names_it_makes_it_known_to_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_runs(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert isinstance(load_extractor("runs", ZONE), RunsExtractor)


# ── the transport: what its suite in tests/router does not know of ──────────────────────────────────────


class Inbox:
    def __init__(self) -> None:
        self.rows = Queue[RouterRow]()

    def put(self, row: RouterRow) -> None:
        self.rows.put(row)


def drop(folder: Path, name: str, value: dict[str, Any]) -> Path:
    """As an app puts a row into the letterbox."""
    (folder / "in").mkdir(parents=True, exist_ok=True)
    path = folder / "in" / f"{name}.json"
    path.with_suffix(".new").write_bytes(orjson.dumps(value))
    path.with_suffix(".new").rename(path)
    return path


def test_a_row_lies_there_until_it_is_settled_and_longer_for_whoever_debugs(tmp_path: Path) -> None:
    done, kept = (drop(tmp_path, n, {"id": n, "conversation_id": "c", "content": "x"}) for n in "ab")
    transport, inbox = LetterboxTransport(tmp_path, RULES), Inbox()
    transport.start(inbox)
    assert [inbox.rows.get(timeout=WITHIN_S).row_id for _ in "ab"] == ["a", "b"]
    assert done.exists()
    transport.settled(RowId("a"), keep=False)
    transport.settled(RowId("b"), keep=True)
    transport.stop()
    assert (done.exists(), kept.exists()) == (False, True)


def test_what_a_stopped_worker_did_not_settle_is_taken_by_the_next(tmp_path: Path) -> None:
    drop(tmp_path, "a", {"id": "a", "conversation_id": "c", "content": "x"})
    for _ in range(2):
        transport, inbox = LetterboxTransport(tmp_path, RULES), Inbox()
        transport.start(inbox)
        assert inbox.rows.get(timeout=WITHIN_S).row_id == "a"
        transport.stop()


def test_a_row_without_an_id_is_answered_with_what_is_wrong(tmp_path: Path) -> None:
    drop(tmp_path, "a", {"conversation_id": "c", "content": "x"})
    transport = LetterboxTransport(tmp_path, RULES)
    transport.start(Inbox())
    until((tmp_path / "out" / "000000000001.json").exists, "the reply")
    transport.stop()
    assert replies_in(tmp_path)[0]["code"] == "INVALID_MESSAGE"


def replies_in(letterbox: Path) -> list[dict[str, Any]]:
    return [orjson.loads(path.read_bytes())["reply"] for path in sorted((letterbox / "out").glob("*.json"))]


# ── all three in a worker of one's own ──────────────────────────────────────────────────────────────────


def test_the_club_s_worker_reads_a_table_finds_runs_and_answers_by_files(tmp_path: Path) -> None:
    install_runs(tmp_path)
    table, letterbox = tmp_path / "club.csv", tmp_path / "letterbox"
    table.write_text(
        "time,group,sender,text\n"
        "2026-03-21T08:40:00+01:00,Sunday runners,Shir,12 km today!\n"
        "2026-03-21T08:55:00+01:00,Sunday runners,Lior,well done\n",
        "utf-8",
    )
    worker = subprocess.Popen(
        [sys.executable, str(EXAMPLES / "club_worker.py"), str(table), str(letterbox)],
        cwd=tmp_path,
        env={
            **clean_environment(),
            "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]),
            "NANIE_EXTRACTION__EXTRACTOR": "runs",
        },
    )
    try:
        select = {"action": "SELECT_GROUP", "groupId": group_called("Sunday runners")}
        drop(letterbox, "1", {"id": "1", "conversation_id": "anna", "content": select})
        drop(letterbox, "2", {"id": "2", "conversation_id": "anna", "content": {"action": "GET_STATUS"}})
        until(lambda: bool(runs_in(letterbox)) or worker.poll() is not None, "an event")
        assert runs_in(letterbox) == ["Run · 12 km"]
        assert replies_in(letterbox)[0] == {"type": "STATUS", "text": "LINKED", "ephemeral": True}
        until(lambda: not any((letterbox / "in").iterdir()), "that the rows are settled")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(WITHIN_S) == 0
    finally:
        worker.kill()
        worker.wait(WITHIN_S)


def runs_in(letterbox: Path) -> list[str]:
    """The events of the newest reply or update that has any."""
    told = [reply["data"]["events"] for reply in replies_in(letterbox) if "data" in reply]
    return next(([event["label"] for event in events] for events in reversed(told) if events), [])
