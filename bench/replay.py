"""The real program replaying one exported chat of many messages: how long, and its peak memory."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.chat import text_of
from bench.gauges import NotDone
from bench.sample import Built, Metrics
from bench.stdio_worker import StdioWorker, stdio_worker

CHAT = "WhatsApp Chat with Many.txt"

_BEGAN = datetime(2020, 1, 1, 6, 0, tzinfo=UTC)
_TOLD_EVERY = 50_000


def build(folder: Path, progress: Built, *, messages: int) -> None:
    """An export as an Android phone writes it, with three people and so many messages, a minute apart."""
    with (folder / CHAT).open("w", encoding="utf-8") as chat:
        for number in range(messages):
            at = (_BEGAN + timedelta(minutes=number)).strftime("%d/%m/%Y, %H:%M")
            chat.write(f"{at} - Parent {number % 3}: {text_of(number)}\n")
            if number % _TOLD_EVERY == 0:
                progress(number / messages)


def export(folder: Path, *, messages: int, linked: int, built: str) -> Metrics:
    """Until every message is settled and the worker has stopped cleanly.

    `linked`: a conversation is linked as soon as the chat is known, so that every message is extracted and
    all events live in memory; otherwise messages are only logged.
    """
    began = time.perf_counter()
    with stdio_worker(folder / "s", "--whatsapp", f"replay:{Path(built) / CHAT}") as worker:
        if linked:
            _link(worker)
        peak = worker.finish()
    took_s = time.perf_counter() - began
    return {"took_s": took_s, "s_per_message": took_s / messages, "peak_bytes": peak}


def _link(worker: StdioWorker) -> None:
    listed = worker.ask("conversation", action="LIST_GROUPS")
    group = listed["data"]["groups"][0]["id"]
    reply = worker.ask("conversation", action="SELECT_GROUP", groupId=group)
    if reply.get("text") != "LINKED":
        raise NotDone("the replayed chat could not be linked")
