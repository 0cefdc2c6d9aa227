"""The contract of every backend, as tests that a backend's own suite inherits.

``class TestMine(LockContract)`` with a fixture ``services`` that returns ``services_on(claims)``:
the ports on the backend under test, with nothing claimed yet. ``OnceContract`` in
``hutch_lock.once_contract`` takes the same. Needs pytest-asyncio's auto mode.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hutch_lock.claimed_once import ClaimedOnce
from hutch_lock.claims import Claims
from hutch_lock.errors import InvalidLock, LockTaken
from hutch_lock.leftovers import Leftovers
from hutch_lock.locks import ClaimedLocks
from hutch_lock.port import Locks, Once
from hutch_lock.settings import LockSettings
from hutch_lock.tally import Tally
from hutch_redis import InvalidKey

MINUTE = timedelta(minutes=1)
SHORT = timedelta(seconds=0.25)


@dataclass(frozen=True, slots=True)
class Services:
    """What is tested. The ``Once`` has claims of a quarter second.

    Attributes:
        leftovers: To be closed where the server is harmed: what is to be given back then.
    """

    locks: Locks
    once: Once
    leftovers: Leftovers


def services_on(claims: Claims, tally: Tally | None = None) -> Services:
    """Put the ports on a backend."""
    tally, leftovers = tally or Tally(), Leftovers(claims)
    settings = LockSettings(claim=0.25)
    return Services(
        ClaimedLocks(claims, leftovers, tally),
        ClaimedOnce(claims, leftovers, settings, tally),
        leftovers,
    )


async def error_of(error: type[Exception], waiting: Awaitable[Any]) -> str:
    """Check that awaiting it fails with this error; return the message."""
    try:
        await waiting
    except error as raised:
        return str(raised)
    raise AssertionError(f"{error.__name__} was not raised")


async def refused(locks: Locks, name: Any = "a", **options: Any) -> str:
    """Check that a lock cannot be had; return the message."""

    async def try_it() -> None:
        async with locks.hold(name, **{"ttl": MINUTE, **options}):
            pass

    return await error_of(LockTaken, try_it())


class LockContract:
    """What every backend of the locks does."""

    async def test_a_second_holder_is_refused_until_the_first_is_out(
        self, services: Services
    ) -> None:
        locks = services.locks
        async with locks.hold("a", ttl=MINUTE) as first:
            message = await refused(locks)
            assert "lock:a is held by another one" in message
            assert "free in 60 s. Come back later, or give a longer wait=." in message
            async with locks.hold("b", ttl=MINUTE):
                pass
        async with locks.hold("a", ttl=MINUTE) as second:
            assert second.fence > first.fence
            assert second.name.endswith("lock:a")

    async def test_a_name_in_parts_is_the_whole_key(self, services: Services) -> None:
        async with services.locks.hold(("learn", "lock", 7), ttl=MINUTE) as held:
            assert held.name.endswith(":learn:lock:7")
            assert "lock:lock" not in held.name
            await refused(services.locks, ("learn", "lock", 7))

    async def test_a_failed_block_frees_the_lock_and_its_error_passes(
        self, services: Services
    ) -> None:
        for error in (ValueError("mine"), TimeoutError("mine")):
            with suppress(ValueError, TimeoutError):
                async with services.locks.hold("a", ttl=MINUTE):
                    raise error
        async with services.locks.hold("a", ttl=MINUTE):
            pass

    async def test_a_cancelled_holder_frees_the_lock(self, services: Services) -> None:
        entered = asyncio.Event()

        async def hold() -> None:
            async with services.locks.hold("a", ttl=MINUTE):
                entered.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(hold())
        await entered.wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        async with services.locks.hold("a", ttl=MINUTE):
            pass

    async def test_a_waiter_gets_the_lock_when_it_is_free(self, services: Services) -> None:
        locks, order = services.locks, list[str]()

        async def wait() -> None:
            async with locks.hold("a", ttl=MINUTE, wait=MINUTE):
                order.append("second")

        async with locks.hold("a", ttl=MINUTE):
            task = asyncio.create_task(wait())
            await asyncio.sleep(0.05)
            order.append("first")
        await asyncio.wait_for(task, 5)
        assert order == ["first", "second"]

    async def test_a_waiter_gives_up_in_time(self, services: Services) -> None:
        async with services.locks.hold("a", ttl=MINUTE):
            message = await refused(services.locks, wait=timedelta(seconds=0.1))
        assert "is held by another one after 0.1 s" in message

    async def test_a_lock_is_renewed_as_long_as_it_is_held(self, services: Services) -> None:
        async with services.locks.hold("a", ttl=SHORT):
            await asyncio.sleep(2 * SHORT.total_seconds())
            await refused(services.locks)

    async def test_bad_input_claims_nothing(self, services: Services) -> None:
        locks = services.locks

        async def hold(name: Any, ttl: float, wait: float = 0) -> None:
            times = {"ttl": timedelta(seconds=ttl), "wait": timedelta(seconds=wait)}
            async with locks.hold(name, **times):
                raise AssertionError

        assert "ttl=0 s: give at least 0.1 s." in await error_of(InvalidLock, hold("a", 0))
        assert "wait=-1 s: give at least 0 s." in await error_of(InvalidLock, hold("a", 1, -1))
        for name in ("", (), ("a", ""), "a\n"):
            await error_of(InvalidKey, hold(name, 1))
        async with locks.hold("a", ttl=MINUTE):
            pass

    async def test_the_fence_is_no_name(self, services: Services) -> None:
        message = await error_of(
            InvalidLock, services.locks.hold(("fence",), ttl=MINUTE).__aenter__()
        )
        assert (
            "fence is the key of the last fence; give another name, or the text 'fence'." in message
        )
        async with services.locks.hold("fence", ttl=MINUTE) as first:
            pass
        async with services.locks.hold(("fence", "a"), ttl=MINUTE) as second:
            assert second.fence > first.fence

    async def test_of_many_at_once_one_holds(self, services: Services) -> None:
        inside, fences = 0, list[int]()

        async def hold() -> None:
            nonlocal inside
            async with services.locks.hold("a", ttl=MINUTE, wait=MINUTE) as held:
                inside += 1
                assert inside == 1
                fences.append(held.fence)
                await asyncio.sleep(0)
                inside -= 1

        await asyncio.gather(*(hold() for _ in range(10)))
        assert fences == sorted(set(fences))
