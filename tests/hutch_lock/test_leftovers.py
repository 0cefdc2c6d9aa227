"""Claims that nobody holds, since Redis was away when they were taken or given back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis as Client
from structlog.testing import capture_logs
from tests.deadlines import within
from tests.stuck_redis import WAYS, StuckRedis, stuck_redis

from hutch import Module, bind
from hutch.testing import Testing, testing
from hutch_lock import (
    InProgress,
    Locks,
    LockSettings,
    LockTaken,
    LockUnavailable,
    Once,
    lock_module,
)
from hutch_lock.contract import MINUTE, error_of
from hutch_lock.leftovers import Leftovers
from hutch_lock.on_redis import RedisClaims
from hutch_redis import Redis, RedisSettings, open_redis, redis_module
from hutch_redis.testing import temporary_server, unique_prefix

app = Module("app", imports=[lock_module()], exports=[Locks, Once])
Attempt = Callable[[Testing, str], Awaitable[Any]]


class Watched(RedisClaims):
    """Claims on Redis that tell which one was tried to be given back."""

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self._tried: asyncio.Queue[str] = asyncio.Queue()

    async def tried(self) -> str:
        """Wait for the next one."""
        return await asyncio.wait_for(self._tried.get(), 10)

    async def drop(self, keys: Sequence[str], value: str) -> bool:
        try:
            return await super().drop(keys, value)
        finally:
            self._tried.put_nowait(value)


@asynccontextmanager
async def app_on(url: str, **values: object) -> AsyncIterator[Testing]:
    redis = RedisSettings.model_validate({"url": url, "prefix": unique_prefix(), **values})
    own = LockSettings(backend="redis", claim=60)
    overrides = bind(RedisSettings).value(redis), bind(LockSettings).value(own)
    async with testing(app, *overrides) as t:
        yield t


@asynccontextmanager
async def claims_on(url: str) -> AsyncIterator[Watched]:
    settings = RedisSettings.model_validate({"url": url, "prefix": unique_prefix()})
    async with asynccontextmanager(open_redis)(settings) as redis:
        yield Watched(redis)


@pytest.fixture(params=WAYS)
async def stuck(request: pytest.FixtureRequest) -> AsyncIterator[StuckRedis]:
    """A server of this test alone, to be harmed."""
    async with temporary_server() as server, stuck_redis(server, request.param) as found:
        yield found


async def hold(t: Testing, name: str) -> None:
    async with t.get(Locks).hold(name, ttl=MINUTE):
        pass


async def run(t: Testing, name: str) -> None:
    await t.get(Once).run(name, _nothing, keep=MINUTE)


async def _nothing() -> None:
    return None


async def let(url: str, commands: str) -> None:
    """Let clients use commands, or refuse them."""
    async with Client.from_url(url) as client:
        await client.acl_setuser("default", enabled=True, categories=[commands])


async def until_free(url: str) -> None:
    """Wait until nothing is claimed."""
    async with Client.from_url(url) as client, asyncio.timeout(10):
        while [key async for key in client.scan_iter("*") if not key.endswith(b":fence")]:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("attempt", [hold, run])
async def test_a_claim_whose_reply_was_lost_is_given_back(
    stuck: StuckRedis, attempt: Attempt
) -> None:
    async with app_on(stuck.url) as t:
        await attempt(t, "known")  # so that the scripts are
        with stuck.stuck():
            await error_of(LockUnavailable, attempt(t, "a"))
        async with asyncio.timeout(10):
            while True:
                try:
                    return await attempt(t, "a")
                except (LockTaken, InProgress):
                    await asyncio.sleep(0.01)


async def test_a_lock_that_the_server_did_not_free_is_given_back() -> None:
    async with temporary_server() as server, app_on(server.url) as t:
        with capture_logs() as logs:
            async with t.get(Locks).hold("a", ttl=MINUTE) as held:
                await let(server.url, "-@scripting")
        assert [(r["event"], r["key"]) for r in logs] == [("claim not freed yet", held.name)]
        async with Client.from_url(server.url) as client:
            assert await client.exists(held.name)
        await let(server.url, "+@all")
        await until_free(server.url)


async def test_who_is_cancelled_before_it_gives_back_leaves_no_claim() -> None:
    async with temporary_server() as server, app_on(server.url, pool_size=1) as t:
        client, held = t.app.get(Redis, redis_module()).state, asyncio.Event()

        async def block() -> None:
            async with t.get(Locks).hold("a", ttl=MINUTE):
                held.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(block())
        await held.wait()
        # It takes the only connection.
        waiting: Any = asyncio.ensure_future(client.blpop(["nothing"], 0.1))
        while not task.done():
            await asyncio.sleep(0)
            task.cancel()
        assert task.cancelled()
        assert not waiting.done()
        await waiting
        await until_free(server.url)


async def test_a_claim_that_has_run_out_is_forgotten(stuck: StuckRedis) -> None:
    async with claims_on(stuck.url) as claims:
        found = Leftovers(claims)
        with stuck.stuck():
            # The first attempt takes 0.2 s, and 0.25 s later is the next one.
            found.add(["a"], "short", timedelta(seconds=0.4))
            found.add(["b"], "long", MINUTE)
            assert [await claims.tried() for _ in range(2)] == ["short", "long"]
        await found.close()


async def test_at_the_stop_it_is_tried_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hutch_lock.leftovers._PAUSE", 60)
    async with temporary_server() as server, claims_on(server.url) as claims:
        found, key = Leftovers(claims), claims.key("lock", "a")
        await claims.claim([key], "mine", MINUTE)
        await let(server.url, "-@scripting")
        found.add([key], "mine", MINUTE)
        assert await claims.tried() == "mine"
        await let(server.url, "+@all")
        async with Client.from_url(server.url) as client:
            assert await client.exists(key)
            await found.close()
            assert not await client.exists(key)


async def test_at_the_stop_nobody_waits_for_a_server_that_is_away(stuck: StuckRedis) -> None:
    async with claims_on(stuck.url) as claims:

        async def stop() -> None:
            found = Leftovers(claims)
            for number in range(50):
                found.add([claims.key("lock", number)], str(number), MINUTE)
            await found.close()

        with stuck.stuck():
            await within(0.25, stop)


async def test_after_the_stop_nothing_is_begun(redis: Redis) -> None:
    claims = Watched(redis)
    found = Leftovers(claims)
    await found.close()
    tasks = asyncio.all_tasks()
    found.add([claims.key("lock", "a")], "mine", MINUTE)
    assert asyncio.all_tasks() == tasks
