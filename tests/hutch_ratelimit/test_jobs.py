"""Jobs: one that meets a limit runs when it is reset, and has lost no attempt."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from hutch import Inject, Module, bind
from hutch.interceptors import intercept
from hutch.testing import testing as started
from hutch_queue import (
    JobContext,
    Queue,
    QueueAdmin,
    fixed,
    injected,
    job,
    processor,
    queue_module,
)
from hutch_ratelimit import (
    LimiterUnavailable,
    Limits,
    MemoryLimiter,
    RateLimiter,
    SnoozeWhenLimited,
    fixed_window,
    job_token,
    per_day,
    ratelimit_module,
)


@processor("posts")
@dataclass
class Posts:
    limiter: RateLimiter
    limits: Limits

    @job(attempts=3, backoff=fixed(0))
    @intercept(SnoozeWhenLimited)
    async def publish(
        self, user: str, platform: str, fail: int = 0, job: Inject[JobContext] = injected
    ) -> int:
        counter = self.limits[platform].at("ratelimit", user, platform)
        await self.limiter.take_or_raise(counter, token=job_token(job))
        if job.attempt <= fail:
            raise ConnectionError("the platform is away")
        return job.attempt


shop = Module(
    "shop",
    imports=[queue_module("posts"), ratelimit_module(twitter=per_day(2))],
    providers=[Posts],
    exports=[Queue, QueueAdmin, RateLimiter, Limits],
)


@pytest.mark.req("R24-33", "C-15")
async def test_the_retries_of_a_job_take_one_unit(start: Any) -> None:
    async with start(shop) as app:
        handle = await app.get(Queue).enqueue(Posts.publish("u1", "twitter", fail=2))
        await app.drain()
        assert await handle.result() == 3
        counter = app.get(Limits)["twitter"].at("ratelimit", "u1", "twitter")
        assert (await app.get(RateLimiter).peek(counter)).remaining == 1


@pytest.mark.req("R24-33")
async def test_a_job_of_the_same_key_is_another_one(start: Any) -> None:
    async with start(shop) as app:
        for _ in range(2):
            handle = await app.get(Queue).enqueue(Posts.publish("u1", "twitter"), key="daily")
            await app.drain()
            await handle.result()
        counter = app.get(Limits)["twitter"].at("ratelimit", "u1", "twitter")
        assert (await app.get(RateLimiter).peek(counter)).remaining == 0


@pytest.mark.req("R24-34", "C-15")
async def test_a_job_at_the_limit_waits_for_the_reset_and_keeps_its_attempts(start: Any) -> None:
    async with start(shop) as app:
        queue, admin = app.get(Queue), app.get(QueueAdmin)
        for number in range(3):
            await queue.enqueue(Posts.publish("u1", "twitter"), key=f"post-{number}")
        counter = app.get(Limits)["twitter"].at("ratelimit", "u1", "twitter")
        await app.get(RateLimiter).take(counter, cost=2)
        await app.drain()
        reset_at = (await app.get(RateLimiter).peek(counter)).reset_at
        for number in range(3):
            info = await admin.job("posts", f"post-{number}")
            assert info.state == "delayed"
            assert info.due is not None
            assert abs(info.due - reset_at) < timedelta(seconds=1)
            assert info.attempt == 0
            assert not info.failures


class Unable(MemoryLimiter):
    """A limiter that cannot count."""

    async def take(self, *_: Any, **__: Any) -> Any:
        raise LimiterUnavailable("away")


@pytest.mark.req("R24-34")
async def test_a_job_whose_units_cannot_be_counted_tries_again_soon() -> None:
    async with started(shop, bind(RateLimiter).value(Unable())) as app:
        await app.get(Queue).enqueue(Posts.publish("u1", "twitter"), key="post")
        await app.drain()
        info = await app.get(QueueAdmin).job("posts", "post")
    assert (info.state, info.attempt) == ("delayed", 0)


@pytest.mark.req("R24-35")
async def test_an_unknown_platform_fails_the_job_and_is_not_without_a_limit() -> None:
    async with started(shop) as app:
        await app.get(Queue).enqueue(Posts.publish("u1", "myspace"), key="post")
        await app.drain()
        info = await app.get(QueueAdmin).job("posts", "post")
    assert info.state == "failed"
    assert "no limit is called 'myspace'; there are: twitter." in (info.error or "")


@pytest.mark.req("R24-34")
async def test_it_runs_after_the_reset() -> None:
    quick = Module(
        "quick",
        imports=[
            queue_module("posts"),
            ratelimit_module(twitter=fixed_window(1, timedelta(milliseconds=200))),
        ],
        providers=[Posts],
        exports=[Queue],
    )
    async with started(quick, services=True) as app:
        handles = [await app.get(Queue).enqueue(Posts.publish("u1", "twitter")) for _ in range(3)]
        assert [await handle.result() for handle in handles] == [1, 1, 1]
