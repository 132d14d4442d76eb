"""A real worker, a model that hangs, kill -9, and a model that answers: each message is read once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from chat_standin import Deed, Hangs, chat_standin, one_event
from processes import Nanie, worker

TEXTS = [f"slept well {number}" for number in range(6)]
MODEL_LABELS = [f"model {text}" for text in TEXTS]


def chat(folder: Path) -> str:
    """An exported chat, a message a minute."""
    lines = [f"13/01/2026, 10:{minute:02} - Dana: {text}" for minute, text in enumerate(TEXTS)]
    path = folder / "WhatsApp Chat with Family.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"replay:{path}"


def linked(nanie: Nanie) -> str:
    groups = nanie.until_reply(nanie.send("setup", "LIST_GROUPS"), "DATA")["data"]["groups"]
    group = str(groups[0]["id"])
    nanie.until_reply(nanie.send("one", "SELECT_GROUP", groupId=group), "STATUS")
    return group


def status(nanie: Nanie) -> list[str]:
    reply = nanie.until_reply(nanie.send("one", "GET_STATUS"), "DATA")
    return [event["label"] for event in reply["data"]["events"]]


def until_shown(nanie: Nanie, labels: list[str]) -> None:
    """Read updates until the newest timeline is this one."""
    shown = status(nanie)
    while shown != labels:
        reply: dict[str, Any] = nanie.next()["reply"]
        if "events" in reply.get("data", {}):
            shown = [event["label"] for event in reply["data"]["events"]]


def test_what_the_model_had_not_answered_when_the_worker_was_killed_is_asked_again(tmp_path: Path) -> None:
    state, source = tmp_path / "state", chat(tmp_path)
    down = True

    def answer(told: dict[str, Any]) -> Deed:
        return Hangs() if down else one_event(told)

    with chat_standin(answer) as standin:
        model = {
            "NANIE_LLM__MODEL": "openai:test",
            "NANIE_LLM__BASE_URL": standin.url,
            "NANIE_LLM__KEY": "sk-a-secret",
            "NANIE_LLM__PER_MINUTE": "6000",
        }
        with worker(state, "--whatsapp", source, extractor="llm", **model) as nanie:
            group = linked(nanie)
            first = status(nanie)
            assert len(first) == len(TEXTS)
            assert not set(first) & set(MODEL_LABELS)
            nanie.kill()
        down = False
        with worker(state, extractor="llm", **model) as nanie:
            until_shown(nanie, MODEL_LABELS)
            assert nanie.end() == 0
        asked = len(standin.requests)
        with worker(state, extractor="llm", **model) as nanie:
            assert status(nanie) == MODEL_LABELS
            assert nanie.end() == 0
        assert len(standin.requests) == asked
    stored = orjson.loads((state / "memory" / group / "timeline.json").read_bytes())
    assert [event["label"] for event in stored] == MODEL_LABELS
    log = (tmp_path / "stderr.log").read_text()
    assert "slept" not in log
    assert "sk-a-secret" not in log


def test_a_worker_without_a_model_set_says_what_to_set(tmp_path: Path) -> None:
    with worker(tmp_path / "state", extractor="llm") as nanie:
        assert nanie.process.wait(30) == 1
    assert "set llm.model" in (tmp_path / "stderr.log").read_text()
