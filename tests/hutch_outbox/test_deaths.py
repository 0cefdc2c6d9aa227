"""Processes and servers that die while jobs are on their way."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tests.hutch_outbox.conftest import Start, until
from tests.hutch_outbox.shop import Journal, Orders, place
from tests.hutch_outbox.test_outbox import empty, rows

from hutch.testing import Testing
from hutch_database import Database
from hutch_outbox import Outbox
from hutch_outbox.turn import turn
from hutch_queue import Queue, QueueAdmin, QueueUnavailable
from hutch_redis.testing import temporary_server

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(url: str, redis_url: str, redis_prefix: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": url,
        "HUTCH_DATABASE__UPGRADE_AT_START": "true",
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": redis_prefix,
        "HUTCH_QUEUE__BACKEND": "redis",
    }


async def die(where: str, environment: dict[str, str], key: str = "") -> None:
    """Run the process that dies, to its end."""
    command = [sys.executable, "-m", "tests.hutch_outbox.dying", where, key]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == -signal.SIGKILL, errors.decode()
    assert b"committed" in output


async def test_a_process_killed_after_its_commit_loses_no_job(
    start: Start, environment: dict[str, str]
) -> None:
    await die("committed", environment)
    async with start() as app:
        assert await app.get(Journal).until(2) == ["1", "2"]


@pytest.mark.parametrize("key", ["", "key-"])
async def test_a_process_killed_before_it_deletes_the_rows_doubles_no_job(
    start: Start, environment: dict[str, str], key: str
) -> None:
    await die("stored", environment, key)
    async with start(services=False) as app:
        assert await rows(app) == 2
        assert await app.get(Outbox).relay() == 2
        assert (await app.get(QueueAdmin).stats("orders")).waiting == 2
        assert await rows(app) == 0


@pytest.mark.parametrize("key", ["", "key-"])
async def test_not_even_when_the_jobs_have_ended_by_then(
    start: Start, environment: dict[str, str], key: str
) -> None:
    await die("stored", environment, key)
    async with start(services=False) as late, AsyncExitStack() as stack:
        async with turn(late.get(Database)):  # the worker shall be quicker than its relay
            app = await stack.enter_async_context(start())
            await until(lambda: completed(app, 2))
        await until(lambda: empty(app))
        await (await app.get(Queue).enqueue(Orders.confirm(3))).result()
        assert app.get(Journal).entries == ["1", "2", "3"]


async def completed(app: Testing, count: int) -> bool:
    return (await app.get(QueueAdmin).stats("orders")).completed == count


@pytest.mark.req("C-11")
async def test_redis_killed_and_back_gets_every_job(start: Start) -> None:
    async with temporary_server() as server, start(redis=server.url) as app:
        database, outbox, journal = app.get(Database), app.get(Outbox), app.get(Journal)
        for number in range(60):
            if number in (20, 40):
                os.kill(server.pid, signal.SIGKILL)
            await place(database, outbox, number)
        await journal.until(60)
        await until(lambda: empty(app))
        await (await app.get(Queue).enqueue(Orders.confirm(60))).result()
        assert set(map(int, journal.entries)) == set(range(61))
        # Only a job that ran when Redis was killed may have run again.
        assert len(journal.entries) <= 61 + 2


async def test_a_producer_goes_on_while_redis_is_away(start: Start) -> None:
    async with temporary_server() as server, start(redis=server.url) as app:
        os.kill(server.pid, signal.SIGSTOP)
        try:
            with pytest.raises(QueueUnavailable):
                await app.get(Queue).enqueue(Orders.confirm(0))
            for number in range(1, 11):
                await place(app.get(Database), app.get(Outbox), number)
            assert (await app.get(Outbox).stats()).waiting == 10
        finally:
            os.kill(server.pid, signal.SIGCONT)
        await app.get(Journal).until(10)
        assert {str(number) for number in range(1, 11)} <= set(app.get(Journal).entries)
