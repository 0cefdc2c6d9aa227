"""The main path on a real Redis with a real worker, and on a real PostgreSQL."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from tests.postgres import Server
from tests.rabbit24.conftest import Start
from tests.rabbit24.running import Rabbit, payload

from hutch_queue import QueueAdmin
from kit.platforms import Published
from kit.sandbox import Fault
from rabbit24.jobs.publish import PublishJobs
from rabbit24.services.stuck import Stuck


@pytest.fixture
async def on_redis(
    start: Start, environment: pytest.MonkeyPatch, redis_url: str, redis_prefix: str
) -> AsyncIterator[Rabbit]:
    """Rabbit24 with its worker and its events on Redis."""
    environment.setenv("REDIS_URL", redis_url)
    environment.setenv("REDIS_PREFIX", redis_prefix)
    environment.setenv("HUTCH_QUEUE__BACKEND", "redis")
    environment.setenv("HUTCH_PUBSUB__BACKEND", "redis")
    async with start(services=True) as rabbit:
        yield rabbit


@pytest.fixture
async def on_postgres(
    start: Start, environment: pytest.MonkeyPatch, postgres: Server
) -> AsyncIterator[Rabbit]:
    environment.setenv("DATABASE_URL", await postgres.new_database())
    async with start() as rabbit:
        yield rabbit


@pytest.mark.req("R24-01", "R24-20", "R24-22", "R24-44")
async def test_on_redis_posts_are_published_once_and_told(on_redis: Rabbit) -> None:
    rabbit = on_redis
    async with rabbit.listening() as heard:
        posts = [await rabbit.approved(f"Post {n}") for n in range(10)]
        await _until(lambda: _all_heard(heard, posts))
    assert sorted(rabbit.x.texts) == sorted(f"Post {n}" for n in range(10))
    assert {await rabbit.state(post) for post in posts} == {"PUBLISHED"}


@pytest.mark.parametrize("fault", [Fault.ERROR_AFTER_COMMIT, Fault.LOST_AFTER_COMMIT])
async def test_on_redis_a_lost_answer_is_looked_up_by_a_job_for_later(
    on_redis: Rabbit, fault: Fault
) -> None:
    on_redis.x.fault(fault)
    post = await on_redis.approved("Hello")
    await _until(lambda: _is_published(on_redis, post))
    assert on_redis.x.texts == ["Hello"]


@pytest.mark.req("R24-16")
async def test_on_redis_no_more_than_five_are_on_their_way_at_once(on_redis: Rabbit) -> None:
    on_redis.x.fault(Fault.SLOW, times=7, seconds=0.4)
    posts = [await on_redis.approved(f"Post {n}") for n in range(7)]
    admin = on_redis.t.get(QueueAdmin)
    seen: set[int] = set()

    async def all_published() -> bool:
        seen.add((await admin.stats("publish")).active)
        return all([await _is_published(on_redis, post) for post in posts])

    await _until(all_published)
    assert max(seen) == 5
    assert len(on_redis.x.texts) == 7


async def test_on_postgres_the_main_path(on_postgres: Rabbit) -> None:
    async with on_postgres.listening() as heard:
        post = await on_postgres.approved("Hello")
        assert await on_postgres.t.drain() == 1
    assert [json.loads(event)["postId"] for event in heard] == [post]
    assert (await on_postgres.state(post), on_postgres.x.texts) == ("PUBLISHED", ["Hello"])
    assert await on_postgres.t.get(Stuck).find() == []


@pytest.mark.req("R24-22")
async def test_on_postgres_one_of_many_at_once(on_postgres: Rabbit) -> None:
    post = await on_postgres.write("Hello")
    approvals = await asyncio.gather(*(on_postgres.approve(post) for _ in range(5)))
    assert {len(approval["publications"]) for approval in approvals} == {1}
    turns = (on_postgres.publisher.publish(payload(post, "Hello")) for _ in range(8))
    outcomes = await asyncio.gather(*turns, return_exceptions=True)
    assert on_postgres.x.texts == ["Hello"]
    assert sum(isinstance(outcome, Published) for outcome in outcomes) == 1


async def test_on_postgres_one_post_is_never_two_publications(on_postgres: Rabbit) -> None:
    await on_postgres.approved("Hello")
    second = await on_postgres.approved("Hello")
    await on_postgres.t.drain()
    found = Published(on_postgres.x.posts[0].id, "url")
    row = await on_postgres.row(second)
    assert not await on_postgres.publisher.publications.published(row, found)
    await on_postgres.t.app.get(PublishJobs).sweep()
    assert await on_postgres.state(second) == "UNKNOWN"


async def test_on_postgres_bad_input_is_refused_not_an_error(on_postgres: Rabbit) -> None:
    new = {"brandProfileId": "brand", "content": "a\0b"}
    assert (await on_postgres.client.post("/api/posts", json=new)).status_code == 422
    for path in ("/api/posts/%00", "/api/posts?brandProfileId=%00"):
        assert (await on_postgres.client.get(path)).status_code in (404, 422)


async def _until(condition: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.02)


async def _is_published(rabbit: Rabbit, post: str) -> bool:
    return await rabbit.state(post) == "PUBLISHED"


async def _all_heard(heard: list[str], posts: list[str]) -> bool:
    return {json.loads(event)["postId"] for event in heard} == set(posts)
