"""Chunks: jobs of which one call takes many."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from hutch_queue.declare.backoff import Backoff
from hutch_queue.declare.calls import Call
from hutch_queue.declare.chunk_item import ChunkItem
from hutch_queue.declare.definition import DEFAULT_BACKOFF, JobDefinition, JobOptions
from hutch_queue.declare.jobs import Declared, check_options, make_call
from hutch_queue.errors import InvalidJob
from hutch_queue.storage.store import MOST

P = ParamSpec("P")
V = TypeVar("V")
R = TypeVar("R")

Items = Sequence[ChunkItem[V, R]]


class Chunk(Declared, Generic[V, R, P]):
    """What ``@chunk`` makes of a method.

    On the class it builds the call of one job, ``Embeddings.embed(product)``; on an object
    it is the method itself, ``await Embeddings(model).embed([ChunkItem(product)])``.
    """

    @overload
    def __get__(self, obj: None, owner: type[Any], /) -> ChunkType[V, R]: ...
    @overload
    def __get__(
        self, obj: object, owner: type[Any], /
    ) -> Callable[Concatenate[Items[V, R], P], Awaitable[None]]: ...
    def __get__(self, obj: Any, owner: Any, /) -> Any:
        if obj is not None:
            return MethodType(self.definition.function, obj)
        made: ChunkType[V, R] = ChunkType(self.definition, owner)
        return made


class ChunkType(Generic[V, R]):
    """A chunk seen on its processor's class: call it with one value to make a ``Call``."""

    __slots__ = ("definition", "owner")

    def __init__(self, definition: JobDefinition, owner: type[Any]) -> None:
        self.definition = definition
        self.owner = owner

    def __call__(self, value: V, /) -> Call[R]:
        """Make the call of one job with this value.

        Raises:
            InvalidJob: The class is no ``@processor``, or the method takes no items.
        """
        return make_call(self.definition, self.owner, (value,), {})


def chunk(
    *,
    size: int,
    attempts: int = 3,
    backoff: Backoff = DEFAULT_BACKOFF,
    timeout: float = 60,
    name: str | None = None,
    priority: int = 0,
    no_retry: tuple[type[Exception], ...] = (),
) -> Callable[[Callable[Concatenate[Any, Items[V, R], P], Awaitable[None]]], Chunk[V, R, P]]:
    """Let one call of an async method take up to ``size`` jobs, as many as wait.

    Each of them may run twice: see *Guarantees*. The method gets
    ``items: Sequence[ChunkItem[Value, Result]]`` and what is injected. It is the only job of
    its queue, and the processor's ``concurrency`` counts calls.

    Args:
        size: How many jobs one call takes at most, up to 500.
        attempts: The runs of each job in all.
        backoff: The wait between them.
        timeout: The seconds that a call may take.
        name: The wire name, ``Class.method`` if None.
        priority: From -100 to 100, higher first.
        no_retry: Errors after which a job has no other attempt.

    Raises:
        InvalidJob: The method is not async, or an option cannot work.
    """
    options = JobOptions(attempts, backoff, timeout, name, priority, no_retry)

    def decorate(
        function: Callable[Concatenate[Any, Items[V, R], P], Awaitable[None]],
    ) -> Chunk[V, R, P]:
        check_options("@chunk", function, options)
        if not 1 <= size <= MOST:
            raise InvalidJob(f"@chunk {function.__qualname__}: size={size}; use 1 to {MOST}.")
        if not inspect.iscoroutinefunction(function):
            raise InvalidJob(f"@chunk {function.__qualname__}: it must be `async def`.")
        return Chunk(JobDefinition(function, options, size=size))

    return decorate
