"""The main path on a real Redis with a real worker, and on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from tests.kit.publishing.conftest import Start
from tests.kit.publishing.running import Press
from tests.postgres import Server

from hutch_queue import QueueAdmin
from kit.platforms import Published
from kit.sandbox import Fault


@pytest.fixture
async def on_redis(
    start: Start, environment: pytest.MonkeyPatch, redis_url: str, redis_prefix: str
) -> AsyncIterator[Press]:
    environment.setenv("REDIS_URL", redis_url)
    environment.setenv("REDIS_PREFIX", redis_prefix)
    for module in ("QUEUE", "LOCK"):
        environment.setenv(f"HUTCH_{module}__BACKEND", "redis")
    async with start(services=True) as rabbit:
        yield rabbit


@pytest.fixture
async def on_postgres(
    start: Start, environment: pytest.MonkeyPatch, postgres: Server
) -> AsyncIterator[Press]:
    environment.setenv("DATABASE_URL", await postgres.new_database())
    async with start() as rabbit:
        yield rabbit


@pytest.mark.parametrize("fault", [Fault.ERROR_AFTER_COMMIT, Fault.LOST_AFTER_COMMIT])
async def test_on_redis_a_lost_answer_is_looked_up_by_a_job_for_later(
    on_redis: Press, fault: Fault
) -> None:
    on_redis.x.fault(fault)
    post = await on_redis.approved("Hello")
    await _until(lambda: _is_published(on_redis, post))
    assert on_redis.x.texts == ["Hello"]


async def test_on_redis_no_more_than_five_are_on_their_way_at_once(on_redis: Press) -> None:
    on_redis.x.fault(Fault.SLOW, times=7, seconds=0.4)
    posts = [await on_redis.approved(f"Post {n}") for n in range(7)]
    admin = on_redis.t.get(QueueAdmin)
    seen: set[int] = set()

    async def all_published() -> bool:
        seen.add((await admin.stats("press")).active)
        return all([await _is_published(on_redis, post) for post in posts])

    await _until(all_published)
    assert max(seen) == 5
    assert len(on_redis.x.texts) == 7


@pytest.mark.req("R24-22")
async def test_on_postgres_one_of_many_at_once(on_postgres: Press) -> None:
    post = await on_postgres.approved("Hello")
    turns = (on_postgres.publish(post) for _ in range(8))
    outcomes = await asyncio.gather(*turns, return_exceptions=True)
    assert on_postgres.x.texts == ["Hello"]
    [shown] = on_postgres.x.posts
    published = {outcome.id for outcome in outcomes if isinstance(outcome, Published)}
    assert published == {shown["id"]}, "who comes late is told of the same post"
    assert await on_postgres.stuck.find() == []


async def test_on_postgres_one_post_is_never_two_publications(on_postgres: Press) -> None:
    await on_postgres.approved("Hello")
    second = await on_postgres.approved("Hello")
    await on_postgres.t.drain()
    found = Published(on_postgres.x.posts[0]["id"], "url")
    assert not await on_postgres.publications.published(await on_postgres.row(second), found)
    assert await on_postgres.state(second) == "UNKNOWN"


async def _until(condition: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.02)


async def _is_published(rabbit: Press, post: str) -> bool:
    return await rabbit.state(post) == "PUBLISHED"
