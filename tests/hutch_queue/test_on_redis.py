"""What only the Redis backend promises."""

import asyncio
import json
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import structlog
from saq.job import Job, Status

from hutch import Module, bind
from hutch.testing import testing
from hutch_queue import (
    JobFailed,
    Queue,
    QueueAdmin,
    QueueSettings,
    QueueStats,
    QueueUnavailable,
    SaqQueues,
    job,
    processor,
    queue_module,
)
from hutch_queue.contract import Start
from hutch_queue.lab import Clock, Journal, clock
from hutch_queue.on_redis import RedisQueue
from hutch_queue.saq_queue import SaqQueue
from hutch_redis import Redis, RedisSettings
from hutch_redis.testing import temporary_server

DAY = 24 * 3600


@dataclass
class Seen:
    entries: list[Any] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)


@processor("kept:a", concurrency=1)
@dataclass
class Kept:
    seen: Seen

    @job
    async def note(self, text: str) -> str:
        self.seen.entries.append(text)
        return text

    @job(attempts=1)
    async def fail(self, text: str) -> None:
        raise ValueError(text)

    @job
    async def wait(self) -> None:
        self.seen.began.set()
        await self.seen.gate.wait()


keep = queue_module("kept:a", keep_completed=timedelta(days=1), keep_failed=timedelta(days=7))
kept = Module(
    "kept", imports=[keep], providers=[Seen, Kept], exports=[Queue, QueueAdmin, Seen, SaqQueues]
)


@pytest.fixture
def start(on_redis: Any) -> Start:
    return on_redis()


@pytest.fixture
def saq(redis: Redis) -> SaqQueue:
    """SAQ's own object of the queue, beside the app."""
    return SaqQueue(redis.blocking, "kept:a", redis.keys)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0.02)


async def stored(saq: SaqQueue, key: str) -> Job:
    job = await saq.job(key)
    assert job is not None
    return job


async def end_of(saq: SaqQueue, key: str) -> Job:
    async def ended() -> bool:
        return bool((await stored(saq, key)).completed)

    await until(ended)
    return await stored(saq, key)


@pytest.mark.req("R24-13", "R24-15")
async def test_ended_jobs_are_kept_as_long_as_the_queue_says(start: Start, redis: Redis) -> None:
    async with start(kept) as app:
        queue = app.get(Queue)
        good = await queue.enqueue(Kept.note("a"))
        bad = await queue.enqueue(Kept.fail("a"))
        await good.result()
        with pytest.raises(JobFailed):
            await bad.result()
    assert DAY - 5 <= await redis.state.ttl(redis.key("saq", "job", "kept:a", good.id)) <= DAY
    ttl = await redis.state.ttl(redis.key("saq", "job", "kept:a", bad.id))
    assert 7 * DAY - 5 <= ttl <= 7 * DAY


@pytest.mark.req("R24-10")
async def test_arguments_travel_under_one_keyword_and_new_ones_are_ignored(
    start: Start, saq: SaqQueue
) -> None:
    async with start(kept) as app:
        handle = await app.get(Queue).enqueue(Kept.note("a"), delay=timedelta(hours=1))
        assert (await stored(saq, handle.id)).kwargs == {"data": {"text": "a"}}
        newer = await saq.enqueue("Kept.note", data={"text": "b", "colour": "red"}, other=1)
        assert newer is not None
        assert (await end_of(saq, newer.key)).result == "b"


@pytest.mark.req("R24-09")
async def test_a_stored_payload_that_does_not_fit_fails_without_retry(
    start: Start, saq: SaqQueue
) -> None:
    async with start(kept) as app:
        bad = await saq.enqueue("Kept.note", data={"txt": "a"}, retries=3)
        assert bad is not None
        job = await end_of(saq, bad.key)
        assert (job.status, job.attempts) == (Status.FAILED, 1)
        assert "argument `text`: field required" in (job.error or "")
        assert app.get(Seen).entries == []


@pytest.mark.req("X-23")
async def test_an_unknown_job_is_parked_with_its_attempts(start: Start, saq: SaqQueue) -> None:
    async with start(kept) as app:
        unknown = await saq.enqueue("Kept.not_yet", data={}, retries=1)
        assert unknown is not None
        admin = app.get(QueueAdmin)

        async def parked() -> bool:
            return await admin.stats("kept:a") == QueueStats(0, 0, 1)

        await until(parked)
        job = await stored(saq, unknown.key)
        assert (job.status, job.attempts) == (Status.QUEUED, 0)


async def test_a_waiting_and_a_running_job_can_be_aborted(start: Start, saq: SaqQueue) -> None:
    async with start(kept) as app:
        running = await app.get(Queue).enqueue(Kept.wait())
        await app.get(Seen).began.wait()
        waiting = await app.get(Queue).enqueue(Kept.note("a"))
        for key in (waiting.id, running.id):
            await (await stored(saq, key)).abort("enough")
        assert (await end_of(saq, waiting.id)).status is Status.ABORTED
        assert (await end_of(saq, running.id)).status is Status.ABORTED
        assert app.get(Seen).entries == []


@pytest.mark.req("R24-21")
async def test_what_does_not_finish_in_time_is_handed_back(on_redis: Any, saq: SaqQueue) -> None:
    async with on_redis(shutdown_grace=0.1)(kept) as app:
        handle = await app.get(Queue).enqueue(Kept.wait())
        await app.get(Seen).began.wait()
    job = await stored(saq, handle.id)
    assert (job.status, job.attempts) == (Status.QUEUED, 0)
    assert await saq.depths() == (1, 0, 0)


@pytest.mark.req("X-10")
async def test_two_workers_run_one_job_per_tick(on_redis: Any) -> None:
    async with on_redis()(clock) as one, on_redis()(clock) as other:
        ticks: list[str] = one.get(Journal).entries
        others: list[str] = other.get(Journal).entries

        async def three() -> bool:
            return len(ticks) + len(others) >= 3

        await until(three)
    assert len({*ticks, *others}) == len(ticks) + len(others)


async def test_a_tick_that_has_run_is_not_stored_again(start: Start) -> None:
    module = Module("ticked", imports=[clock, queue_module("clock")], providers=[], exports=[Queue])
    async with start(module) as app:
        queue: Any = app.get(Queue)
        assert isinstance(queue, RedisQueue)
        handle = await queue.enqueue(Clock.tick(), key="cron:once")
        await handle.result()
        new = queue._intake.accept(Clock.tick(), key="cron:once")
        await queue.store_once(new)
        assert (await queue.saq("clock").job("cron:once")).completed


async def test_a_delayed_job_that_is_tried_again_runs_once(saq: SaqQueue) -> None:
    job = await saq.enqueue("Kept.note", data={"text": "a"}, scheduled=1)
    assert job is not None
    assert await saq.schedule() == [job.id]
    taken = await saq.dequeue(1)
    assert taken == job
    await taken.retry("again")
    await saq.redis.delete(saq.namespace("schedule"))
    assert await saq.schedule() == []
    assert await saq.depths() == (1, 0, 0)


@pytest.mark.req("X-05")
async def test_a_job_just_taken_is_not_swept(saq: SaqQueue) -> None:
    job = await saq.enqueue("Kept.note", data={"text": "a"})
    assert job is not None
    assert await saq.dequeue(1) == job
    assert await saq.sweep(1) == []
    await saq.redis.delete(saq.namespace("sweep"))
    assert await saq.sweep(1) == [job.id]
    assert await saq.depths() == (1, 0, 0)


@pytest.mark.req("X-05", "X-07")
async def test_a_job_whose_worker_is_silent_runs_again_until_its_attempts_are_spent(
    saq: SaqQueue,
) -> None:
    job = await saq.enqueue("Kept.note", data={"text": "a"}, heartbeat=1, retries=2)
    for attempt in (1, 2):
        taken = await saq.dequeue(1)
        assert taken is not None
        taken.attempts, taken.started = attempt, 1
        await taken.update(status=Status.ACTIVE)
        record = json.loads(await saq.redis.get(taken.id))
        await saq.redis.set(taken.id, json.dumps({**record, "touched": 1}))
        assert await saq.sweep(1) == [taken.id]
        await saq.redis.delete(saq.namespace("sweep"))
    assert job is not None
    ended = await stored(saq, job.key)
    assert (ended.status, ended.error) == (
        Status.FAILED,
        "The worker died while it ran the job.",
    )
    assert await saq.depths() == (0, 0, 0)


@pytest.mark.req("X-12", "X-24")
async def test_logs_name_jobs_and_never_their_arguments(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as lines:
        async with start(kept) as app:
            good = await app.get(Queue).enqueue(Kept.note("private"))
            await good.result()
            bad = await app.get(Queue).enqueue(Kept.fail("private"))
            with pytest.raises(JobFailed):
                await bad.result()
    events = [line["event"] for line in lines]
    assert [e for e in events if e.startswith("job")] == [
        "job queued", "job started", "job completed", "job queued", "job started", "job failed",
    ]  # fmt: skip
    failed = next(line for line in lines if line["event"] == "job failed")
    assert failed["error"] == "ValueError"
    assert failed["at"].startswith("test_on_redis.py:")
    assert "private" not in str(lines) + caplog.text


async def test_saq_sees_the_public_names_and_keys_stay_under_the_prefix(
    start: Start, redis: Redis
) -> None:
    async with start(kept) as app:
        await (await app.get(Queue).enqueue(Kept.note("a"), key="k:1")).result()
        [queue] = app.get(SaqQueues).all()
        info = await queue.info(jobs=True)
        assert (queue.name, info["name"], len(info["workers"])) == ("kept:a", "kept:a", 1)
        assert (await queue.job("k:1")) is not None
    assert [key async for key in redis.state.scan_iter("saq:*")] == []
    assert await redis.state.exists(redis.key("saq", "job", "kept:a", "k:1"))


@pytest.mark.req("R24-03")
async def test_a_worker_waits_for_a_server_that_is_away_without_spinning(
    redis_prefix: str,
) -> None:
    async with temporary_server() as server:
        settings = RedisSettings.model_validate({"url": server.url, "prefix": redis_prefix})
        overrides = (
            bind(RedisSettings).value(settings),
            bind(QueueSettings).value(QueueSettings(backend="redis")),
        )
        with structlog.testing.capture_logs() as lines:
            async with testing(kept, *overrides, services=True) as app:
                os.kill(server.pid, signal.SIGKILL)

                async def back() -> bool:
                    return any(line["event"] == "redis is back" for line in lines)

                await until(back)
                handle = await app.get(Queue).enqueue(Kept.note("a"))
                assert await handle.result() == "a"
        events = [line["event"] for line in lines]
        assert events.count("redis is away") == events.count("redis is back") == 1
        assert "worker slot failed" not in events


async def test_producers_fail_fast_while_the_server_is_away(redis_prefix: str) -> None:
    settings = RedisSettings.model_validate({"url": "redis://127.0.0.1:1", "prefix": redis_prefix})
    overrides = (
        bind(RedisSettings).value(settings),
        bind(QueueSettings).value(QueueSettings(backend="redis")),
    )
    async with testing(kept, *overrides) as app:
        async with asyncio.timeout(1):
            with pytest.raises(QueueUnavailable, match="Redis did not answer"):
                await app.get(Queue).enqueue(Kept.note("a"))
