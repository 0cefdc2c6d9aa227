"""Daily limits: counted once for each post, and waited for without losing an attempt."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from tests.rabbit24.conftest import Start, Travel
from tests.rabbit24.running import Person, Rabbit

from hutch_queue import QueueAdmin
from hutch_ratelimit import UnknownLimit
from kit.publishing import Network
from kit.sandbox import Fault
from rabbit24.keys import DAILY
from rabbit24.services.daily import DailyLimits
from rabbit24.services.errors import RateLimitExceededError

MIDDAY = datetime(2031, 5, 5, 12, tzinfo=UTC)


@pytest.mark.req("R24-30")
def test_each_network_has_the_number_of_the_document() -> None:
    numbers = {name: limit.most for name, limit in DAILY.items()}
    assert numbers == {"twitter": 50, "linkedin": 100, "facebook": 50, "instagram": 25}
    assert {network.lower() for network in Network} == set(numbers)


@pytest.mark.req("R24-30", "R24-32")
async def test_of_sixty_at_once_fifty_pass_and_the_next_one_is_told(rabbit: Rabbit) -> None:
    daily = rabbit.t.get(DailyLimits)
    takes = (daily.take("b", Network.TWITTER, f"post-{n}") for n in range(60))
    outcomes = await asyncio.gather(*takes, return_exceptions=True)
    assert outcomes.count(None) == 50
    with pytest.raises(RateLimitExceededError, match="The limit of posts on twitter is reached"):
        await daily.take("b", Network.TWITTER, "one-more")
    await daily.take("another", Network.TWITTER, "post-1")
    await daily.take("b", Network.FACEBOOK, "post-1")


@pytest.mark.req("R24-33")
async def test_a_retry_and_a_refusal_take_nothing(rabbit: Rabbit) -> None:
    daily = rabbit.t.get(DailyLimits)
    for _ in range(3):
        await daily.take("b", Network.INSTAGRAM, "the same")
    assert await daily.left("b", Network.INSTAGRAM) == 24
    for n in range(24):
        await daily.take("b", Network.INSTAGRAM, f"post-{n}")
    for _ in range(2):
        with pytest.raises(RateLimitExceededError):
            await daily.take("b", Network.INSTAGRAM, "too many")
    await daily.take("b", Network.INSTAGRAM, "the same")


@pytest.mark.req("R24-33", "R24-34")
async def test_a_post_over_the_limit_waits_for_midnight_without_using_an_attempt(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HUTCH_RATELIMIT__LIMITS", '{"twitter": 1}')
    with time_machine.travel(MIDDAY) as clock:
        async with start() as rabbit, rabbit.user() as ada:
            x = await ada.connect(expiresAt="2031-06-01T00:00:00Z")
            x.grant.pair = type(x.grant.pair)(MIDDAY + timedelta(days=9), x.grant.pair.access)
            await ada.approved("First", x)
            await rabbit.drain()
            second = await ada.approved("Second", x)
            await rabbit.drain()
            [one] = (await ada.read(second))["publications"]
            assert (one["state"], x.texts) == ("DEFERRED", ["First"])
            assert one["error"] == "The limit of posts is reached."
            until = datetime.fromisoformat(one["notBefore"])
            assert abs(until - datetime(2031, 5, 6, tzinfo=UTC)) < timedelta(seconds=1)
            [job] = await rabbit.t.get(QueueAdmin).jobs("publish", "delayed")
            assert job.attempt == 0, "waiting costs no attempt"
            assert (await ada.ask("GET", f"/api/brands/{ada.brand}/limits"))["twitter"] == 0
            clock.move_to(until + timedelta(seconds=2))
            await rabbit.drain()
            assert x.texts == ["Second", "First"]


@pytest.mark.req("R24-33")
async def test_a_post_that_is_tried_again_is_counted_once(
    rabbit: Rabbit, ada: Person, travel: Travel
) -> None:
    x = await ada.connect()
    x.fault(Fault.RATE_LIMITED, seconds=1)
    await ada.approved("Hello", x)
    await rabbit.settle(travel)
    assert x.texts == ["Hello"]
    assert (await ada.ask("GET", f"/api/brands/{ada.brand}/limits"))["twitter"] == 49


@pytest.mark.req("R24-35")
async def test_an_unknown_network_is_an_error_and_not_unlimited(rabbit: Rabbit) -> None:
    with pytest.raises(UnknownLimit, match="no limit is called 'myspace'"):
        rabbit.t.get(DailyLimits).limits["myspace"]
