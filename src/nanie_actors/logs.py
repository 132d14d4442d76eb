"""How logs look. The only place that knows structlog: everybody else uses the standard `logging`.

On a terminal a line is for people. Otherwise it is one JSON object: `at` (UTC), `level`, `logger`, `event`
and, where something was raised, `exception` as one text with the innermost place first. A line never holds
the value of a local variable, and never more than one line of text.

What an exception says is left out: whoever fails at a message tends to quote it. Its type and its places
stay, and of an operating system's error what the system says. A key that was told to `hide` is never written.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

LogFormat = Literal["auto", "human", "json"]

_FRAMES_SHOWN = 8
_CAUSES_SHOWN = 3

HIDDEN = "[hidden]"
_secrets: set[str] = set()

_log = logging.getLogger(__name__)


def configure_logging(level: str, format: LogFormat, stream: TextIO | None = None) -> None:
    """Send every log record of this process, whichever library made it, to `stream` (standard error).

    `auto` is `human` on a terminal and `json` otherwise. May be called again; the last call counts.
    """
    out = sys.stderr if stream is None else stream
    human = format == "human" or (format == "auto" and out.isatty())
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_COMMON,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_for_people(colors=out.isatty()) if human else _FOR_PROGRAMS),
            ],
        )
    )
    _route_structlog()
    logging.raiseExceptions = False  # a closed stderr must not make logging write tracebacks to it
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def hide(secret: str) -> None:
    """Never write this text, whichever library wants to. For keys; an empty text is passed over."""
    if secret:
        _secrets.add(secret)


def log_uncaught_errors() -> None:
    """Let what ends a thread be a log record: Python itself would write the exception's text."""

    def log(failed: threading.ExceptHookArgs) -> None:
        name = failed.thread.name if failed.thread is not None else "a thread"
        _log.critical("%s ended with an error", name, exc_info=failed.exc_value)

    threading.excepthook = log


def _route_structlog() -> None:
    """Let records made with structlog itself (an extractor of another package) take the same way."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *_COMMON,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _one_line(_logger: WrappedLogger, _method: str, record: EventDict) -> EventDict:
    """Escape control characters: a record must not forge another line, nor steer a terminal."""
    record["event"] = "".join(
        char if char.isprintable() else ascii(char)[1:-1] for char in str(record.get("event"))
    )
    return record


def _compact_exception(_logger: WrappedLogger, _method: str, record: EventDict) -> EventDict:
    """Turn the raised exception into one text: what, where (innermost first), and what caused it."""
    error = _raised(record.pop("exc_info", None))
    if error is not None:
        record["exception"] = _describe(error)
    return record


def _raised(exc_info: object) -> BaseException | None:
    """The exception in any of the forms that `exc_info` may have."""
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None


def _describe(error: BaseException, causes: int = _CAUSES_SHOWN) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_SHOWN:]
    where = " < ".join(f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in reversed(frames))
    text = _said(error) + (f" in {where}" if where else "")
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return f"{text}; caused by {_describe(cause, causes - 1)}" if cause is not None and causes else text


def _said(error: BaseException) -> str:
    """What may be told of an exception: never its own words, which may quote a message, a name or a key."""
    kind = type(error).__name__
    return f"{kind}: {error.strerror}" if isinstance(error, OSError) and error.strerror else kind


def _for_eyes(out: TextIO, exc_info: ExcInfo) -> None:
    """A traceback for people: the causes first, each with its places, innermost last."""
    chain: list[BaseException] = []
    error: BaseException | None = exc_info[1]
    while error is not None and len(chain) <= _CAUSES_SHOWN:
        chain.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    for number, one in enumerate(reversed(chain)):
        out.write("which led to\n" if number else "")
        out.write("".join(_places(one.__traceback__)))
        out.write(f"{_said(one)}\n")


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_FRAMES_SHOWN:]
    return [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n' for frame in frames]


def _hide_secrets(_logger: WrappedLogger, _method: str, record: EventDict) -> EventDict:
    """Last of all but the writing: whatever text there is, no key is in it."""
    if _secrets:
        for field, value in record.items():
            if isinstance(value, str):
                record[field] = _without_secrets(value)
    return record


def _without_secrets(text: str) -> str:
    for secret in _secrets:
        text = text.replace(secret, HIDDEN)
    return text


def _to_json(record: EventDict, **_structlog_options: object) -> str:
    order = {key: record.pop(key) for key in ("at", "level", "logger", "event") if key in record}
    return json.dumps({**order, **record}, default=str)


def _for_people(colors: bool) -> list[Processor]:
    return [
        _hide_secrets,
        structlog.dev.ConsoleRenderer(
            colors=colors,
            timestamp_key="at",
            exception_formatter=_for_eyes,
            pad_event_to=0,
        ),
    ]


_COMMON: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    _one_line,
]

_FOR_PROGRAMS: list[Processor] = [
    _compact_exception,
    _hide_secrets,
    structlog.processors.JSONRenderer(serializer=_to_json),
]
