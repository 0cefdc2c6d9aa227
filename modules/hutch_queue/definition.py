"""Definition: all that is known of a job when its class is written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hutch_queue.backoff import Backoff, exponential
from hutch_queue.codec import Codec
from hutch_queue.crontab import Cron

DEFAULT_BACKOFF = exponential(1)


@dataclass(frozen=True, slots=True)
class JobOptions:
    """How a job runs.

    Attributes:
        attempts: How many runs there may be in all.
        backoff: How long to wait between them.
        timeout: Seconds a run may take.
        name: The wire name; ``Class.method`` if None.
    """

    attempts: int = 3
    backoff: Backoff = DEFAULT_BACKOFF
    timeout: float = 60
    name: str | None = None


@dataclass(frozen=True, eq=False)
class JobDefinition:
    """A job as it was declared.

    Attributes:
        function: The method's function.
        options: How it runs.
        crons: When it runs by itself.
    """

    function: Callable[..., Awaitable[Any]]
    options: JobOptions
    crons: tuple[Cron, ...] = ()

    def name_in(self, processor: type[Any]) -> str:
        """Return its wire name as a job of this processor."""
        return self.options.name or f"{processor.__name__}.{self.function.__name__}"

    @cached_property
    def codec(self) -> Codec:
        """How its arguments and result travel.

        Raises:
            InvalidJob: They cannot.
        """
        return Codec(self.options.name or self.function.__qualname__, self.function)
