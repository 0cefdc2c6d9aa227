"""Logging: one shape for our lines and everybody else's, without secrets."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from typing import Any, TextIO

import structlog
from pydantic_core import to_json
from structlog.typing import EventDict, Processor

from hutch.context import current_context
from hutch.redaction import hide_in_text, redact_item
from hutch.settings.core import LogSettings, Profile

_PLAIN = frozenset({"level", "logger", "timestamp"})
# In a record of the standard library: itself, and other handlers' wordings of its event.
_REPEATED = ("_record", "_from_structlog", "asctime", "color_message", "message")
# At debug level these quote SQL parameters, job arguments, headers or messages.
_QUOTING = ("aiosqlite", "httpcore", "httpcore2", "python_multipart", "websockets")
# These repeat at info level what our own lines say, or say of each request that it was sent.
_CHATTY = ("httpx2", "saq")
_UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")


def configure_logging(
    settings: LogSettings,
    *,
    profile: Profile = Profile.DEVELOPMENT,
    stream: TextIO | None = None,
) -> None:
    """Send structlog's and the standard library's lines to one stream, in one shape.

    JSON in production, coloured lines in a terminal, plain ones elsewhere. The
    context (``hutch.context``) stands in every line; values whose names are those
    of secrets or personal data are hidden. Calling it again replaces what was set.

    Args:
        settings: Level, format and further names to hide.
        profile: Decides the format ``auto``.
        stream: Where to write; standard error if not given.
    """
    out = sys.stderr if stream is None else stream
    processors: list[Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_context,
        structlog.processors.format_exc_info,  # the console's own shows local variables
        _Redact(settings.redact),
        _renderer(settings, profile, out),
    ]
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Writers(out),
        cache_logger_on_first_use=False,  # else the next call would not reach every logger
    )
    _route_standard_library(processors, level, out)


class _Writer(structlog.WriteLogger):
    """Writes lines, and knows its logger's name."""

    def __init__(self, file: TextIO, name: str) -> None:
        super().__init__(file)
        self.name = name


class _Writers:
    """Makes the writer of a logger."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __call__(self, name: str = "hutch", *_: object) -> _Writer:
        return _Writer(self._out, name)


class _Handler(logging.StreamHandler[TextIO]):
    """Ours on the root logger, so that it is found again."""


def _add_context(_logger: Any, _method: str, event: EventDict) -> EventDict:
    for key, value in current_context().items():
        if key != "traceparent":  # trace_id says the same
            event.setdefault(key, value)
    return event


class _Redact:
    """Hide secrets and personal data, after everything else has been added."""

    def __init__(self, extra: Sequence[str]) -> None:
        self._extra = frozenset(word.lower().replace("-", "_") for word in extra)

    def __call__(self, _logger: Any, _method: str, event: EventDict) -> EventDict:
        if "_record" in event:
            for key in _REPEATED:
                event.pop(key, None)
        event["event"] = hide_in_text(str(event.get("event", "")))
        for key in event.keys() - _PLAIN - {"event"}:
            event[key] = redact_item(key, event[key], self._extra)
        return event


def _renderer(settings: LogSettings, profile: Profile, out: TextIO) -> Processor:
    automatic = "json" if profile is Profile.PRODUCTION else "console"
    if (automatic if settings.format == "auto" else settings.format) == "json":
        return _render_json
    colors = out.isatty() and "NO_COLOR" not in os.environ
    return structlog.dev.ConsoleRenderer(
        colors=colors, pad_event_to=30 if colors else 0, pad_level=colors
    )


def _render_json(_logger: Any, _method: str, event: EventDict) -> str:
    return to_json(event, fallback=repr, inf_nan_mode="constants").decode()


def _route_standard_library(processors: Sequence[Processor], level: int, out: TextIO) -> None:
    handler = _Handler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=processors))
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if not isinstance(other, _Handler)]
    root.addHandler(handler)
    root.setLevel(level)
    for name in _UVICORN:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in _QUOTING:
        logging.getLogger(name).setLevel(max(level, logging.INFO))
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
