"""How logs look. The only place that knows structlog: everybody else uses the standard `logging`.

On a terminal a line is for people. Otherwise it is one JSON object: `at` (UTC), `level`, `logger`, `event`
and, where something was raised, `exception` as one text with the innermost place first. A line never holds
the value of a local variable, and never more than one line of text.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LogFormat = Literal["auto", "human", "json"]

_FRAMES_SHOWN = 8
_CAUSES_SHOWN = 3


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
    text = f"{type(error).__name__}: {error}" + (f" in {where}" if where else "")
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return f"{text}; caused by {_describe(cause, causes - 1)}" if cause is not None and causes else text


def _to_json(record: EventDict, **_structlog_options: object) -> str:
    order = {key: record.pop(key) for key in ("at", "level", "logger", "event") if key in record}
    return json.dumps({**order, **record}, default=str)


def _for_people(colors: bool) -> list[Processor]:
    return [
        structlog.dev.ConsoleRenderer(
            colors=colors,
            timestamp_key="at",
            exception_formatter=structlog.dev.plain_traceback,
            pad_event_to=0,
        )
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
    structlog.processors.JSONRenderer(serializer=_to_json),
]
