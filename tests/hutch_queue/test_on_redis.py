"""What only the Redis backend promises."""

import asyncio
import json
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from redis.asyncio import Redis as Client

from hutch import Module, bind
from hutch.testing import Testing, testing
from hutch_queue import (
    JobFailed,
    JobInfo,
    Queue,
    QueueAdmin,
    QueueSettings,
    QueueStats,
    QueueUnavailable,
    fixed,
    job,
    processor,
    queue_module,
)
from hutch_queue.contract import Start
from hutch_queue.contracts.lab import Journal, clock
from hutch_queue.storage.redis_store import RedisStore
from hutch_queue.storage.store import Entry
from hutch_redis import Redis, RedisSettings
from hutch_redis.testing import temporary_server


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

    @job(attempts=2, backoff=fixed(0))
    async def fail(self, text: str) -> None:
        raise ValueError(text)

    @job
    async def wait(self) -> None:
        self.seen.began.set()
        await self.seen.gate.wait()


kept = Module(
    "kept", imports=[queue_module("kept:a")], providers=[Seen, Kept],
    exports=[Queue, QueueAdmin, Seen],
)  # fmt: skip


@pytest.fixture
def start(on_redis: Any) -> Start:
    return on_redis()


@pytest.fixture
def store(redis: Redis) -> RedisStore:
    """The store beside the app, as another program would use it."""
    return RedisStore(redis, redis.state)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0.02)


async def put(store: RedisStore, id: str, **fields: Any) -> None:
    """Store a job as a producer of another version does."""
    queued = round(datetime.now(UTC).timestamp() * 1000)
    record = json.dumps({"queued": queued, **fields}, separators=(",", ":"))
    assert await store.enqueue([("kept:a", [Entry(id, record)], 0)]) == [[1]]


async def end_of(app: Testing, id: str) -> JobInfo:
    async def ended() -> bool:
        return (await app.get(QueueAdmin).job("kept:a", id)).ended is not None

    await until(ended)
    return await app.get(QueueAdmin).job("kept:a", id)


async def test_all_keys_are_below_the_prefix_with_the_queue_in_a_tag(
    start: Start, redis: Redis
) -> None:
    before = {key async for key in redis.state.scan_iter()}
    async with start(kept) as app:
        queue = app.get(Queue)
        await (await queue.enqueue(Kept.note("a"), key="k:1", unique_for=timedelta(1))).result()
        bad = await queue.enqueue(Kept.fail("b"))
        with pytest.raises(JobFailed):
            await bad.result()
        await queue.group([Kept.note("c")], then=Kept.note("d"))
        await queue.enqueue(Kept.note("e"), delay=timedelta(1))
        base = redis.keys.prefix + "q:{kept%3Aa}:"
        found = {key.decode() async for key in redis.state.scan_iter(f"{redis.keys.prefix}*")}
        assert {key.removeprefix(base) for key in found} >= {
            "jobs", "complete", "failed", "delayed", "workers", "info", "meta", "unique", "errors",
        }  # fmt: skip
        assert all(key.startswith(base) for key in found)
        assert await redis.state.hexists(f"{base}jobs", "k:1")
    new = {key.decode() async for key in redis.state.scan_iter() if key not in before}
    assert all(key.startswith(base) for key in new)


async def test_a_record_begins_with_what_the_scripts_read_and_has_the_fields_of_saq(
    start: Start, store: RedisStore
) -> None:
    async with start(kept, services=False) as app:
        handle = await app.get(Queue).enqueue(Kept.note("a"), priority=7)
        [stored] = await store.read("kept:a", [handle.id])
        assert stored is not None
        record = json.loads(stored.record)
        assert list(record)[:2] == ["queued", "priority"]
        assert {**record, "queued": 0} == {
            "queued": 0,
            "priority": 7,
            "function": "Kept.note",
            "queue": "kept:a",
            "key": handle.id,
            "kwargs": {"data": {"text": "a"}},
            "timeout": 60,
            "retries": 3,
        }


@pytest.mark.req("R24-10")
async def test_what_a_newer_producer_adds_is_left_out(start: Start, store: RedisStore) -> None:
    async with start(kept) as app:
        data = {"text": "b", "colour": "red"}
        await put(store, "newer", function="Kept.note", kwargs={"data": data, "x": 1}, tags=["t"])
        assert (await end_of(app, "newer")).result == "b"
        assert app.get(Seen).entries == ["b"]


@pytest.mark.req("R24-09")
async def test_a_stored_payload_that_does_not_fit_fails_without_retry(
    start: Start, store: RedisStore
) -> None:
    async with start(kept) as app:
        await put(store, "bad", function="Kept.note", kwargs={"data": {"txt": "a"}}, retries=3)
        await put(store, "none", function="Kept.note", retries=3)
        for id in ("bad", "none"):
            info = await end_of(app, id)
            assert (info.state, info.attempt) == ("failed", 1)
        [failure] = (await end_of(app, "bad")).failures
        assert "argument `text`: field required" in failure.error
        assert app.get(Seen).entries == []


@pytest.mark.parametrize("record", ["no JSON", "[]", "{}", '{"queued":1}'])
async def test_a_record_that_is_none_fails_and_keeps_nobody_back(
    start: Start, store: RedisStore, record: str
) -> None:
    async with start(kept) as app:
        await store.enqueue([("kept:a", [Entry("odd", record)], 0)])
        info = await end_of(app, "odd")
        assert (info.state, info.error) == (
            "failed",
            "Its record cannot be read: somebody else wrote it.",
        )
        assert await (await app.get(Queue).enqueue(Kept.note("a"))).result() == "a"


@pytest.mark.req("X-23")
async def test_an_unknown_job_is_parked_with_its_attempts(start: Start, store: RedisStore) -> None:
    async with start(kept) as app:
        await put(store, "new", function="Kept.not_yet", kwargs={"data": {}}, retries=1)
        admin = app.get(QueueAdmin)

        async def parked() -> bool:
            return await admin.stats("kept:a") == QueueStats(delayed=1)

        await until(parked)
        info = await admin.job("kept:a", "new")
        assert (info.attempt, info.failures) == (0, [])
        assert info.due is not None
        assert timedelta(seconds=25) < info.due - datetime.now(UTC) <= timedelta(seconds=30)


@pytest.mark.req("X-23")
async def test_a_parked_job_runs_where_it_is_known(start: Start, store: RedisStore) -> None:
    await put(store, "new", function="Kept.note", kwargs={"data": {"text": "a"}}, retries=1)
    async with start(without_note) as older:
        admin = older.get(QueueAdmin)

        async def parked() -> bool:
            return await admin.stats("kept:a") == QueueStats(delayed=1)

        await until(parked)
        async with start(kept) as newer:
            # Ended before the older worker leaves: it must not be its only chance.
            admin_of_newer = newer.get(QueueAdmin)
            while not newer.get(Seen).entries:
                await admin_of_newer.promote("kept:a", "new")
                await asyncio.sleep(0.02)
            assert (await end_of(newer, "new")).attempt == 1


@processor("kept:a")
class Older:
    @job
    async def other(self) -> None: ...


without_note = Module(
    "older", imports=[queue_module("kept:a")], providers=[Older], exports=[Queue, QueueAdmin]
)


@pytest.mark.req("R24-21")
async def test_what_does_not_finish_in_time_is_handed_back(on_redis: Any) -> None:
    async with on_redis(shutdown_grace=0.1)(kept) as app:
        handle = await app.get(Queue).enqueue(Kept.wait())
        await app.get(Seen).began.wait()
    async with on_redis()(kept, services=False) as app:
        info = await app.get(QueueAdmin).job("kept:a", handle.id)
        assert (info.state, info.attempt, info.failures) == ("waiting", 0, [])


@pytest.mark.req("X-10")
async def test_two_workers_run_one_job_per_tick(on_redis: Any) -> None:
    async with on_redis()(clock) as one, on_redis()(clock) as other:
        ticks: list[str] = one.get(Journal).entries
        others: list[str] = other.get(Journal).entries

        async def three() -> bool:
            return len(ticks) + len(others) >= 3

        await until(three)
    assert len({*ticks, *others}) == len(ticks) + len(others)


@pytest.mark.req("SD-29", "X-12", "X-24")
async def test_logs_name_jobs_and_never_their_arguments(
    start: Start, store: RedisStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as lines:
        async with start(kept) as app:
            good = await app.get(Queue).enqueue(Kept.note("private"))
            await good.result()
            bad = await app.get(Queue).enqueue(Kept.fail("private"))
            with pytest.raises(JobFailed):
                await bad.result()
    told = [(line["event"], line.get("job_id")) for line in lines if line["event"][:3] == "job"]
    assert [event for event, _ in told] == [
        "job queued", "job started", "job completed",
        "job queued", "job started", "job will be retried", "job started", "job failed",
    ]  # fmt: skip
    failed = next(line for line in lines if line["event"] == "job failed")
    assert failed["error"] == "ValueError"
    assert failed["at"].startswith("test_on_redis.py:")
    assert "private" not in str(lines) + caplog.text


@asynccontextmanager
async def on_server(url: str, prefix: str, *, services: bool) -> AsyncIterator[Testing]:
    settings = RedisSettings.model_validate({"url": url, "prefix": prefix})
    overrides = (
        bind(RedisSettings).value(settings),
        bind(QueueSettings).value(QueueSettings(backend="redis")),
    )
    async with testing(kept, *overrides, services=services) as app:
        yield app


@pytest.mark.req("R24-03")
async def test_a_worker_waits_for_a_server_that_is_away_without_spinning(
    redis_prefix: str,
) -> None:
    async with temporary_server() as server:
        with structlog.testing.capture_logs() as lines:
            async with on_server(server.url, redis_prefix, services=True) as app:
                os.kill(server.pid, signal.SIGKILL)

                async def back() -> bool:
                    return any(line["event"] == "redis is back" for line in lines)

                await until(back)
                handle = await app.get(Queue).enqueue(Kept.note("a"))
                assert await handle.result() == "a"
        events = [line["event"] for line in lines]
        assert events.count("redis is away") == events.count("redis is back") == 1
        assert "worker failed" not in events


@pytest.mark.req("SD-39")
async def test_jobs_that_wait_are_there_after_a_kill_of_the_server(redis_prefix: str) -> None:
    async with (
        temporary_server() as server,
        on_server(server.url, redis_prefix, services=False) as app,
    ):
        texts = [str(number) for number in range(20)]
        handles = await app.get(Queue).enqueue_all([Kept.note(text) for text in texts])
        os.kill(server.pid, signal.SIGKILL)
        async with on_server(server.url, redis_prefix, services=True), asyncio.timeout(20):
            assert [await handle.result() for handle in handles] == texts


async def test_producers_fail_fast_while_the_server_is_away(redis_prefix: str) -> None:
    async with on_server("redis://127.0.0.1:1", redis_prefix, services=False) as app:
        queue = app.get(Queue)
        async with asyncio.timeout(1):
            with pytest.raises(QueueUnavailable, match=r"\(\w+\), so 1 job\(s\) may not be stored"):
                await queue.enqueue(Kept.note("a"))
            with pytest.raises(QueueUnavailable, match=r"so 2 job\(s\) may not be stored"):
                await queue.enqueue_all([Kept.note("a"), Kept.note("b")])
            with pytest.raises(QueueUnavailable):
                await queue.chain(Kept.note("a"), Kept.note("b"))


async def test_a_server_without_its_replicas_refuses_jobs(redis_prefix: str) -> None:
    async with (
        temporary_server() as server,
        on_server(server.url, redis_prefix, services=False) as app,
        Client.from_url(server.url) as client,
    ):
        await client.config_set("min-replicas-to-write", 1)
        with pytest.raises(QueueUnavailable, match=r"takes no writes .*NOREPLICAS"):
            await app.get(Queue).enqueue(Kept.note("a"))


async def test_a_full_server_refuses_jobs_and_lets_those_that_run_end(redis_prefix: str) -> None:
    async with (
        temporary_server() as server,
        on_server(server.url, redis_prefix, services=True) as app,
        Client.from_url(server.url) as client,
    ):
        running = await app.get(Queue).enqueue(Kept.wait())
        await app.get(Seen).began.wait()
        await client.config_set("maxmemory", 1)
        with pytest.raises(QueueUnavailable, match="maxmemory"):
            await app.get(Queue).enqueue(Kept.note("a"))
        app.get(Seen).gate.set()
        assert await running.result() is None
