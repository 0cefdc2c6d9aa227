"""A server whose memory is full takes no more jobs; what runs ends, and the rest goes on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.exceptions import ResponseError
from tests.hutch_queue.storage.jobs import Clock, record, tail
from tests.hutch_queue.storage.snapshot import Snapshot, read

from hutch_queue.storage.redis_store import RedisStore
from hutch_queue.storage.store import Ended, Entry, Follower, Group, Keeping, Limits
from hutch_redis import EmbeddedServer, Redis, RedisSettings, open_redis

KEEP = Keeping(60_000, 60_000)


@pytest.fixture
async def own_redis(tmp_path: Path) -> AsyncIterator[Redis]:
    async with EmbeddedServer(tmp_path) as server:
        settings = RedisSettings.model_validate({"url": server.url})
        async with asynccontextmanager(open_redis)(settings) as opened:
            yield opened


async def test_a_full_server_takes_no_jobs_and_lets_those_it_has_end(own_redis: Redis) -> None:
    clock = Clock()
    store = RedisStore(own_redis, own_redis.blocking, clock=clock)

    def entry(id: str) -> Entry:
        return Entry(id, record(clock.ms))

    async def state() -> list[Snapshot]:
        return await read(own_redis.blocking, [store.base("q"), store.base("r")])

    await store.join("q", "w", 60_000, "{}", Limits())
    await store.enqueue([("q", [entry(id) for id in "12345"], 0)])
    turn = await store.turn("q", "w", [], 3, KEEP)
    assert turn is not None
    await own_redis.blocking.config_set("maxmemory", 1)

    before = await state()
    group = Group("r", "g", 1, entry("then"))
    for batches, groups in (
        ([("q", [entry("6")], 0)], []),
        ([("q", [entry("6")], 0), ("r", [entry("7")], 0)], []),
        ([("q", [entry("6")], 0)], [group]),
    ):
        with pytest.raises(ResponseError, match="maxmemory"):
            await store.enqueue(batches, groups)
    with pytest.raises(ResponseError, match="maxmemory"):
        await store.tick("q", "s", "", clock.ms, "{}", [entry("6")])
    assert await state() == before

    follower = Follower(store.base("r"), entry("7"))
    first, second, third = turn.claims
    ended = [
        Ended(first.id, 1, "complete", tail(1, clock.ms), 0, (follower,)),
        Ended(second.id, 1, "retry", '{"error":"no"}', -50),
    ]
    turn = await store.turn("q", "w", ended, 1, KEEP)
    assert turn is not None
    assert (turn.refused, [claim.id for claim in turn.claims]) == ([], ["4"])
    assert await store.ids("r", "waiting", 0, 9) == ["7"]
    assert await store.beat("q", "w", 60_000, "{}", KEEP, 3) is not None
    assert await store.join("q", "x", 60_000, "{}", Limits(), ["w"], [(third.id, 1)]) == {third.id}
    assert await store.move("q", "note", "log", third.id, 1, "x", "text") == 1
    assert await store.move("q", "abort", "why", tail(0, clock.ms, "why"), "5") == ["5"]
    assert await store.move("q", "replay", "5") == ["5"]
    assert await store.move("q", "delete", "5") == ["5"]
