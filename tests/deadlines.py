"""Deadlines: calls that end in time, also where the machine that runs the tests is busy."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)

TRIES = 5


async def within(
    seconds: float, call: Callable[[], Awaitable[T]], *, clock: Callable[[], float] = time.monotonic
) -> T:
    """Check that a call ends in time; return what it returned.

    Other work on the machine only adds time, so the call is repeated until one is in time: a
    call that always takes longer fails.

    Args:
        seconds: The deadline.
        call: What is timed; it may run five times.
        clock: The time in seconds.

    Raises:
        AssertionError: Not one was in time.
    """
    took: list[float] = []
    while len(took) < TRIES:
        began = clock()
        result = await call()
        took.append(clock() - began)
        if took[-1] <= seconds:
            return result
    raise AssertionError(f"the quickest of {TRIES} took {min(took):.3f} s, not {seconds:g} s")


async def fails_within(
    seconds: float, errors: type[E] | tuple[type[E], ...], call: Callable[[], Awaitable[Any]]
) -> E:
    """Check that a call fails in time, each time it is made; return its last error.

    Raises:
        AssertionError: Not one was in time.
    """

    async def failing() -> E:
        with pytest.raises(errors) as raised:
            await call()
        return raised.value

    return await within(seconds, failing)
