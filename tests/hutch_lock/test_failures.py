"""What holders and work see when Redis hangs, dies or is full."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.deadlines import TRIES, fails_within
from tests.stuck_redis import WAYS, stuck_redis

from hutch_lock import LockLost, LockSettings, LockTaken, LockUnavailable
from hutch_lock.claimed_once import ClaimedOnce
from hutch_lock.contract import MINUTE, SHORT, Services, error_of, services_on
from hutch_lock.on_redis import RedisClaims
from hutch_lock.once_contract import Work
from hutch_lock.tally import Tally
from hutch_redis import EmbeddedServer, Redis, RedisSettings, open_redis
from hutch_redis.testing import temporary_server


@asynccontextmanager
async def opened(
    url: str, tally: Tally | None = None, **values: object
) -> AsyncIterator[tuple[Redis, Services]]:
    settings = RedisSettings.model_validate({"url": url, **values})
    async with asynccontextmanager(open_redis)(settings) as redis:
        services = services_on(RedisClaims(redis), tally)
        yield redis, services
        await services.leftovers.close()


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    """A server of this test alone, to be harmed."""
    async with temporary_server() as server:
        yield server


@pytest.mark.req("C-38")
async def test_a_holder_is_cancelled_before_its_time_when_redis_hangs(
    server: EmbeddedServer,
) -> None:
    ttl = timedelta(seconds=1)
    tally = Tally()
    async with opened(server.url, tally) as (_, services):
        locks = services.locks
        clock, tries = asyncio.get_running_loop().time, list[float]()

        async def hold() -> None:
            began = clock()
            async with locks.hold(f"a{len(tries)}", ttl=ttl):
                os.kill(server.pid, signal.SIGSTOP)
                try:
                    await asyncio.sleep(5)
                finally:
                    tries.append(clock() - began)

        # A busy machine only adds time.
        while not tries or (min(tries) >= 1 and len(tries) < TRIES):
            try:
                await error_of(LockLost, hold())
            finally:
                os.kill(server.pid, signal.SIGCONT)
        assert 0.85 < min(tries) < 1
        assert tally._counts["lock", "lost"] == len(tries)


@pytest.mark.parametrize("way", WAYS)
async def test_with_redis_away_nothing_begins(server: EmbeddedServer, way: str) -> None:
    async with stuck_redis(server, way) as found, opened(found.url) as (_, services):
        work = Work()

        async def hold() -> None:
            async with services.locks.hold("a", ttl=MINUTE, wait=MINUTE):
                await work()

        with found.stuck():
            for call in (hold, lambda: services.once.run("a", work, keep=MINUTE)):
                message = str(await fails_within(0.25, LockUnavailable, call))
                assert "Redis did not do it (" in message
                assert "Error), so nothing may begin; try again when it is back." in message
        assert work.count == 0


@pytest.mark.slow
async def test_a_holder_goes_on_when_redis_is_back_in_time(server: EmbeddedServer) -> None:
    async with opened(server.url) as (_, services):
        locks = services.locks
        async with locks.hold("a", ttl=timedelta(seconds=2)):
            os.kill(server.pid, signal.SIGSTOP)
            await asyncio.sleep(0.9)
            os.kill(server.pid, signal.SIGCONT)
            await asyncio.sleep(1.3)
            with pytest.raises(LockTaken):
                async with locks.hold("a", ttl=MINUTE):
                    pass


async def test_a_full_server_lets_a_holder_end_and_refuses_new_ones(
    server: EmbeddedServer,
) -> None:
    async with opened(server.url) as (redis, services):
        work = Work("done")
        task = asyncio.create_task(services.once.run("a", work.slowly, keep=MINUTE))
        await work.began.wait()
        async with services.locks.hold("b", ttl=SHORT):
            await redis.state.config_set("maxmemory", "1")
            message = await error_of(LockUnavailable, services.once.run("c", work, keep=MINUTE))
            assert "OutOfMemoryError" in message
            await asyncio.sleep(2 * SHORT.total_seconds())
        work.gate.set()
        assert await task == "done"
        assert await redis.state.get(redis.key("once", "a")) == b'done:-:"done"'
        assert not await redis.state.exists(redis.key("lock", "b"))
        assert work.count == 1


async def test_work_that_is_done_but_cannot_be_noted_is_not_repeated(
    server: EmbeddedServer,
) -> None:
    async with opened(server.url) as (_, services):
        once, count = services.once, 0

        async def work() -> int:
            nonlocal count
            count += 1
            os.kill(server.pid, signal.SIGSTOP)
            return 7

        try:
            with capture_logs() as logs:
                assert await once.run("a", work, keep=MINUTE) == 7
        finally:
            os.kill(server.pid, signal.SIGCONT)
        assert ("error", "done, but not noted") in [(r["log_level"], r["event"]) for r in logs]
        assert count == 1


async def test_who_is_cancelled_while_a_slow_server_notes_it_does_not_leave_it_undone(
    server: EmbeddedServer,
) -> None:
    async with opened(server.url, timeout=10) as (redis, services):
        client: Any = redis.state
        claims = RedisClaims(redis)
        once = ClaimedOnce(claims, services.leftovers, LockSettings(claim=60), Tally())
        work = Work(7)

        async def slow() -> Any:
            await client.execute_command("CLIENT", "PAUSE", 10_000, "WRITE")
            return await work()

        task = asyncio.create_task(once.run("a", slow, keep=MINUTE))
        async with asyncio.timeout(5):
            # until the server has the note, and lets it wait
            while not (await client.info("clients"))["blocked_clients"]:
                await asyncio.sleep(0.01)
        for _ in range(3):
            task.cancel()
            await asyncio.wait([task], timeout=0.02)
        assert not task.done()
        await client.execute_command("CLIENT", "UNPAUSE")
        await asyncio.wait([task])
        assert task.cancelled()
        assert await client.get(redis.key("once", "a")) == b"done:-:7"
        assert await once.run("a", work, keep=MINUTE) == 7
        assert work.count == 1


async def test_who_is_cancelled_while_redis_is_away_is_out_when_the_claim_ends(
    server: EmbeddedServer,
) -> None:
    async with opened(server.url) as (_, services):
        once, stopped = services.once, asyncio.Event()

        async def work() -> int:
            os.kill(server.pid, signal.SIGSTOP)
            stopped.set()
            return 7

        task = asyncio.create_task(once.run("a", work, keep=MINUTE))
        try:
            await stopped.wait()
            task.cancel()
            with capture_logs() as logs:
                await asyncio.wait([task], timeout=1)
        finally:
            os.kill(server.pid, signal.SIGCONT)
        assert task.cancelled()
        assert [(r["log_level"], r["event"]) for r in logs] == [("error", "done, but not noted")]
