"""A job that is refused for now runs again when it is let in."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from hutch.interceptors import Invocation
from hutch_queue import Snooze
from kit.platforms import PauseAccount, RetryAfter, RetryBackoff, SnoozeWhenTold

AT = datetime.now(UTC) + timedelta(hours=1)
CALL = cast(Invocation, None)


@pytest.mark.parametrize("error", [RetryAfter("r", at=AT), PauseAccount("p", until=AT)])
async def test_a_refusal_that_names_its_end_is_waited_for(error: Exception) -> None:
    async def refused() -> Any:
        raise error

    with pytest.raises(Snooze) as raised:
        await SnoozeWhenTold()(CALL, refused)
    left = AT - datetime.now(UTC)
    assert abs(timedelta(seconds=raised.value.delay) - left) < timedelta(seconds=9)
    assert raised.value.__cause__ is error


async def test_other_ends_are_the_jobs_own() -> None:
    async def done() -> str:
        return "done"

    async def failed() -> Any:
        raise RetryBackoff("away")

    assert await SnoozeWhenTold()(CALL, done) == "done"
    with pytest.raises(RetryBackoff):
        await SnoozeWhenTold()(CALL, failed)
