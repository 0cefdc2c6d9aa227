"""Consumers: methods that handle the messages of an inbox."""

from __future__ import annotations

import inspect
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast

from pydantic import BaseModel

from hutch.marks import Handler, mark, mark_handler, mark_of
from hutch_pubsub.errors import InvalidInbox
from hutch_pubsub.inbox_spec import InboxSpec

M = TypeVar("M", bound=BaseModel)
S = TypeVar("S")
P = ParamSpec("P")
Method = Callable[Concatenate[S, M, P], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Which message is handled; inject it with ``Inject[Delivery]``.

    Attributes:
        inbox: The inbox's name.
        id: The message's number in it.
        attempt: Which delivery this is, from 1.
        attempts: How many there are.
        added: When it was added, by the store's clock.
    """

    inbox: str
    id: str
    attempt: int
    attempts: int
    added: datetime


@dataclass(frozen=True, slots=True)
class Consuming:
    """How one method consumes.

    Attributes:
        method: Its name.
        parameter: The parameter that takes the message.
        concurrency: How many messages it handles at once, in one process.
        timeout: Seconds that one may take.
    """

    spec: InboxSpec[Any]
    method: str
    parameter: str
    concurrency: int
    timeout: float


@dataclass(frozen=True, slots=True)
class Consumers:
    """The mark of a class with consumers."""

    methods: tuple[Consuming, ...]


class _Consumer(Generic[S, M, P]):
    """Stands in the class body until the class is there, then leaves the method and a mark."""

    def __init__(self, function: Method[S, M, P], options: dict[str, Any]) -> None:
        self._function = function
        self._options = options

    def __set_name__(self, owner: type[Any], name: str) -> None:
        parameter = list(inspect.signature(self._function).parameters)[1]
        consuming = Consuming(method=name, parameter=parameter, **self._options)
        before = mark_of(owner, Consumers)
        mark(owner, Consumers((*(before.methods if before else ()), consuming)))
        setattr(owner, name, self._function)


def consumer(
    spec: InboxSpec[M], *, concurrency: int = 10, timeout: float = 60
) -> Callable[[Method[S, M, P]], Method[S, M, P]]:
    """Make a method the consumer of an inbox; list its class among its module's providers.

    ``@consumer(MESSAGES)`` above ``async def answer(self, message: ChatMessage) -> None``. A
    message is settled when the method returns. When it raises, or takes too long, the message
    is delivered again. It may be handled twice. Further parameters are ``Inject[T]``.

    Args:
        spec: The inbox.
        concurrency: How many messages are handled at once, in one process.
        timeout: Seconds that one may take.

    Raises:
        InvalidInbox: An option cannot work, or the method is not async or takes no message.
    """
    place = f"@consumer({spec.name!r})"
    if concurrency < 1 or not 0 < timeout < math.inf:
        raise InvalidInbox(
            f"{place}: concurrency={concurrency}, timeout={timeout}; use 1 or more, and seconds."
        )

    def decorate(function: Method[S, M, P]) -> Method[S, M, P]:
        name = getattr(function, "__qualname__", repr(function))
        if not inspect.iscoroutinefunction(function):
            raise InvalidInbox(f"{place} {name}: write `async def`; it is awaited.")
        if len(inspect.signature(function).parameters) < 2:
            raise InvalidInbox(f"{place} {name}: it takes no message; write (self, message).")
        mark_handler(function, Handler(function, Delivery))
        options = {"spec": spec, "concurrency": concurrency, "timeout": timeout}
        return cast(Method[S, M, P], _Consumer(function, options))

    return decorate
