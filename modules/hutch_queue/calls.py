"""Calls: a job and its arguments as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from hutch.redaction import redact_item
from hutch_queue.definition import JobDefinition

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True, repr=False)
class Call(Generic[R_co]):
    """A job and its arguments: ``Emails.confirm(order)``, to be enqueued or asserted.

    Calls are equal when queue, job and the given arguments are, whether those were
    given by position or by name.

    Attributes:
        queue: The queue of the job's processor.
        name: The job's wire name.
        arguments: The given arguments by parameter.
        job: The declaration behind it.
    """

    queue: str
    name: str
    arguments: Mapping[str, Any] = field(hash=False)
    job: JobDefinition = field(compare=False)

    def __repr__(self) -> str:
        shown = (f"{k}={redact_item(k, v, frozenset())!r}" for k, v in self.arguments.items())
        return f"{self.name}({', '.join(shown)})"
