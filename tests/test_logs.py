"""Logs: one form for people, one for programs, from whichever library a record comes."""

from __future__ import annotations

import io
import json
import logging
import threading
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from nanie_actors import logs
from nanie_actors.logs import configure_logging


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    yield
    root.handlers[:], logging.raiseExceptions = handlers, raising
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def records(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail_deep_inside(secret: str) -> None:
    raise ValueError(f"bad after {len(secret)} characters")


def log_a_failure(logger: logging.Logger) -> None:
    try:
        fail_deep_inside("s3cret-local")
    except ValueError:
        logger.exception("it failed")


def test_a_stream_that_is_no_terminal_gets_one_json_object_a_line() -> None:
    stream = io.StringIO()
    configure_logging("info", "auto", stream)
    logging.getLogger("nanie_actors.storage").warning("segment %d is full", 3)
    (record,) = records(stream)
    assert list(record) == ["at", "level", "logger", "event"]
    assert record["level"] == "warning"
    assert record["logger"] == "nanie_actors.storage"
    assert record["event"] == "segment 3 is full"


def test_times_are_iso_and_utc() -> None:
    stream = io.StringIO()
    configure_logging("info", "json", stream)
    logging.getLogger("x").info("now")
    at = datetime.fromisoformat(records(stream)[0]["at"])
    assert at.utcoffset() == timedelta(0)


def test_a_terminal_gets_coloured_lines_for_people() -> None:
    stream = Terminal()
    configure_logging("info", "auto", stream)
    logging.getLogger("x").info("hello")
    assert "\x1b[" in stream.getvalue()
    assert "hello" in stream.getvalue()


def test_people_without_a_terminal_get_no_colours() -> None:
    stream = io.StringIO()
    configure_logging("info", "human", stream)
    logging.getLogger("x").info("hello")
    assert "\x1b[" not in stream.getvalue()
    assert "hello" in stream.getvalue()


def test_records_below_the_level_are_left_out() -> None:
    stream = io.StringIO()
    configure_logging("warning", "json", stream)
    logging.getLogger("x").info("quiet")
    logging.getLogger("x").error("loud")
    assert [record["event"] for record in records(stream)] == ["loud"]


def test_pykka_s_own_records_take_the_same_way() -> None:
    stream = io.StringIO()
    configure_logging("debug", "json", stream)
    logging.getLogger("pykka").debug("Registered %s", "an actor")
    assert records(stream)[0]["logger"] == "pykka"


def test_records_of_structlog_itself_take_the_same_way() -> None:
    stream = io.StringIO()
    configure_logging("info", "json", stream)
    structlog.get_logger("plugin").info("seen %d", 2, model="small")
    record = records(stream)[0]
    assert (record["logger"], record["event"], record["model"]) == ("plugin", "seen 2", "small")


def test_python_s_warnings_are_records_too() -> None:
    stream = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        configure_logging("info", "json", stream)
        warnings.warn("old thing", UserWarning, stacklevel=1)
        logging.captureWarnings(False)
    assert "old thing" in records(stream)[0]["event"]


def test_an_exception_is_one_field_that_begins_at_the_innermost_place() -> None:
    stream = io.StringIO()
    configure_logging("info", "json", stream)
    log_a_failure(logging.getLogger("x"))
    (record,) = records(stream)
    exception = record["exception"]
    assert exception.startswith("ValueError in fail_deep_inside (")
    assert exception.index("fail_deep_inside") < exception.index("log_a_failure")


def test_the_cause_of_an_exception_is_told() -> None:
    stream = io.StringIO()
    configure_logging("info", "json", stream)
    error = RuntimeError("outer")
    error.__cause__ = KeyError("inner")
    logging.getLogger("x").error("it failed", exc_info=error)
    assert records(stream)[0]["exception"] == "RuntimeError; caused by KeyError"


def test_exceptions_that_cause_each_other_come_to_an_end() -> None:
    stream = io.StringIO()
    configure_logging("info", "json", stream)
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    logging.getLogger("x").error("it failed", exc_info=one)
    assert records(stream)[0]["exception"].count("caused by") == 3


@pytest.mark.parametrize("form", ["json", "human"])
def test_no_value_of_a_local_variable_gets_into_a_log(form: Any) -> None:
    """A local may hold a family's messages or a key."""
    stream = Terminal()
    configure_logging("info", form, stream)
    secret = "".join(["s3cret", "-local"])
    logger = logging.getLogger("x")
    try:
        fail_deep_inside(secret)
    except ValueError:
        logger.exception("it failed")
    assert "ValueError" in stream.getvalue()
    assert secret not in stream.getvalue()


def fail_quoting(text: str) -> None:
    try:
        raise KeyError(text)
    except KeyError as error:
        raise ValueError(f"cannot read {text!r}") from error


@pytest.mark.parametrize("form", ["json", "human"])
def test_what_an_exception_says_is_left_out_and_where_it_was_raised_is_told(form: Any) -> None:
    """Whoever fails at a message tends to quote it."""
    stream = io.StringIO()
    configure_logging("info", form, stream)
    try:
        fail_quoting("bottle at 7:30")
    except ValueError:
        logging.getLogger("x").exception("it failed")
    text = stream.getvalue()
    assert "bottle" not in text
    for told in ("ValueError", "KeyError", "fail_quoting", "test_logs.py"):
        assert told in text


@pytest.mark.parametrize("form", ["json", "human"])
def test_of_an_operating_system_s_error_the_system_s_words_are_told_but_no_file_name(form: Any) -> None:
    stream = io.StringIO()
    configure_logging("info", form, stream)
    try:
        Path("WhatsApp Chat with Family.txt").read_bytes()
    except OSError:
        logging.getLogger("x").exception("it failed")
    assert "No such file or directory" in stream.getvalue()
    assert "Family" not in stream.getvalue()


@pytest.fixture
def a_secret(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(logs, "_secrets", set[str]())
    secret = "sb_secret_" + "0123456789"
    logs.hide(secret)
    logs.hide("")
    return secret


@pytest.mark.parametrize("form", ["json", "human"])
def test_a_key_is_never_written_whoever_logs_it(form: Any, a_secret: str) -> None:
    stream = io.StringIO()
    configure_logging("debug", form, stream)
    logging.getLogger("some.library").debug("GET wss://host?apikey=%s&v=1", a_secret)
    structlog.get_logger("plugin").info("joined", key=a_secret)
    text = stream.getvalue()
    assert a_secret not in text
    assert text.count(logs.HIDDEN) == 2


def test_what_ends_a_thread_is_a_record_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    stream = io.StringIO()
    configure_logging("info", "json", stream)
    logs.log_uncaught_errors()
    thread = threading.Thread(target=fail_quoting, args=("bottle at 7:30",), name="reader")
    thread.start()
    thread.join(30)
    (record,) = records(stream)
    assert record["event"] == "reader ended with an error"
    assert record["exception"].startswith("ValueError in fail_quoting")
    assert "bottle" not in stream.getvalue()


@pytest.mark.parametrize("form", ["json", "human"])
def test_a_record_cannot_forge_another_line_or_steer_the_terminal(form: Any) -> None:
    stream = io.StringIO()
    configure_logging("info", form, stream)
    logging.getLogger("x").info("name: %s", "a\nERROR forged\x1b[2J\u202e\udc80")
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_last_configuration_counts() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure_logging("info", "json", first)
    configure_logging("info", "json", second)
    logging.getLogger("x").info("once")
    assert first.getvalue() == ""
    assert len(records(second)) == 1
