"""A deadline is kept where one of five calls is in time."""

from collections.abc import Awaitable, Callable

import pytest
from tests.deadlines import fails_within, within


class Calls:
    """Calls that take some time of a clock of their own, one after the other."""

    def __init__(self, *seconds: float) -> None:
        self.now = 0.0
        self._left = list(seconds)

    def clock(self) -> float:
        return self.now

    async def call(self) -> int:
        self.now += self._left.pop(0)
        return len(self._left)


async def test_the_first_that_is_in_time_is_the_last() -> None:
    calls = Calls(0.5, 3, 0.25, 0.1)
    assert await within(0.25, calls.call, clock=calls.clock) == 1


async def test_a_call_that_is_always_late_fails() -> None:
    calls = Calls(0.5, 3, 0.26, 0.3, 0.5, 0.1)
    with pytest.raises(AssertionError, match=r"the quickest of 5 took 0\.260 s, not 0\.25 s"):
        await within(0.25, calls.call, clock=calls.clock)


async def test_who_succeeds_or_fails_otherwise_has_not_failed_in_time() -> None:
    async def succeed() -> None:
        pass

    async def fail() -> None:
        raise KeyError

    calls: list[tuple[Callable[[], Awaitable[None]], type[BaseException]]] = [
        (succeed, pytest.fail.Exception),
        (fail, KeyError),
    ]
    for call, error in calls:
        with pytest.raises(error):
            await fails_within(5, ValueError, call)
