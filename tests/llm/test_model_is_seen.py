"""A worker with a language model says how it does: in the metrics, and in the dump."""

from __future__ import annotations

from pathlib import Path
from queue import Queue

from chat_standin import Says, chat_standin
from making import GROUP, NOON

from nanie_actors.assembly import Worker
from nanie_actors.inspection.dump import DumpRequest
from nanie_actors.model import MessageId, SenderId
from nanie_actors.settings import Settings
from nanie_actors.timeline.questions import Answer, Question


def test_metrics_and_dump_tell_of_the_model_and_not_of_the_messages(tmp_path: Path) -> None:
    with chat_standin() as standin:
        standin.deeds = [Says("a secret answer")]
        model = {"model": "openai:test", "base_url": standin.url, "key": "sk-a-secret"}
        settings = Settings.model_validate(
            {"state": {"dir": tmp_path / "nanie"}, "extraction": {"extractor": "llm"}, "llm": model}
        )
        worker = Worker(settings)
        worker.start()
        heard: Queue[Answer] = Queue()
        key = (SenderId("alice"), MessageId("M1"))
        assert worker.model is not None
        worker.model.ask(Question(GROUP, key, 1, "a secret text", NOON), heard.put)
        assert heard.get(timeout=60).events
        metrics = worker.control.metrics()
        facts = worker.take_dump(DumpRequest())["worker"]
        assert worker.stop()
    assert "nanie_model_answers 1.0" in metrics
    assert 'nanie_model_questions_total{outcome="read"} 1.0' in metrics
    assert 'nanie_model_questions_total{outcome="unusable"} 1.0' in metrics
    assert facts["model"]["outcomes"]["read"] == 1
    assert "secret" not in f"{metrics} {facts}"
    assert not worker.model._thread.is_alive()


def test_without_a_model_there_are_no_figures_of_one(tmp_path: Path) -> None:
    worker = Worker(Settings.model_validate({"state": {"dir": tmp_path / "nanie"}}))
    worker.start()
    metrics = worker.control.metrics()
    assert worker.stop()
    assert "nanie_model_answers " not in metrics.replace("# HELP nanie_model_answers ", "").replace(
        "# TYPE nanie_model_answers ", ""
    )
    assert worker.model is None
