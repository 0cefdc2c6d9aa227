"""The queues: schedule, analytics, tokens."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from tests.rabbit24.conftest import Start, Travel
from tests.rabbit24.running import Person, Rabbit, in_days

from hutch_queue import Call, Handle, Queue, QueueAdmin
from kit.publishing import Network
from kit.sandbox import Fault
from kit.sandbox.world import World
from rabbit24.jobs.analytics import AnalyticsJobs
from rabbit24.jobs.distribution import ConnectionJobs
from rabbit24.jobs.tokens import TokenJobs
from rabbit24.schemas import (
    FillSlot,
    Measured,
    MeasurePost,
    PublishPost,
    RefreshConnection,
    RefreshToken,
)
from rabbit24.services import metrics
from rabbit24.services.accounts import StoredAccounts


@pytest.mark.req("R24-08", "R24-25")
async def test_analytics_stores_what_each_network_tells(
    rabbit: Rabbit, ada: Person, travel: Travel
) -> None:
    accounts = [await ada.connect(network) for network in Network]
    file = (await ada.upload())["file"]
    post = await ada.approved("Hello", *accounts, media=(file,))
    await rabbit.settle(travel)
    assert await ada.ask("POST", f"/api/posts/{post}/analytics", 202) == 4
    admin = rabbit.t.get(QueueAdmin)
    payloads = [job.arguments["data"] for job in await admin.jobs("analytics", "waiting")]
    assert {tuple(sorted(data)) for data in payloads} == {("platform", "platformPostId", "postId")}
    assert {data["platform"] for data in payloads} == set(Network)
    await rabbit.drain()
    figures = await ada.ask("GET", f"/api/posts/{post}/analytics")
    assert {one["socialAccountId"] for one in figures} == {account.id for account in accounts}
    network_of = {account.id: account.network for account in accounts}
    for one in figures:
        is_linkedin = network_of[one["socialAccountId"]] is Network.LINKEDIN
        assert (one["shares"] is None) == is_linkedin
        assert isinstance(one["likes"], int)


@pytest.mark.req("R24-25")
async def test_what_is_stored_is_what_the_network_told_last(
    rabbit: Rabbit, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = await ada.connect()
    post = await ada.approved("Hello", x)
    await rabbit.drain()
    remote = x.posts[0]["id"]
    data = MeasurePost(post_id=post, platform_post_id=remote, platform=Network.TWITTER)
    for likes in (77, 154):
        monkeypatch.setattr(World, "likes", lambda *_, now=likes: now)
        figures = {"likes": likes, "shares": likes // 5 + likes // 11, "comments": likes // 7}
        told = await rabbit.t.app.get(AnalyticsJobs).measure(data)
        assert told == Measured.model_validate(figures)
        [stored] = await ada.ask("GET", f"/api/posts/{post}/analytics")
        assert figures.items() <= stored.items()


async def test_a_post_that_is_not_ours_is_not_measured(rabbit: Rabbit) -> None:
    data = MeasurePost(post_id="p", platform_post_id="123", platform=Network.TWITTER)
    assert await rabbit.t.app.get(AnalyticsJobs).measure(data) is None


async def test_a_post_of_a_disconnected_account_is_not_measured(
    rabbit: Rabbit, ada: Person
) -> None:
    x = await ada.connect()
    await ada.approved("Hello", x)
    await rabbit.drain()
    remote = x.posts[0]["id"]
    await ada.ask("DELETE", f"/api/accounts/{x.id}", 204)
    data = MeasurePost(post_id="p", platform_post_id=remote, platform=Network.TWITTER)
    assert await rabbit.t.app.get(AnalyticsJobs).measure(data) is None


async def test_a_token_that_ended_long_ago_is_not_asked_for_every_five_minutes(
    rabbit: Rabbit, ada: Person
) -> None:
    await ada.connect(expiresAt=in_days(-2))
    hours_ago = await ada.connect(Network.LINKEDIN, expiresAt=in_days(-0.5))
    assert await rabbit.t.app.get(TokenJobs).sweep() == 1
    [job] = await rabbit.t.get(QueueAdmin).jobs("token:refresh", "waiting")
    assert job.arguments["data"]["socialAccountId"] == hours_ago.id


@pytest.mark.req("R24-25")
async def test_the_sweep_measures_what_was_published_lately(
    rabbit: Rabbit, ada: Person, travel: Travel
) -> None:
    x = await ada.connect()
    post = await ada.approved("Hello", x)
    await rabbit.drain()
    jobs = rabbit.t.app.get(AnalyticsJobs)
    assert await jobs.sweep() == 1
    [call] = rabbit.t.enqueued
    remote = x.posts[0]["id"]
    data = MeasurePost(post_id=post, platform_post_id=remote, platform=Network.TWITTER)
    assert call == AnalyticsJobs.measure(data)
    await rabbit.drain()
    travel(timedelta(days=31))
    assert await jobs.sweep() == 0


@pytest.mark.req("R24-25")
async def test_the_sweep_enqueues_page_by_page(
    rabbit: Rabbit, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, pages = await ada.connect(), list[int]()
    for n in range(5):
        await ada.approved(f"Post {n}", x)
    await rabbit.drain()
    jobs = rabbit.t.app.get(AnalyticsJobs)
    enqueue_all = type(jobs.queue).enqueue_all

    async def noted(self: Queue, calls: Iterable[Call[Any]]) -> list[Handle[Any]]:
        handles = await enqueue_all(self, calls)
        pages.append(len(handles))
        return handles

    monkeypatch.setattr(metrics, "PAGE", 2)
    monkeypatch.setattr(type(jobs.queue), "enqueue_all", noted)
    assert await jobs.sweep() == len(rabbit.t.enqueued) == 5
    assert pages == [2, 2, 1]


async def test_the_daily_refresh_does_not_wait_for_an_operator_day_after_day(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.delenv("HUTCH_PLATFORMS__X_CLIENT_ID")
    async with start() as rabbit, rabbit.user() as ada:
        x = await ada.connect()
        refresh = ConnectionJobs.refresh(RefreshConnection(connection_id=x.connection))
        await rabbit.t.get(Queue).enqueue(refresh)
        assert await rabbit.drain() == 1
        assert rabbit.t.enqueued == []


@pytest.mark.req("R24-28")
async def test_a_token_that_ends_soon_is_refreshed_before(rabbit: Rabbit, ada: Person) -> None:
    soon = await ada.connect(expiresAt=in_days(0.01))
    await ada.connect(Network.LINKEDIN)
    jobs, accounts = rabbit.t.app.get(TokenJobs), rabbit.t.get(StoredAccounts)
    before = await accounts.load(soon.id)
    assert await jobs.sweep() == 1
    data = RefreshToken(
        social_account_id=soon.id, platform=Network.TWITTER, expires_at=before.expires_at
    )
    assert rabbit.t.enqueued == [TokenJobs.refresh(data)]
    assert await rabbit.drain() == 1
    after = await accounts.load(soon.id)
    assert after.expires_at - datetime.now(UTC) > timedelta(hours=1)
    assert after.access != before.access
    assert await jobs.sweep() == 0
    assert await jobs.refresh(data) is False, "somebody else has done it"


@pytest.mark.req("R24-28")
async def test_each_network_is_refreshed_in_its_own_way(rabbit: Rabbit, ada: Person) -> None:
    accounts = [await ada.connect(network, expiresAt=in_days(1)) for network in Network]
    # Instagram extends no token that is younger than a day.
    jobs = rabbit.t.app.get(TokenJobs)
    assert await jobs.sweep() == 3, "X's token of a day is fresh"
    await rabbit.drain()
    states = {a.network: await rabbit.t.get(StoredAccounts).load(a.id) for a in accounts}
    week = datetime.now(UTC) + timedelta(days=7)
    assert {name for name, tokens in states.items() if tokens.expires_at > week} >= {
        Network.LINKEDIN,
        Network.FACEBOOK,
    }


@pytest.mark.req("R24-10")
def test_fields_of_a_newer_producer_are_tolerated() -> None:
    told = {"scheduleId": "s", "brandProfileId": "b", "mood": "new"}
    assert FillSlot.model_validate(told) == FillSlot(schedule_id="s", brand_profile_id="b")
    with pytest.raises(ValidationError, match="socialAccountId"):
        PublishPost.model_validate({"postId": "p", "brandProfileId": "b", "content": "c"})


@pytest.mark.req("R24-16", "SD-06")
@pytest.mark.parametrize(("told", "most"), [(None, 5), ("2", 2)])
async def test_five_at_once_unless_the_environment_says_another_number(
    start: Start, on_redis: pytest.MonkeyPatch, told: str | None, most: int
) -> None:
    if told is not None:
        on_redis.setenv("BULLMQ_CONCURRENCY", told)
    async with start(services=True) as rabbit, rabbit.user() as ada:
        x = await ada.connect()
        posts = [await ada.write(f"Post {n}", x) for n in range(6)]
        x.fault(Fault.SLOW, times=6, seconds=0.5)
        await asyncio.gather(*(ada.approve(post) for post in posts))
        admin, seen = rabbit.t.get(QueueAdmin), set[int]()
        async with asyncio.timeout(20):
            while {s for post in posts for s in (await ada.states(post)).values()} != {"PUBLISHED"}:
                seen.add((await admin.stats("publish")).active)
                await asyncio.sleep(0.02)
    assert max(seen) == most
    assert len(x.texts) == 6
