"""A server behind Sentinel, with real sentinels."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from redis.asyncio.connection import SSLConnection
from redis.asyncio.sentinel import SentinelManagedSSLConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from tests.deadlines import fails_within
from tests.hutch_redis.servers import Watched, watched

from hutch import Module, bind
from hutch.testing import testing
from hutch_queue import Queue, QueueSettings, QueueUnavailable, job, processor, queue_module
from hutch_redis import AWAY, RedisRefused, RedisSettings, open_redis
from hutch_redis.clients import fast_client, patient_client


@pytest.fixture
async def group(
    tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> AsyncIterator[Watched]:
    async with watched(tmp_path, unused_tcp_port_factory) as found:
        yield found


def settings(url: str) -> RedisSettings:
    return RedisSettings.model_validate({"url": url, "pool_size": 3})


async def port_of(client: Any) -> int:
    return int((await client.info("server"))["tcp_port"])


@pytest.mark.req("FD-40")
async def test_all_roles_use_the_server_that_the_sentinels_name(group: Watched) -> None:
    async with asynccontextmanager(open_redis)(settings(group.url)) as redis:
        for client in (redis.state, redis.cache, redis.pubsub, redis.blocking):
            assert await port_of(client) == group.ports[0]
        await redis.state.set(redis.key("a"), 1)
        plain = fast_client(f"redis://:p%40ss%3Aword@127.0.0.1:{group.ports[0]}/1")
        assert await plain.get(redis.key("a")) == b"1"
        await plain.aclose()
        # more at once than the pool has connections: they wait, as with any server
        assert len(await asyncio.gather(*(redis.state.incr("n") for _ in range(20)))) == 20
        blocking: Any = redis.blocking
        assert await blocking.blpop(["nothing"], timeout=0.1) is None
        (server,) = redis.servers
        assert server.name.startswith("redis+sentinel://127.0.0.1:")
        assert server.name.endswith(f",127.0.0.1:{group.sentinel_port}/mymaster/1")
        assert "ss" not in server.name.partition("//")[2]


async def test_a_wrong_password_is_refused(group: Watched) -> None:
    with pytest.raises(RedisRefused, match=r"mymaster/1: the password is wrong") as caught:
        async with asynccontextmanager(open_redis)(settings(group.url.replace("word@", "x@"))):
            pass
    assert "ss%3A" not in str(caught.value)


async def test_a_service_that_nobody_knows_is_away(group: Watched) -> None:
    client = fast_client(group.url.replace("mymaster", "other"))
    error = await fails_within(0.25, RedisConnectionError, client.ping)
    assert "No master found for 'other'" in str(error)
    await client.aclose()


async def test_without_sentinels_it_fails_at_once(
    unused_tcp_port_factory: Callable[[], int],
) -> None:
    ports = unused_tcp_port_factory(), unused_tcp_port_factory()
    client = fast_client(f"redis+sentinel://127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}/mymaster")
    await fails_within(0.25, AWAY, lambda: client.incr("x"))
    await client.aclose()


async def replicated(group: Watched, key: str, length: int) -> None:
    """Wait until the replica has a list of this length."""
    replica = fast_client(f"redis://:p%40ss%3Aword@127.0.0.1:{group.ports[1]}/1")
    async with asyncio.timeout(10):
        while await replica.llen(key) < length:
            await asyncio.sleep(0.02)
    await replica.aclose()


@pytest.mark.slow
@pytest.mark.req("FD-40", "C-11")
async def test_when_the_server_dies_its_replica_is_used(group: Watched) -> None:
    async with asynccontextmanager(open_redis)(settings(group.url)) as redis:
        blocking: Any = redis.blocking
        for number in range(100):
            await redis.state.rpush(redis.key("list"), number)
        await replicated(group, redis.key("list"), 100)
        waiting = asyncio.create_task(
            redis.patiently(lambda: blocking.blpop([redis.key("late")], timeout=0))
        )
        async with asyncio.timeout(10):
            # until the command waits at the server
            while not (await cast(Any, redis.state).info("clients"))["blocked_clients"]:
                await asyncio.sleep(0.02)
        group.primary.kill()
        async with asyncio.timeout(30):
            length = await redis.patiently(lambda: redis.state.llen(redis.key("list")))
            assert length == 100
            await redis.patiently(lambda: redis.state.set(redis.key("after"), 1))
            assert await port_of(redis.state) == group.ports[1]
            await redis.patiently(lambda: redis.state.rpush(redis.key("late"), "x"))
            assert (await waiting)[1] == b"x"


async def test_with_tls_server_and_sentinels_are_spoken_to_alike() -> None:
    client = fast_client("rediss+sentinel://u:p@a,b/main/2?ssl_ca_certs=/ca.pem&ssl_cert_reqs=none")
    pool: Any = client.connection_pool
    assert issubclass(pool.connection_class, SentinelManagedSSLConnection)
    server = pool.connection_kwargs
    assert (server["username"], server["password"], server["db"]) == ("u", "p", 2)
    for sentinel in pool.sentinel_manager.sentinels:
        theirs = sentinel.connection_pool
        assert issubclass(theirs.connection_class, SSLConnection)
        assert theirs.connection_kwargs["password"] is None
        for options in (server, theirs.connection_kwargs):
            assert options["ssl_ca_certs"] == "/ca.pem"
            assert options["ssl_cert_reqs"] == "none"
            assert options["socket_timeout"] == 0.2
    await client.aclose()
    patient = patient_client("redis+sentinel://a/main")
    pool = patient.connection_pool
    assert pool.connection_kwargs["socket_timeout"] is None
    assert pool.sentinel_manager.sentinels[0].connection_pool.connection_kwargs[
        "socket_timeout"
    ] == pytest.approx(5)
    await patient.aclose()


@processor("failing-over")
class Jobs:
    @job
    async def double(self, number: int) -> int:
        return 2 * number


app = Module("app", imports=[queue_module("failing-over")], providers=[Jobs], exports=[Queue])


@pytest.mark.slow
@pytest.mark.req("FD-40", "C-11")
async def test_jobs_go_on_after_a_failover(group: Watched) -> None:
    overrides = (
        bind(RedisSettings).value(settings(group.url)),
        bind(QueueSettings).value(QueueSettings(backend="redis")),
    )
    async with testing(app, *overrides, services=True) as t:
        queue = t.get(Queue)
        handle = await queue.enqueue(Jobs.double(1))
        assert await handle.result() == 2
        group.primary.kill()
        async with asyncio.timeout(30):
            while True:
                try:
                    handle = await queue.enqueue(Jobs.double(2))
                    break
                except QueueUnavailable:
                    await asyncio.sleep(0.1)
            assert await handle.result(20) == 4
