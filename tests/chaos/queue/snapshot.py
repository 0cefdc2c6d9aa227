"""Snapshot: what the store holds when all is done, as a file for the checker."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.chaos.queue.app import QUEUES
from tests.chaos.queue.server import Server

from hutch_queue.produce.record import read_record
from hutch_queue.storage.redis_store import RedisStore
from hutch_redis import Redis, RedisSettings, open_redis

PREFIX = "chaos:"
SETS = ("wait", "delayed", "complete", "failed", "workers", "unique")
HASHES = ("active", "tries", "progress", "aborting", "errors", "log", "info", "groups")
ENDED = ("complete", "failed")


def snapshot_in(folder: Path) -> Path:
    """Name the file."""
    return folder / "store.json"


@asynccontextmanager
async def opened(server: Server) -> AsyncIterator[tuple[Redis, RedisStore]]:
    """Open the store as the app does, past every proxy."""
    settings = RedisSettings.model_validate({"url": f"unix://{server.socket}", "prefix": PREFIX})
    async with asynccontextmanager(open_redis)(settings) as redis:
        yield redis, RedisStore(redis, redis.blocking)


async def is_drained(redis: Redis, store: RedisStore) -> bool:
    """Tell whether no job waits or runs, and no key is taken any more."""
    client: Any = redis.blocking
    for queue in QUEUES:
        counts = await store.counts(queue)
        taken = await client.zcard(f"{store.base(queue)}unique")
        if counts.waiting + counts.delayed + counts.active + taken:
            return False
    return True


async def memory(server: Server) -> int:
    """Return the bytes that the server's data takes, its own overhead not counted."""
    async with opened(server) as (redis, _):
        client: Any = redis.blocking
        return int((await client.info("memory"))["used_memory_dataset"])


async def take(server: Server, folder: Path, memory_before: int) -> None:
    """Write down all there is, then remove the ended jobs and write down what is left over."""
    async with opened(server) as (redis, store):
        found = {queue: await _queue(redis, store.base(queue)) for queue in QUEUES}
        for queue in QUEUES:
            for state in ENDED:
                while await store.move(queue, "drain", state, 500):
                    pass
        left = await _keys(redis)
    grown = await memory(server) - memory_before
    text = json.dumps({"queues": found, "left": left, "grown": grown})
    snapshot_in(folder).write_text(text)


async def _queue(redis: Redis, base: str) -> dict[str, Any]:
    client: Any = redis.blocking
    found: dict[str, Any] = {
        name: [id.decode() for id in await client.zrange(base + name, 0, -1)] for name in SETS
    }
    for name in HASHES:
        found[name] = [id.decode() for id in await client.hkeys(base + name)]
    jobs = await client.hgetall(f"{base}jobs")
    found["jobs"] = {id.decode(): _job(record) for id, record in jobs.items()}
    return found


def _job(record: bytes) -> list[Any]:
    fields = read_record(record)
    return [fields["kwargs"]["data"]["number"], fields.get("status", ""), fields.get("error", "")]


async def _keys(redis: Redis) -> list[str]:
    client: Any = redis.blocking
    return sorted([key.decode() async for key in client.scan_iter(count=1000)])
