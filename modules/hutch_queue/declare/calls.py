"""Calls: a job and its arguments as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from typing_extensions import Unpack

from hutch.redaction import redact_item
from hutch_queue.declare.definition import JobDefinition
from hutch_queue.declare.options import Options

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True, repr=False)
class Call(Generic[R_co]):
    """A job and its arguments: ``Emails.confirm(order)``, to be enqueued or asserted.

    Calls are equal when queue, job and the given arguments are, whether those were
    given by position or by name; options do not count.

    Attributes:
        queue: The queue of the job's processor.
        name: The job's wire name.
        arguments: The given arguments by parameter.
        job: The declaration behind it.
        options: What ``with_options`` gave.
    """

    queue: str
    name: str
    arguments: Mapping[str, Any] = field(hash=False)
    job: JobDefinition = field(compare=False)
    options: Options = field(default_factory=Options, compare=False)

    def with_options(self, **options: Unpack[Options]) -> Call[R_co]:
        """Return the same call with these options, beside those that it has."""
        merged: Options = {**self.options, **options}
        return replace(self, options=merged)

    def __repr__(self) -> str:
        shown = (f"{k}={redact_item(k, v, frozenset())!r}" for k, v in self.arguments.items())
        return f"{self.name}({', '.join(shown)})"
