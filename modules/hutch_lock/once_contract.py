"""The contract of every backend of ``Once``; see ``hutch_lock.contract``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, cast

from hutch_lock.contract import MINUTE, SHORT, Services, error_of
from hutch_lock.errors import (
    InProgress,
    InvalidLock,
    LockError,
    OtherFingerprint,
    ResultNotKept,
)
from hutch_redis import InvalidKey


class Work:
    """Work that counts how often it is done."""

    def __init__(self, result: Any = None) -> None:
        self.result = result
        self.count = 0
        self.began = asyncio.Event()
        self.gate = asyncio.Event()

    async def __call__(self) -> Any:
        """Do it."""
        self.count += 1
        return self.result

    async def slowly(self) -> Any:
        """Do it when the gate opens."""
        self.began.set()
        await self.gate.wait()
        return await self()

    async def fail(self) -> Any:
        """Fail at it."""
        await self()
        raise ConnectionError("platform is away")


class OnceContract:
    """What every backend of ``Once`` does."""

    async def test_work_is_done_once_and_its_result_is_kept(self, services: Services) -> None:
        once, work = services.once, Work({"id": 7, "parts": [1, None]})
        first = await once.outcome("a", work, keep=MINUTE)
        second = await once.outcome("a", work, keep=MINUTE)
        assert (first.repeated, second.repeated) == (False, True)
        assert first.result == second.result == {"id": 7, "parts": [1, None]}
        assert work.count == 1
        await once.run("b", work, keep=MINUTE)
        await once.run(("whole", "key"), work, keep=MINUTE)
        assert work.count == 3

    async def test_failed_work_is_not_done(self, services: Services) -> None:
        once, work = services.once, Work()
        for _ in range(2):
            await error_of(ConnectionError, once.run("a", work.fail, keep=MINUTE))
        await once.run("a", work, keep=MINUTE)
        assert work.count == 3

    async def test_work_under_way_is_not_begun_again(self, services: Services) -> None:
        once, work = services.once, Work(7)
        task = asyncio.create_task(once.run("a", work.slowly, keep=MINUTE))
        await work.began.wait()
        # longer than the claim lasts that the work was begun with
        await asyncio.sleep(2 * SHORT.total_seconds())
        message = await error_of(InProgress, once.run("a", work, keep=MINUTE))
        assert "is under way elsewhere; come back later" in message
        work.gate.set()
        assert await task == 7
        assert await once.run("a", work, keep=MINUTE) == 7
        assert work.count == 1

    async def test_cancelled_work_is_not_done(self, services: Services) -> None:
        once, work = services.once, Work()
        task = asyncio.create_task(once.run("a", work.slowly, keep=MINUTE))
        await work.began.wait()
        task.cancel()
        await asyncio.wait([task])
        await once.run("a", work, keep=MINUTE)
        assert work.count == 1

    async def test_done_work_is_noted_although_its_caller_is_cancelled(
        self, services: Services
    ) -> None:
        once, work = services.once, Work(7)

        async def last_moment() -> Any:
            task.cancel()
            return await work()

        task = asyncio.create_task(once.run("a", last_moment, keep=MINUTE))
        await asyncio.wait([task])
        assert task.cancelled()
        # longer than the claim lasts
        await asyncio.sleep(2 * SHORT.total_seconds())
        assert await once.run("a", work, keep=MINUTE) == 7
        assert work.count == 1

    async def test_it_is_kept_for_its_time(self, services: Services) -> None:
        once, work = services.once, Work()
        await once.run("a", work, keep=timedelta(seconds=0.1))
        await asyncio.sleep(0.15)
        await once.run("a", work, keep=MINUTE)
        assert work.count == 2

    async def test_another_fingerprint_is_refused(self, services: Services) -> None:
        once, work = services.once, Work(1)
        await once.run("a", work, keep=MINUTE, fingerprint="x")
        assert await once.run("a", work, keep=MINUTE, fingerprint=b"x") == 1
        for other in ("y", None):
            message = await error_of(
                OtherFingerprint, once.run("a", work, keep=MINUTE, fingerprint=other)
            )
            assert "was used with another fingerprint; use another key" in message
        assert work.count == 1

    async def test_several_keys_are_claimed_together_or_not_at_all(
        self, services: Services
    ) -> None:
        once, work = services.once, Work()
        await once.run("b", work, keep=MINUTE)
        found = await once.outcome("a", work, keep=MINUTE, also={"b": MINUTE})
        assert found.repeated
        assert not (await once.outcome("a", work, keep=MINUTE, also={"c": MINUTE})).repeated
        assert (await once.outcome("c", work, keep=MINUTE)).repeated
        await error_of(ConnectionError, once.run("d", work.fail, keep=MINUTE, also={"e": MINUTE}))
        assert not (await once.outcome("e", work, keep=MINUTE)).repeated

    async def test_a_result_comes_back_in_its_own_type(self, services: Services) -> None:
        once, work = services.once, Work([date(2024, 1, 15)])
        for _ in range(2):
            result = await once.run("a", work, keep=MINUTE, returns=list[date])
            assert result == [date(2024, 1, 15)]
        message = await error_of(ResultNotKept, once.run("a", work, keep=MINUTE, returns=list[int]))
        assert "its result is of another type than returns=" in message

    async def test_a_result_that_cannot_be_stored_is_no_reason_to_do_it_again(
        self, services: Services
    ) -> None:
        once, work = services.once, Work(object())
        message = await error_of(ResultNotKept, once.run("a", work, keep=MINUTE))
        assert "the work is done and will not be repeated, but its result, a object," in message
        message = await error_of(ResultNotKept, once.run("a", work, keep=MINUTE))
        assert "its result could not be stored" in message
        assert work.count == 1

    async def test_bad_input_does_nothing(self, services: Services) -> None:
        work = Work()
        run = cast(Callable[..., Awaitable[Any]], services.once.run)
        bad: list[tuple[type[Exception], Any, dict[str, Any]]] = [
            (InvalidKey, "", {}),
            (InvalidKey, "a", {"also": {"\n": MINUTE}}),
            (InvalidLock, ("fence",), {}),
            (InvalidLock, "a", {"also": {("fence",): MINUTE}}),
            (InvalidLock, "a", {"keep": timedelta(0)}),
            (InvalidLock, "a", {"also": {"b": timedelta(0)}}),
        ]
        for error, key, options in bad:
            await error_of(error, run(key, work, **{"keep": MINUTE, **options}))
        assert work.count == 0
        await run("a", work, keep=MINUTE, also={"b": MINUTE})

    async def test_of_many_at_once_one_does_it(self, services: Services) -> None:
        work = Work(1)

        async def attempt() -> None:
            with suppress(LockError):
                await services.once.run("a", work, keep=MINUTE)

        await asyncio.gather(*(attempt() for _ in range(20)))
        assert work.count == 1
