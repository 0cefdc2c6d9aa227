"""Definition: all that is known of a job when its class is written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hutch_queue.declare.backoff import Backoff, exponential
from hutch_queue.declare.chunk_item import single
from hutch_queue.declare.codec import Codec
from hutch_queue.schedules.recurrence import Recurrence

DEFAULT_BACKOFF = exponential(1)


@dataclass(frozen=True, slots=True)
class JobOptions:
    """How a job runs.

    Attributes:
        attempts: How many runs there may be in all.
        backoff: How long to wait between them.
        timeout: Seconds a run may take.
        name: The wire name; ``Class.method`` if None.
        priority: From -100 to 100, higher first.
        no_retry: Errors after which there is no other attempt.
    """

    attempts: int = 3
    backoff: Backoff = DEFAULT_BACKOFF
    timeout: float = 60
    name: str | None = None
    priority: int = 0
    no_retry: tuple[type[Exception], ...] = ()


@dataclass(frozen=True, eq=False)
class JobDefinition:
    """A job as it was declared.

    Attributes:
        function: The method's function.
        options: How it runs.
        schedules: When it runs by itself.
        size: How many jobs one call of the function takes; None if it takes one by its arguments.
    """

    function: Callable[..., Awaitable[Any]]
    options: JobOptions
    schedules: tuple[Recurrence, ...] = ()
    size: int | None = None

    def name_in(self, processor: type[Any]) -> str:
        """Return its wire name as a job of this processor."""
        return self.options.name or f"{processor.__name__}.{self.function.__name__}"

    @cached_property
    def codec(self) -> Codec:
        """How its arguments and result travel.

        Raises:
            InvalidJob: They cannot.
        """
        function = self.function if self.size is None else single(self.function)
        return Codec(self.options.name or self.function.__qualname__, function)
