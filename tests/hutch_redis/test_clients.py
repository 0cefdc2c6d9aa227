import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import uvloop
from redis.asyncio import Redis as Client
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from tests.deadlines import fails_within

from hutch_redis.clients import Clients, Kind, fast_client, patient_client
from hutch_redis.sentinel import KEEPALIVE

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Serve = Callable[[Handler], Awaitable[str]]
Open = Callable[[Client], Client]


@pytest.fixture
async def opened() -> AsyncIterator[Open]:
    """Close the given clients at the end of the test."""
    async with AsyncExitStack() as stack:

        def keep(client: Client) -> Client:
            stack.push_async_callback(client.aclose)
            return client

        yield keep


@pytest.mark.req("R24-03", "FD-30", "C-07")
async def test_fast_fails_at_once_when_refused(
    opened: Open, unused_tcp_port_factory: Callable[[], int]
) -> None:
    client = opened(fast_client(f"redis://127.0.0.1:{unused_tcp_port_factory()}"))
    await fails_within(0.1, RedisConnectionError, lambda: client.incr("x"))


@pytest.mark.req("R24-03", "FD-30", "C-07")
async def test_fast_gives_up_in_a_quarter_second_when_redis_hangs(
    opened: Open, serve: Serve
) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(100):
            pass

    client = opened(fast_client(await serve(hang)))
    started = time.monotonic()
    await fails_within(0.25, RedisTimeoutError, lambda: client.incr("x"))
    assert time.monotonic() - started > 0.15


@pytest.mark.parametrize("make", [fast_client, patient_client])
async def test_a_write_whose_reply_was_lost_is_not_sent_again(
    opened: Open, serve: Serve, make: Callable[[str], Client]
) -> None:
    writes: list[bytes] = []

    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            if b"INCR" in data:
                return writes.append(data)
            writer.write(b"+OK\r\n" * data.count(b"SETINFO"))
        return None

    with pytest.raises(RedisConnectionError):
        await opened(make(await serve(drop))).incr("x")
    assert len(writes) == 1


def test_a_connection_that_is_lost_under_a_command_says_so_on_uvloop(redis_url: str) -> None:
    async def lose() -> None:
        client = patient_client(redis_url)
        connection: Any = await client.connection_pool.get_connection()
        connection._writer.transport.abort()
        await asyncio.sleep(0)
        with pytest.raises(RedisConnectionError, match="closed"):
            await connection.send_command("PING")
        await client.connection_pool.release(connection)
        await client.aclose()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(lose())


@pytest.mark.req("SD-03", "FD-30")
async def test_callers_wait_for_a_connection(opened: Open, redis_url: str) -> None:
    client = opened(fast_client(redis_url, pool_size=2))
    assert await asyncio.gather(*(client.echo(str(n)) for n in range(200))) == [
        str(n).encode() for n in range(200)
    ]
    assert client.connection_pool.max_connections == 2


async def test_patient_blocks_longer_than_any_timeout(
    opened: Open, redis_url: str, redis_prefix: str
) -> None:
    patient, fast = opened(patient_client(redis_url)), opened(fast_client(redis_url, timeout=0.1))
    key = f"{redis_prefix}list"
    waiting = asyncio.ensure_future(patient.blpop([key], timeout=5))
    await asyncio.sleep(0.15)
    await fast.rpush(key, "x")
    assert await waiting == (key.encode(), b"x")


async def test_a_subscription_outlives_the_timeout(
    opened: Open, redis_url: str, redis_prefix: str
) -> None:
    client = opened(fast_client(redis_url, timeout=0.1))
    channel = f"{redis_prefix}news"
    async with client.pubsub(ignore_subscribe_messages=True) as subscription:
        await subscription.subscribe(channel)
        messages = subscription.listen()
        waiting = asyncio.ensure_future(anext(messages))
        await asyncio.sleep(0.15)
        await client.publish(channel, "hello")
        assert (await waiting)["data"] == b"hello"


@pytest.mark.req("R24-02")
async def test_one_client_for_each_url_and_kind() -> None:
    clients = Clients(pool_size=1, timeout=1)
    one = clients.get("redis://a", Kind.FAST)
    assert clients.get("redis://a", Kind.FAST) is one
    assert clients.get("redis://a", Kind.PATIENT) is not one
    assert clients.get("redis://b", Kind.FAST) is not one
    await clients.close()


@pytest.mark.parametrize("make", [fast_client, patient_client])
async def test_a_cancellation_is_never_lost(
    opened: Open, redis_url: str, redis_prefix: str, make: Callable[[str], Client]
) -> None:
    client = opened(make(redis_url))
    await client.ping()
    for turn in range(30):

        async def call() -> None:
            await client.incr(f"{redis_prefix}n")
            await asyncio.Event().wait()

        task = asyncio.create_task(call())
        for _ in range(turn % 6):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=1)
        assert task.cancelled(), turn
        # and nobody gets the reply of another one's command
        assert await client.echo(str(turn)) == str(turn).encode()


async def test_a_server_that_vanished_is_noticed(opened: Open, serve: Serve) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(b"+OK\r\n" * data.count(b"*"))

    client = opened(patient_client(await serve(answer)))
    connection: Any = await client.connection_pool.get_connection()
    there = connection._writer.get_extra_info("socket")
    assert there.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    for option, seconds in KEEPALIVE.items():
        assert there.getsockopt(socket.IPPROTO_TCP, option) == seconds
    await client.connection_pool.release(connection)
