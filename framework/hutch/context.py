"""Context: who caused what, from a request to its jobs and into every log line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass
from itertools import count
from random import Random
from types import MappingProxyType
from typing import Any

# A dict inside is never changed once it is set; who asks gets a read-only view.
_context: ContextVar[dict[str, Any]] = ContextVar("hutch_context", default={})  # noqa: B039

_REQUEST_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}")
_TRACEPARENT = re.compile(
    r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)


class bind_context:  # noqa: N801 - used as a function; a class enters twice as fast as a generator
    """Bind values for the block, and for the tasks that start in it.

    ``with bind_context(request_id="r1"): ...``. Inner values hide outer ones.
    An instance is entered once.

    Args:
        values: Ids and other small values, never content: they stand in every log line.
    """

    __slots__ = ("_token", "_values")

    def __init__(self, **values: Any) -> None:
        self._values = values

    def __enter__(self) -> None:
        self._token: Token[dict[str, Any]] = _context.set(_context.get() | self._values)

    def __exit__(self, *error: object) -> None:
        _context.reset(self._token)


def current_context() -> Mapping[str, Any]:
    """Return a read-only view of what is bound here."""
    return MappingProxyType(_context.get())


@dataclass(frozen=True, slots=True)
class TraceParent:
    """A position in a distributed trace.

    Source: W3C Trace Context, https://www.w3.org/TR/trace-context/.

    Args:
        trace_id: 32 hexadecimal digits in lower case, not all zero.
        parent_id: 16 of them, not all zero.
        flags: From 0 to 255; bit 0 says "sampled".
    """

    trace_id: str
    parent_id: str
    flags: int = 1

    @classmethod
    def new(cls) -> TraceParent:
        """Begin a trace."""
        return cls(f"{_ids.bits(128):032x}", f"{_ids.bits(64):016x}")

    @classmethod
    def parse(cls, header: str) -> TraceParent | None:
        """Read a ``traceparent`` header; what is not valid is no position at all."""
        match = _TRACEPARENT.fullmatch(header.strip())
        if match is None:
            return None
        version, trace_id, parent_id, flags, rest = match.groups()
        if version == "00" and rest:  # only later versions may append fields
            return None
        return cls(trace_id, parent_id, int(flags, 16))

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.parent_id}-{self.flags:02x}"


class _Ids:
    """Ids that are unique, not secret: a random prefix for the process, and a counter."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Begin anew, so that a forked process does not repeat its parent's ids."""
        self._random = Random(os.urandom(32))  # noqa: S311 - not for secrets
        self._prefix = f"{self.bits(48):012x}"
        self._count = count(1)

    def bits(self, size: int) -> int:
        """Draw a number above zero."""
        return self._random.getrandbits(size) or 1

    def next(self) -> str:
        """Return an id that no other process and no earlier call returned."""
        return f"{self._prefix}-{next(self._count):x}"


_ids = _Ids()
os.register_at_fork(after_in_child=_ids.renew)


def new_request_id() -> str:
    """Make a request id that is unique among all processes."""
    return _ids.next()


def accept_request_id(given: str | None) -> str:
    """Take over an id from outside if it is harmless in logs and headers, else make one."""
    return given if given and _REQUEST_ID.fullmatch(given) else new_request_id()


def carry() -> dict[str, str]:
    """Return what a producer sends along with a job: ``request_id`` and ``traceparent``."""
    context = _context.get()
    return {key: context[key] for key in ("request_id", "traceparent") if key in context}


def adopt(carried: Mapping[str, str], **values: Any) -> bind_context:
    """Bind what was carried, and further values, in one step.

    ``with adopt(job.context, job_id=job.id): ...``. What is not valid is left out.

    Args:
        carried: The result of ``carry()``, or headers under the same names.
        values: As for ``bind_context``.
    """
    request_id = carried.get("request_id")
    if request_id and _REQUEST_ID.fullmatch(request_id):
        values["request_id"] = request_id
    header = carried.get("traceparent")
    if header and (trace := TraceParent.parse(header)):
        values["traceparent"] = str(trace)
        values["trace_id"] = trace.trace_id
    return bind_context(**values)
