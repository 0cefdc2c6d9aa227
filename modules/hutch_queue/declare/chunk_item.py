"""Chunk items: the jobs that one call gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, Generic, NoReturn, TypeVar, cast, get_args, get_origin

from hutch.graph.signature import hints_of, injected_into
from hutch_queue.declare.context import JobContext
from hutch_queue.declare.injection import injected
from hutch_queue.errors import InvalidJob

V = TypeVar("V")
R = TypeVar("R")


class ChunkItem(Generic[V, R]):
    """One of the jobs that a ``@chunk`` method gets in one call.

    Without a mark it completes with None when the method returns, and fails when that raises.

    Args:
        value: What the producer passed.
        context: The job that this is.

    Attributes:
        result: What it was completed with.
        error: What it was failed with.
        marked: Whether it was completed or failed.
    """

    __slots__ = ("context", "error", "marked", "result", "value")

    def __init__(self, value: V, context: JobContext = injected) -> None:
        self.value = value
        self.context = context
        self.result: R | None = None
        self.error: Exception | None = None
        self.marked = False

    def complete(self, result: R) -> None:
        """Say what it returns, once its work is done for good."""
        self.result, self.error, self.marked = result, None, True

    def fail(self, error: Exception) -> None:
        """Say that it failed, as if it had raised this: it is tried again by its own attempts."""
        self.result, self.error, self.marked = None, error, True


def parameter_of(function: Callable[..., Any]) -> str:
    """Name the parameter of a chunk's method that takes the items.

    Raises:
        InvalidJob: There is none, or more than one.
    """
    code = cast(FunctionType, function).__code__
    inject = {wanted.name for wanted in injected_into(function)}
    names = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
    own = [name for name in names if name not in inject]
    if len(own) != 1:
        _refuse(function)
    return own[0]


def single(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make the signature of one item's job from that of the method that takes many.

    Raises:
        InvalidJob: The method does not take a sequence of items.
    """
    hint = hints_of(function, cast(FunctionType, function)).get(parameter_of(function))
    item = get_args(hint)[0] if get_origin(hint) is Sequence else None
    if get_origin(item) is not ChunkItem:
        _refuse(function)
    kind, returned = get_args(item)

    def one(self: Any, value: Any) -> Any: ...

    one.__annotations__ = {"value": kind, "return": returned}
    return one


def _refuse(function: Callable[..., Any]) -> NoReturn:
    raise InvalidJob(
        f"@chunk {function.__qualname__}: it takes the items and nothing else but what is "
        "injected: `async def embed(self, items: Sequence[ChunkItem[Value, Result]]) -> None`."
    )
