"""Consumers and producers in processes of their own, some of them killed."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

import pytest
from tests.deadlines import fails_within
from tests.hutch_pubsub.crew import ORDERS, TASKS, Task, crew
from tests.stuck_redis import WAYS, stuck_redis

from hutch import Module, bind
from hutch.testing import Testing, testing
from hutch_pubsub import Inbox, InboxAdmin, InboxUnavailable, PubsubSettings, pubsub_module
from hutch_redis import Redis, RedisSettings, redis_module
from hutch_redis.testing import temporary_server

LEASE = 5
"""Seconds, where many consumers share a loop: they hear one another's clocks late."""


@asynccontextmanager
async def operator(url: str, prefix: str, *, timeout: float = 5) -> AsyncIterator[Testing]:
    """An app that adds and looks, and consumes nothing."""
    module = Module(
        "operator",
        imports=[redis_module(), pubsub_module(TASKS)],
        exports=[Inbox, InboxAdmin, Redis],
    )
    redis = RedisSettings.model_validate({"url": url, "prefix": prefix, "timeout": timeout})
    settings = PubsubSettings.model_validate({"backend": "redis"})
    bindings = bind(RedisSettings).value(redis), bind(PubsubSettings).value(settings)
    async with testing(module, *bindings) as app:
        yield app


@asynccontextmanager
async def process(url: str, prefix: str, *command: str, lease: int = 1) -> AsyncIterator[Process]:
    environment = {
        **os.environ,
        "REDIS_URL": url,
        "REDIS_PREFIX": prefix,
        "HUTCH_PUBSUB__LEASE": str(lease),
        "HUTCH_LOG__LEVEL": "error",
    }
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.hutch_pubsub.crew", *command, env=environment, stdout=PIPE
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def line(running: Process) -> str:
    assert running.stdout
    async with asyncio.timeout(20):
        while text := (await running.stdout.readline()).decode().strip():
            if text in ("ready", "begun"):  # the others are log lines
                return text
    raise AssertionError("the process has ended")


async def done(app: Testing) -> list[int]:
    redis = app.get(Redis)
    found = await cast(Any, redis.state).lrange(redis.key("crew", "done"), 0, -1)
    return [int(number) for number in found]


async def until_done(app: Testing, count: int, seconds: float) -> list[int]:
    """Wait until so many different messages were handled and nothing is left."""
    async with asyncio.timeout(seconds):
        while True:
            stats = await app.get(InboxAdmin).stats(TASKS.name)
            found = await done(app)
            if stats.length == 0 and len(set(found)) + stats.review >= count:
                return found
            await asyncio.sleep(0.05)


@pytest.mark.req("SM-23", "C-59")
@pytest.mark.slow
async def test_a_killed_consumer_leaves_its_message_to_the_next(
    redis_url: str, redis_prefix: str
) -> None:
    async with operator(redis_url, redis_prefix) as app:
        await app.get(Inbox).add_all(
            TASKS, [Task(number=1, worker="x"), Task(number=2, worker="x")]
        )
        async with process(redis_url, redis_prefix, "stall") as victim:
            assert await line(victim) == "ready"
            assert await line(victim) == "begun"
            victim.kill()
            await victim.wait()
        async with process(redis_url, redis_prefix, "work"):
            assert await until_done(app, 2, 15) == [1, 2]


@pytest.mark.req("SM-22", "C-57")
@pytest.mark.slow
async def test_a_burst_of_many_producers_is_accounted_for(
    redis_url: str, redis_prefix: str
) -> None:
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(operator(redis_url, redis_prefix))
        for _ in range(2):
            await stack.enter_async_context(process(redis_url, redis_prefix, "work"))
        producers = [
            await stack.enter_async_context(
                process(redis_url, redis_prefix, "produce", str(first), "625")
            )
            for first in range(0, 5000, 625)
        ]
        for producer in producers:
            assert await producer.wait() == 0
        found = await until_done(app, 5000, 60)
        review = await app.get(InboxAdmin).stats(TASKS.name)
    assert len(set(found)) + review.review == 5000
    assert len(found) == len(set(found))
    _in_order(found)


def _in_order(found: list[int]) -> None:
    """Check that messages of one order were handled as their producer added them."""
    for producer in range(0, 5000, 625):
        for order in range(ORDERS):
            own = [n for n in found if producer <= n < producer + 625 and n % ORDERS == order]
            assert own == sorted(own)


@pytest.mark.slow
async def test_twenty_consumers_of_whom_some_are_killed(redis_url: str, redis_prefix: str) -> None:
    total = 10_000
    settings = PubsubSettings.model_validate({"backend": "redis", "lease": LEASE})
    redis = RedisSettings.model_validate({"url": redis_url, "prefix": redis_prefix})
    bindings = bind(RedisSettings).value(redis), bind(PubsubSettings).value(settings)
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(operator(redis_url, redis_prefix))
        for _ in range(16):
            await stack.enter_async_context(testing(crew, *bindings, services=True))
        crew_ = [
            await stack.enter_async_context(process(redis_url, redis_prefix, "work", lease=LEASE))
            for _ in range(4)
        ]
        for one in crew_:
            await line(one)
        for start in range(0, total, 2000):
            tasks = [Task(number=n, worker=f"w{n % 500}") for n in range(start, start + 2000)]
            await app.get(Inbox).add_all(TASKS, tasks)
            victim = crew_.pop(0)
            victim.send_signal(signal.SIGKILL)
            crew_.append(
                await stack.enter_async_context(
                    process(redis_url, redis_prefix, "work", lease=LEASE)
                )
            )
        found = await until_done(app, total, 90)
        stats = await app.get(InboxAdmin).stats(TASKS.name)
    assert set(found) == set(range(total))
    assert (stats.dead, stats.review) == (0, 0)
    twice = sum(count - 1 for count in Counter(found).values())
    assert twice <= 5 * 20  # what was in work when its consumer was killed


@pytest.mark.slow
async def test_twenty_consumers_share_the_work(redis_url: str, redis_prefix: str) -> None:
    total = 10_000
    settings = PubsubSettings.model_validate({"backend": "redis"})
    redis = RedisSettings.model_validate({"url": redis_url, "prefix": redis_prefix})
    bindings = bind(RedisSettings).value(redis), bind(PubsubSettings).value(settings)
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(operator(redis_url, redis_prefix))
        for _ in range(20):
            await stack.enter_async_context(testing(crew, *bindings, services=True))
        for start in range(0, total, 2500):
            tasks = [Task(number=n, worker=f"w{n % 500}") for n in range(start, start + 2500)]
            await app.get(Inbox).add_all(TASKS, tasks)
        found = await until_done(app, total, 90)
    assert Counter(found) == Counter(range(total))


@pytest.mark.parametrize("way", WAYS)
async def test_adding_fails_in_time_while_redis_hangs(redis_prefix: str, way: str) -> None:
    async with (
        temporary_server() as server,
        stuck_redis(server, way) as redis,
        operator(redis.url, redis_prefix, timeout=0.2) as app,
    ):
        add, stats = app.get(Inbox).add, app.get(InboxAdmin).stats
        await add(TASKS, Task(number=1))
        with redis.stuck():
            error = await fails_within(0.25, InboxUnavailable, lambda: add(TASKS, Task(number=2)))
            assert re.search(r"crew:tasks: .*0 are added for sure, of 1", str(error))
            error = await fails_within(0.25, InboxUnavailable, lambda: stats(TASKS.name))
            assert "is Redis away" in str(error)


async def test_a_full_server_refuses(redis_prefix: str) -> None:
    async with temporary_server() as server, operator(server.url, redis_prefix) as app:
        client = cast(Any, app.get(Redis).state)
        await client.config_set("maxmemory", "1")
        with pytest.raises(InboxUnavailable, match="OutOfMemoryError"):
            await app.get(Inbox).add(TASKS, Task(number=1))
        await client.config_set("maxmemory", "0")
        assert (await app.get(InboxAdmin).stats(TASKS.name)).length == 0


@pytest.mark.slow
async def test_a_killed_server_loses_no_message(redis_prefix: str) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(temporary_server())
        app = await stack.enter_async_context(operator(server.url, redis_prefix))
        await cast(Any, app.get(Redis).state).config_set("appendfsync", "always")
        for _ in range(2):
            await stack.enter_async_context(process(server.url, redis_prefix, "work"))
        sure = set[int]()
        for number in range(800):
            if number == 400:
                os.kill(server.pid, signal.SIGKILL)
            try:
                await app.get(Inbox).add(TASKS, Task(number=number))
                sure.add(number)
            except InboxUnavailable:
                await asyncio.sleep(0.01)
        assert len(sure) > 500
        found = await until_done(app, len(sure), 30)
    assert sure <= set(found)
