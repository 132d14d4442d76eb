"""The whole product on its real edges: neonize's events in, Supabase's rows out, killed in the middle."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from neonize_events import (
    ANA,
    ANA_PHONE,
    AT_MS,
    BEN,
    BEN_PHONE,
    edit,
    group_info,
    joined_group,
    message,
    revoke,
    said,
    words,
)
from played_account import PlayedAccount, pair, played_account
from postgres import Database, running
from processes import clean_environment
from supabase_standin import Fault, Standin, standin_on
from supabase_world import App, until

from nanie_actors.whatsapp.bridge.library import DisconnectedEv

GROUPS = [f"12036333333333333{number}@g.us" for number in range(3)]
WITHIN_S = 60.0
LAUNCHER = Path(__file__).parent / "support" / "worker_under_test.py"


@pytest.fixture(scope="module")
def standin() -> Iterator[Standin]:
    with running() as postgres:
        database: Database = postgres.database()
        database.set_up()
        with standin_on(database) as standin:
            yield standin


@contextmanager
def worker(standin: Standin, state: Path, account: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`nanie run --whatsapp neonize --router supabase`; killed at the end if it still runs."""
    environment = clean_environment() | {
        "NANIE_SUPABASE__URL": standin.url,
        "NANIE_SUPABASE__KEY": standin.service_key,
        "NANIE_SUPABASE__POLL_INTERVAL_S": "0.1",
        "NANIE_EXTRACTION__EXTRACTOR": "verbatim",
        "NANIE_WHATSAPP__FIRST_RETRY_S": "0.1",
    }
    options = ["run", "--state", str(state), "--whatsapp", "neonize", "--router", "supabase"]
    with (state.parent / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, str(LAUNCHER), str(account), *options], env=environment, stderr=log
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(WITHIN_S)


class Household:
    """One group, what was written in it, and what its timeline must be."""

    def __init__(self, group: str, conversation: str) -> None:
        self.group = group
        self.conversation = conversation
        self.written: dict[str, str] = {}
        self.added: list[str] = []

    def expected(self) -> list[str]:
        return sorted([*self.written.values(), *self.added])

    def timeline(self, state: Path) -> list[str]:
        path = state / "memory" / self.group / "timeline.json"
        return sorted(event["details"] for event in orjson.loads(path.read_bytes()))


def something(home: Household, number: int, chance: Random) -> list[Any]:
    """What a household does in WhatsApp: writes, is redelivered, edits, deletes; now by LID, now by phone."""
    by_lid = {"sender": ANA, "alt": ANA_PHONE} if chance.random() < 0.5 else {"sender": ANA_PHONE, "alt": ANA}
    about: dict[str, Any] = {"chat": home.group, "at_ms": AT_MS + number * 1000, **by_lid}
    message_id, text = f"M{number}", f"{home.group[17]}-message {number}"
    kind = chance.choices(["write", "twice", "edit", "revoke"], (6, 2, 1, 1))[0]
    if kind in ("edit", "revoke") and home.written:
        target = chance.choice(list(home.written))
        if kind == "revoke":
            del home.written[target]
            return [message(revoke(target), **about | {"message_id": message_id, "edit": "7"})]
        home.written[target] += "!"
        new = words(home.written[target])
        return [
            message(edit(target, new, sent_ms=AT_MS + number * 1000), **about | {"message_id": message_id})
        ]
    home.written[message_id] = text
    event = said(text, message_id, **about)
    return [event, event] if kind == "twice" else [event]


def test_neonize_in_supabase_out_killed_in_the_middle_nothing_lost_and_nothing_doubled(
    standin: Standin, tmp_path: Path
) -> None:
    app, chance, state, path = App(standin), Random(10), tmp_path / "nanie", tmp_path / "wa.sock"
    homes = [Household(group, app.conversation()) for group in GROUPS]
    pair(state)
    numbers = iter(range(10_000))
    with played_account(path) as account:
        account.tell(DisconnectedEv(status=True))  # so that nobody waits for a log-in that never comes
        account.tell(*(joined_group(group_info(group, name=f"Home {group[17]}")) for group in GROUPS))
        account.tell(said("hello", "DIRECT", chat=BEN_PHONE, sender=BEN_PHONE, alt=BEN))
        for generation in range(4):
            standin.faults.add(Fault("messages", times=1, when="after", how="cut"))
            with worker(standin, state, path) as process:
                if generation == 0:
                    account.wait_until_taken()
                    link(app, homes)
                live_a_while(app, account, homes, numbers, chance)
                if generation < 3:
                    until(lambda: account.bridges > generation, "the bridge")  # noqa: B023
                    live_a_while(app, account, homes, numbers, chance)
                    time.sleep(chance.uniform(0.0, 0.3))
                    process.kill()
                    process.wait(WITHIN_S)
                else:
                    account.wait_until_taken()
                    until(lambda: standin.database.rows("select from messages where not is_bot") == [])
                    until_shown(app, homes)
                    process.send_signal(signal.SIGTERM)
                    assert process.wait(WITHIN_S) == 0
        assert account.bridges >= 4
    for home in homes:
        assert home.timeline(state) == home.expected()
        answers = Counter(told.get("text") for told in app.replies(home.conversation))
        assert answers["Event added"] == len(home.added)
        revisions = [told["data"]["revision"] for told in updates(app, home)]
        assert revisions == sorted(revisions)
        heard = b"".join(orjson.dumps(told) for told in app.heard(home.conversation))
        assert not [other for other in homes if other is not home and f"{other.group[17]}-".encode() in heard]
    no_process_is_left(state)


def link(app: App, homes: list[Household]) -> None:
    for home in homes:

        def linked(home: Household = home) -> bool:
            app_said = [told.get("text") for told in app.replies(home.conversation)]
            return "LINKED" in app_said

        app.say(home.conversation, {"action": "SELECT_GROUP", "groupId": home.group})
        until(linked, "the link")


def live_a_while(
    app: App, account: PlayedAccount, homes: list[Household], numbers: Iterator[int], chance: Random
) -> None:
    for _ in range(40):
        home, number = chance.choice(homes), next(numbers)
        if chance.random() < 0.2:
            text = f"{home.group[17]}-added {number}"
            home.added.append(text)
            app.say(home.conversation, {"action": "ADD_EVENT", "text": text})
        else:
            account.tell(*something(home, number, chance))


def updates(app: App, home: Household) -> list[Any]:
    return [told for told in app.heard(home.conversation) if told.get("update") == "TIMELINE"]


def shown(app: App, home: Household) -> list[str] | None:
    """What the conversation was shown last."""
    told = updates(app, home)
    return sorted(event["details"] for event in told[-1]["data"]["events"]) if told else None


def until_shown(app: App, homes: list[Household]) -> None:
    """Until every conversation was shown what its timeline must be; else, what is missing or too much."""
    try:
        until(lambda: all(shown(app, home) == home.expected() for home in homes), "the updates")
    except AssertionError:
        assert {home.group: Counter(shown(app, home)) for home in homes} == {
            home.group: Counter(home.expected()) for home in homes
        }
        raise


def no_process_is_left(state: Path) -> None:
    def alone() -> bool:
        mine = subprocess.run(["pgrep", "-f", str(state)], capture_output=True, check=False)
        return mine.stdout == b""

    until(alone, "the end of every bridge")
