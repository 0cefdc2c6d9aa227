"""Processors: classes whose methods are the jobs of one queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from hutch.marks import mark, mark_of
from hutch_queue.errors import InvalidJob
from hutch_queue.names import check_name

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Processor:
    """The mark of a processor: its queue, and how many of its jobs run at once."""

    queue: str
    concurrency: int


def processor(queue: str, *, concurrency: int = 10) -> Callable[[type[T]], type[T]]:
    """Make a class the processor of a queue; list it among its module's providers.

    Args:
        queue: A name that some module declares: ``queue_module("emails")``.
        concurrency: How many jobs of the queue run at once in one worker.

    Raises:
        InvalidJob: The name cannot be a queue's, or ``concurrency`` is below 1.
    """
    check_name(queue)
    if concurrency < 1:
        raise InvalidJob(f"@processor({queue!r}): concurrency={concurrency}; use 1 or more.")

    def decorate(cls: type[T]) -> type[T]:
        return mark(cls, Processor(queue, concurrency))

    return decorate


def processor_of(cls: type[Any]) -> tuple[type[Any], Processor]:
    """Find the nearest class that is a processor, and its mark.

    Raises:
        InvalidJob: Neither the class nor a base of it is one.
    """
    for base in cls.__mro__:
        if (found := mark_of(base, Processor)) is not None:
            return base, found
    raise InvalidJob(
        f"{cls.__name__} has jobs but no queue; write @processor('name') above the class."
    )
