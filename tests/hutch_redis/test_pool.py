"""Connections are given out in turn, and nobody waits for those of a server that hangs."""

import asyncio
from collections.abc import AsyncIterator
from itertools import groupby
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from tests.deadlines import within
from tests.stuck_redis import WAYS, stuck_redis

from hutch_redis import EmbeddedServer
from hutch_redis.clients import fast_client
from hutch_redis.testing import temporary_server


def client_of(url: str, *, pool_size: int, timeout: float = 0.2) -> Any:
    return fast_client(url, pool_size=pool_size, timeout=timeout)


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    async with temporary_server() as running:
        yield running


async def all_at_once(client: Any, calls: int) -> list[Any]:
    return await asyncio.gather(
        *(client.echo(str(n)) for n in range(calls)), return_exceptions=True
    )


@pytest.mark.parametrize("way", WAYS)
async def test_many_callers_of_a_server_that_hangs_all_fail_in_time(
    server: EmbeddedServer, way: str
) -> None:
    async with stuck_redis(server, way) as redis, client_of(redis.url, pool_size=20) as client:
        expected = [str(n).encode() for n in range(200)]

        async def works() -> None:
            async with asyncio.timeout(20):
                while await all_at_once(client, 200) != expected:
                    pass

        await works()
        with redis.stuck():
            found = await within(0.3, lambda: all_at_once(client, 200))
        assert {type(one) for one in found} <= {RedisConnectionError, RedisTimeoutError}
        await works()


async def test_callers_are_served_in_turn(redis_url: str) -> None:
    async with client_of(redis_url, pool_size=1, timeout=10) as client:
        served: list[str] = []

        async def call(name: str) -> None:
            for _ in range(50):
                await client.ping()
                served.append(name)

        await asyncio.gather(call("a"), call("b"))
    assert max(len(list(same)) for _, same in groupby(served)) <= 2


async def test_who_is_cancelled_fails_nobody_else(redis_url: str, redis_prefix: str) -> None:
    async with client_of(redis_url, pool_size=1, timeout=10) as client:
        holding = asyncio.create_task(client.blpop([f"{redis_prefix}none"], timeout=10))
        async with asyncio.timeout(10):
            while not client.connection_pool._in_use_connections:
                await asyncio.sleep(0)
        waiting = [asyncio.create_task(client.ping()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        holding.cancel()
        assert await asyncio.gather(*waiting[1:]) == [True, True]


async def test_a_full_pool_says_so(
    redis_url: str, redis_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with client_of(redis_url, pool_size=1, timeout=10) as client:
        monkeypatch.setattr(client.connection_pool, "_timeout", 0.2)
        holding = asyncio.create_task(client.blpop([f"{redis_prefix}none"], timeout=1.2))
        await asyncio.sleep(0)
        with pytest.raises(RedisConnectionError, match="No connection is free"):
            await client.ping()
        assert await holding is None
