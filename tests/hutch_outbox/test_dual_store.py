"""A dual store on queue and outbox: nothing is lost or doubled when a side is away."""

import asyncio
from functools import partial

import pytest
from sqlalchemy import select
from tests.hutch_outbox.conftest import Start, away, until
from tests.hutch_outbox.dual_store import Analytics, Runs, Sync, Tweets, dual, tables, tweet
from tests.postgres import Server

from hutch.testing import Testing
from hutch_database import Database
from hutch_outbox import Outbox
from hutch_queue import Call, JobGone, QueueAdmin


async def stored(app: Testing) -> list[tuple[int, str]]:
    async with app.get(Database).session() as session:
        found = await session.execute(select(tweet.c.id, tweet.c.text).order_by(tweet.c.id))
        return [(id, text) for id, text in found]


@pytest.mark.req("XB-31", "C-45")
async def test_after_a_database_outage_the_backlog_drains(
    start_server: Start, server_url: str, postgres: Server
) -> None:
    async with start_server(dual) as app:
        async with app.get(Database).engine.begin() as connection:
            await connection.run_sync(tables.create_all)
        tweets, admin, runs = app.get(Tweets), app.get(QueueAdmin), app.get(Runs)
        async with away(postgres, server_url):
            for id in range(40):
                await tweets.write(id, f"tweet {id}")
                assert await tweets.read(id) == f"tweet {id}"
            async with asyncio.timeout(30):
                while runs.snoozed < 60:  # more than once for many of them
                    await asyncio.sleep(0.02)

        async def drained() -> bool:
            return (await admin.stats("sync_to_supabase")).completed == 40

        await until(drained)
        assert await stored(app) == [(id, f"tweet {id}") for id in range(40)]
        assert len(set(runs.ran)) == len(runs.ran) == 40
        stats = await admin.stats("sync_to_supabase")
        assert (stats.waiting, stats.active, stats.delayed, stats.failed) == (0, 0, 0, 0)


@pytest.mark.req("XB-27", "XB-28", "C-41")
@pytest.mark.parametrize(
    ("call", "priority", "attempts"), [(Sync.refuse(), 50, 3), (Analytics.count(1), 25, 5)]
)
async def test_each_queue_has_its_priority_attempts_and_backoff(
    start_sqlite: Start, call: Call[None], priority: int, attempts: int
) -> None:
    async with start_sqlite(dual) as app:
        admin = app.get(QueueAdmin)
        async with app.get(Database).session() as session:
            id = await app.get(Outbox).enqueue(session, call)

        async def failed(times: int) -> bool:
            try:
                job = await admin.job(call.queue, id)
            except JobGone:  # still in the outbox
                return False
            return job.state in ("delayed", "failed") and len(job.failures) == times

        for attempt in range(1, attempts):
            await until(partial(failed, attempt))
            job = await admin.job(call.queue, id)
            assert (job.priority, job.attempts, job.state) == (priority, attempts, "delayed")
            assert job.due is not None
            wait = (job.due - job.failures[-1].at).total_seconds()
            assert 0 <= wait - 2 ** (attempt - 1) < 0.9
            await admin.promote(call.queue, id)
        await until(partial(failed, attempts))
        assert (await admin.job(call.queue, id)).state == "failed"
        assert len(app.get(Runs).ran) == attempts


async def test_the_outbox_feeds_both(start: Start) -> None:
    async with start(dual) as app:
        async with app.get(Database).engine.begin() as connection:
            await connection.run_sync(tables.create_all)
        async with app.get(Database).session() as session:
            calls = [Sync.store(id, "text") for id in range(20)]
            await app.get(Outbox).enqueue_all(session, [*calls, Analytics.count(1)])

        async def arrived() -> bool:
            return len(await stored(app)) == 20 and "count 1" in app.get(Runs).ran

        await until(arrived)
