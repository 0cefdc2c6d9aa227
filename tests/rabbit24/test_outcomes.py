"""Each outcome of a platform: the state it leads to, and whether it uses up an attempt."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.rabbit24.conftest import Start, Travel
from tests.rabbit24.running import Rabbit, in_place_of_x, payload

from kit.platforms import (
    FailPermanent,
    NeedsReauth,
    PauseAccount,
    PlatformError,
    ProbablyDuplicate,
    RefreshThenRetryOnce,
    RetryAfter,
    RetryBackoff,
    Unknown,
)
from kit.sandbox import Fault
from rabbit24.jobs.publish import PublishJobs

LATER = datetime.now(UTC) + timedelta(hours=1)
ATTEMPTS = 3
OUTCOMES = [
    (RetryAfter("r", at=LATER), "DEFERRED"),
    (PauseAccount("p", until=LATER), "DEFERRED"),
    (Unknown("u"), "UNKNOWN"),
    (ProbablyDuplicate("d"), "UNKNOWN"),
    (RetryBackoff("b"), "PENDING"),
    (NeedsReauth("n"), "NEEDS_REAUTH"),
    (RefreshThenRetryOnce("t"), "NEEDS_REAUTH"),
    (FailPermanent("f"), "FAILED"),
]


class RefusingX:
    """A platform that always answers the same."""

    def __init__(self, error: PlatformError) -> None:
        self.error = error
        self.calls = 0

    async def create_post(self, *_: Any, **__: Any) -> Any:
        self.calls += 1
        raise self.error


def test_the_table_has_every_outcome() -> None:
    assert {type(error) for error, _ in OUTCOMES} == set(PlatformError.__subclasses__())


@pytest.mark.parametrize(
    ("error", "state"), OUTCOMES, ids=[type(error).__name__ for error, _ in OUTCOMES]
)
async def test_the_state_after_a_refusal(start: Start, error: PlatformError, state: str) -> None:
    x = RefusingX(error)
    async with start(in_place_of_x(x)) as rabbit:
        post = await rabbit.approved("Hello")
        runs = await rabbit.t.drain()
        seen = await rabbit.read(post)
        assert (seen["state"], seen["url"]) == (state, None)
        assert seen["error"] == f"{type(error).__name__}: {error}"
        waits = state in ("DEFERRED", "UNKNOWN")
        assert await rabbit.scheduled() == waits
        assert runs == x.calls == (ATTEMPTS if isinstance(error, RetryBackoff) else 1)
        if not waits:
            assert rabbit.t.enqueued == []


@pytest.mark.parametrize("state", ["FAILED", "NEEDS_REAUTH"])
async def test_what_needs_a_person_is_left_to_them(start: Start, state: str) -> None:
    x = RefusingX(next(error for error, becomes in OUTCOMES if becomes == state))
    async with start(in_place_of_x(x)) as rabbit, rabbit.listening() as heard:
        post = await rabbit.approved("Hello")
        await rabbit.t.drain()
        assert await rabbit.publisher.publish(payload(post, "Hello")) is None
        await rabbit.approve(post)
        assert await rabbit.t.drain() == 0
        assert x.calls == 1
    assert heard == []


async def test_a_rate_limit_reschedules_without_using_an_attempt(
    rabbit: Rabbit, travel: Travel
) -> None:
    rabbit.x.fault(Fault.RATE_LIMITED, times=ATTEMPTS + 1, seconds=60)
    post = await rabbit.approved("Hello")
    for _ in range(ATTEMPTS + 1):
        before = datetime.now(UTC)
        assert await rabbit.t.drain() == 1
        assert await rabbit.state(post) == "DEFERRED"
        assert timedelta(60) > await rabbit.due(post) - before >= timedelta(seconds=59)
        assert rabbit.t.enqueued == [PublishJobs.publish_post(payload(post, "Hello"))]
        assert await rabbit.t.drain() == 0, "it must wait until the limit resets"
        travel(await rabbit.due(post) - datetime.now(UTC))
    assert await rabbit.t.drain() == 1
    assert await rabbit.state(post) == "PUBLISHED"
    assert rabbit.x.texts == ["Hello"]


async def test_a_limit_that_has_just_reset_is_not_forgotten(start: Start, travel: Travel) -> None:
    x = RefusingX(RetryAfter("r", at=datetime.now(UTC) - timedelta(seconds=1)))
    async with start(in_place_of_x(x)) as rabbit:
        await rabbit.approved("Hello")
        for calls in range(1, ATTEMPTS + 2):
            assert await rabbit.t.drain() == 1
            assert (x.calls, await rabbit.scheduled()) == (calls, 1)
            travel(timedelta(seconds=1))


@pytest.mark.parametrize("fault", [Fault.USAGE_CAPPED, Fault.SUSPENDED])
async def test_a_paused_account_is_tried_again_after_a_day(
    rabbit: Rabbit, travel: Travel, fault: Fault
) -> None:
    rabbit.x.fault(fault)
    grant = rabbit.x.grant
    grant.pair = replace(grant.pair, expires_at=datetime.now(UTC) + timedelta(days=2))
    post = await rabbit.approved("Hello")
    await rabbit.t.drain()
    assert (await rabbit.read(post))["error"].startswith("PauseAccount: X answered 4")
    travel(timedelta(hours=23, minutes=59))
    assert await rabbit.t.drain() == 0
    travel(timedelta(minutes=1))
    assert await rabbit.t.drain() == 1
    assert await rabbit.state(post) == "PUBLISHED"


async def test_a_job_that_comes_too_early_waits_on(rabbit: Rabbit, travel: Travel) -> None:
    rabbit.x.fault(Fault.RATE_LIMITED, seconds=60)
    post = await rabbit.approved("Hello")
    await rabbit.t.drain()
    await rabbit.t.app.get(PublishJobs).publish_post(payload(post, "Hello"))
    assert len(rabbit.t.enqueued) == 1, "both wait for the same instant, so they are one job"
    assert (rabbit.x.texts, await rabbit.state(post)) == ([], "DEFERRED")
    travel(timedelta(seconds=61))
    assert await rabbit.t.drain() == 1
    assert rabbit.x.texts == ["Hello"]


async def test_an_expired_token_needs_its_owner(rabbit: Rabbit) -> None:
    rabbit.x.fault(Fault.EXPIRED_TOKEN)
    post = await rabbit.approved("Hello")
    assert await rabbit.t.drain() == 1
    assert (await rabbit.read(post))["state"] == "NEEDS_REAUTH"


async def test_x_that_cannot_be_reached_uses_up_the_attempts(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HUTCH_PLATFORMS__X_BASE_URL", "http://127.0.0.1:1")
    async with start() as rabbit:
        post = await rabbit.approved("Hello")
        assert await rabbit.t.drain() == ATTEMPTS
        assert await rabbit.read(post) | {"error": ""} == {
            "socialAccountId": "x-main",
            "platform": "TWITTER",
            "state": "PENDING",
            "platformPostId": None,
            "url": None,
            "error": "",
        }
        assert rabbit.t.enqueued == []


async def test_without_a_connected_account_the_settings_are_named(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.delenv("HUTCH_RABBIT24__X_ACCESS_TOKEN")
    async with start() as rabbit:
        post = await rabbit.approved("Hello")
        await rabbit.t.drain()
        assert await rabbit.read(post) == {
            "socialAccountId": "x-main",
            "platform": "TWITTER",
            "state": "NEEDS_REAUTH",
            "platformPostId": None,
            "url": None,
            "error": "NeedsReauth: The account 'x-main' is not connected: set "
            "HUTCH_RABBIT24__X_ACCOUNT_ID, HUTCH_RABBIT24__X_USER_ID and "
            "HUTCH_RABBIT24__X_ACCESS_TOKEN.",
        }
