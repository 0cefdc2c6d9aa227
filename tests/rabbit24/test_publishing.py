"""The main path: written, approved, published on every network, told."""

import asyncio
from datetime import timedelta

import pytest
from tests.rabbit24.conftest import Start, Travel
from tests.rabbit24.running import Person, Rabbit, payload, picture

from hutch_queue import QueueAdmin
from kit.publishing import Network
from kit.sandbox import Fault
from rabbit24.jobs.publish import PublishJobs


@pytest.mark.req("R24-06", "R24-22", "R24-23")
async def test_a_post_with_a_picture_is_on_all_four_networks_once(
    rabbit: Rabbit, ada: Person, travel: Travel
) -> None:
    accounts = [await ada.connect(network) for network in Network]
    file = (await ada.upload())["file"]
    post = await ada.approved("Hello from Hutch", *accounts, media=(file,))
    await rabbit.settle(travel)
    assert await ada.states(post) == dict.fromkeys(Network, "PUBLISHED")
    for account in accounts:
        [shown] = account.posts
        assert (shown["text"], len(shown["media_ids"])) == ("Hello from Hutch", 1)
    for one in (await ada.read(post))["publications"]:
        assert one["url"].startswith("http")
        assert one["error"] is None


@pytest.mark.req("R24-06", "R24-20")
async def test_the_payload_of_the_publish_queue_is_as_documented(
    rabbit: Rabbit, ada: Person
) -> None:
    x = await ada.connect()
    file = (await ada.upload())["file"]
    await rabbit.drain()
    post = await ada.approved("Hello", x, media=(file,))
    [job] = await rabbit.t.get(QueueAdmin).jobs("publish", "waiting")
    assert job.name == "publish-post"
    assert job.arguments["data"] == {
        "postId": post,
        "brandProfileId": ada.brand,
        "socialAccountId": x.id,
        "content": "Hello",
        "mediaUrls": [file],
    }
    await rabbit.drain()


@pytest.mark.req("R24-23")
async def test_a_missing_file_is_a_dead_letter_after_one_run(rabbit: Rabbit, ada: Person) -> None:
    x = await ada.connect()
    post = await ada.approved("Hello", x, media=("materials/gone.png",))
    await rabbit.drain()
    assert await ada.states(post) == {"TWITTER": "FAILED"}
    [dead] = await rabbit.t.get(QueueAdmin).jobs("publish", "failed")
    assert (dead.attempt, x.texts) == (1, [])
    [one] = (await ada.read(post))["publications"]
    assert one["error"].startswith("FailPermanent: No file is called 'materials/gone.png'.")


async def test_a_job_that_runs_twice_posts_once(rabbit: Rabbit, ada: Person) -> None:
    x = await ada.connect()
    post = await ada.approved("Hello", x)
    await rabbit.drain()
    again = await rabbit.t.app.get(PublishJobs).publish_post(payload(ada, post, x, "Hello"))
    assert ([again], x.texts) == ([shown["id"] for shown in x.posts], ["Hello"])


async def test_an_expired_token_is_refreshed_on_the_way(rabbit: Rabbit, ada: Person) -> None:
    x = await ada.connect()
    x.fault(Fault.EXPIRED_TOKEN)
    post = await ada.approved("Hello", x)
    await rabbit.drain()
    assert (await ada.states(post), x.texts) == ({"TWITTER": "PUBLISHED"}, ["Hello"])


async def test_a_disconnected_account_needs_its_owner(rabbit: Rabbit, ada: Person) -> None:
    x = await ada.connect()
    post = await ada.approved("Hello", x)
    await ada.ask("DELETE", f"/api/accounts/{x.id}", 204)
    await rabbit.drain()
    [one] = (await ada.read(post))["publications"]
    assert (one["state"], x.texts) == ("NEEDS_REAUTH", [])
    assert one["error"] == f"NeedsReauth: The account '{x.id}' is not connected: connect it."


async def test_what_waits_for_an_account_goes_on_when_it_is_connected_again(
    rabbit: Rabbit, ada: Person, travel: Travel
) -> None:
    x = await ada.connect()
    x.grant.revoked = True
    post = await ada.approved("Hello", x)
    await rabbit.drain()
    assert await ada.states(post) == {"TWITTER": "NEEDS_REAUTH"}
    x.grant.revoked = False
    again = {
        "brandProfileId": ada.brand,
        "platform": "TWITTER",
        "userId": x.grant.account.user_id,
        "accessToken": x.grant.pair.access,
        "refreshToken": x.grant.pair.refresh,
        "expiresAt": x.grant.pair.expires_at.isoformat(),
    }
    await ada.ask("POST", "/api/accounts", 201, json=again)
    travel(timedelta(seconds=30))
    await rabbit.t.app.get(PublishJobs).sweep()
    await rabbit.drain()
    assert (await ada.states(post), x.texts) == ({"TWITTER": "PUBLISHED"}, ["Hello"])


async def test_a_post_approved_twice_or_by_many_has_one_job(rabbit: Rabbit, ada: Person) -> None:
    x = await ada.connect()
    post = await ada.write("Hello", x)
    await rabbit.drain()
    approvals = await asyncio.gather(*(ada.approve(post) for _ in range(5)))
    assert {len(approval["publications"]) for approval in approvals} == {1}
    assert rabbit.t.enqueued == [PublishJobs.publish_post(payload(ada, post, x, "Hello"))]
    assert await rabbit.drain() == 1
    assert (await ada.approve(post))["publications"][0]["state"] == "PUBLISHED"
    assert (rabbit.t.enqueued, x.texts) == ([], ["Hello"])


async def test_approving_does_not_need_redis_and_the_sweep_makes_up_for_it(
    start: Start, on_redis: pytest.MonkeyPatch, redis_url: str, travel: Travel
) -> None:
    async with start() as rabbit, rabbit.user() as ada:
        x = await ada.connect()
        post = await ada.write("Hello", x)
        brand, token = ada.brand, x.id
    on_redis.setenv("REDIS_URL", "redis://127.0.0.1:1")
    async with start() as rabbit:
        approved = await rabbit.operator.post(f"/api/posts/{post}/approve")
        assert approved.status_code == 202, approved.text
    on_redis.setenv("REDIS_URL", redis_url)
    async with start() as rabbit:
        admin, jobs = rabbit.t.get(QueueAdmin), rabbit.t.app.get(PublishJobs)
        assert (await admin.stats("publish")).waiting == 0
        travel(timedelta(seconds=21))
        await jobs.sweep()
        await jobs.sweep()
        [job] = await admin.jobs("publish", "waiting")
        assert (job.arguments["data"]["brandProfileId"], job.id) == (brand, f"{post}-{token}")


@pytest.mark.req("R24-01", "R24-20", "R24-22", "R24-42", "R24-44")
async def test_with_a_real_worker_on_redis_posts_are_published_once_and_told(
    start: Start, on_redis: pytest.MonkeyPatch
) -> None:
    async with start(services=True) as rabbit, rabbit.user() as ada:
        accounts = [await ada.connect(network) for network in Network]
        file = (await ada.upload(picture(colour="red")))["file"]
        posts = [await ada.approved(f"Post {n}", *accounts, media=(file,)) for n in range(3)]
        async with asyncio.timeout(20):
            while {s for post in posts for s in (await ada.states(post)).values()} != {"PUBLISHED"}:
                await asyncio.sleep(0.05)
    for account in accounts:
        assert sorted(account.texts) == [f"Post {n}" for n in range(3)]
