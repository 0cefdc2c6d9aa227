"""The queues: schedule, analytics, content, embeddings, tokens."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError
from tests.rabbit24.conftest import Start, Travel
from tests.rabbit24.running import Person, Rabbit, in_days, picture

from hutch_queue import QueueAdmin, Schedules
from kit.files import Files
from kit.publishing import Network
from rabbit24.jobs.analytics import AnalyticsJobs
from rabbit24.jobs.publish import PublishJobs
from rabbit24.jobs.schedule import ScheduleJobs
from rabbit24.jobs.tokens import TokenJobs
from rabbit24.schemas import FillSlot, GenerateEmbedding, MeasurePost, PublishPost, RefreshToken
from rabbit24.services.accounts import StoredAccounts
from rabbit24.services.credit import Credits


async def planned(ada: Person, **more: object) -> str:
    new = {"brandProfileId": ada.brand, "topic": "linen in winter", "cron": "0 9 * * 1"} | more
    return str((await ada.ask("POST", "/api/schedules", 201, json=new))["id"])


@pytest.mark.req("R24-07", "R24-24")
async def test_a_slot_makes_one_post_and_publishes_it(
    rabbit: Rabbit, ada: Person, travel: Travel
) -> None:
    x, linkedin = await ada.connect(), await ada.connect(Network.LINKEDIN)
    schedule = await planned(ada)
    await ada.ask("POST", f"/api/schedules/{schedule}/run", 202)
    [job] = await rabbit.t.get(QueueAdmin).jobs("schedule", "waiting")
    assert job.arguments["data"] == {"scheduleId": schedule, "brandProfileId": ada.brand}
    await rabbit.settle(travel)
    [post] = await ada.ask("GET", f"/api/posts?brandProfileId={ada.brand}")
    assert "linen in winter" in post["content"]
    assert x.texts == linkedin.texts == [post["content"]]
    assert (await ada.ask("GET", "/api/me"))["credits"] == 99


@pytest.mark.req("R24-24")
async def test_a_slot_that_is_filled_twice_is_one_post_and_one_credit(
    rabbit: Rabbit, ada: Person, travel: Travel
) -> None:
    x = await ada.connect()
    schedule = await planned(ada)
    slots = rabbit.t.app.get(ScheduleJobs).slots
    now = datetime.now(UTC)
    first = await slots.fill(schedule, "slot-1", now)
    again = await slots.fill(schedule, "slot-1", now)
    other = await slots.fill(schedule, "slot-2", now + timedelta(days=7))
    assert (first.post.id == again.post.id, first.post.id == other.post.id) == (True, False)
    assert await rabbit.t.get(Credits).balance(ada.id or "") == 98
    await rabbit.t.app.get(PublishJobs).enqueue([*first.publications, *other.publications])
    await rabbit.settle(travel)
    assert len(x.texts) == 2


async def test_without_credits_nothing_is_written_and_it_is_said(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HUTCH_RABBIT24__WELCOME_CREDITS", "0")
    async with start() as rabbit, rabbit.user() as ada:
        await ada.connect()
        schedule = await planned(ada)
        await ada.ask("POST", f"/api/schedules/{schedule}/run", 202)
        await rabbit.drain()
        [dead] = await rabbit.t.get(QueueAdmin).jobs("schedule", "failed")
        assert dead.attempt == 1
        assert "no credits left" in str(dead.error)
        assert await ada.ask("GET", f"/api/posts?brandProfileId={ada.brand}") == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cron": "soon"}, "soon"),
        ({"tz": "Middle/Earth"}, "Middle/Earth"),
        ({"topic": ""}, "topic"),
    ],
)
async def test_a_schedule_that_cannot_be_is_refused_and_nothing_is_left(
    rabbit: Rabbit, ada: Person, wrong: dict[str, str], said: str
) -> None:
    await ada.connect()
    new = {"brandProfileId": ada.brand, "topic": "t", "cron": "0 9 * * 1"} | wrong
    answer = await ada.client.post("/api/schedules", json=new)
    assert answer.status_code == 422
    assert said in answer.text
    assert await ada.ask("GET", f"/api/schedules?brandProfileId={ada.brand}") == []
    assert all(info.source == "code" for info in await rabbit.t.get(Schedules).list("schedule"))


async def test_a_schedule_that_was_removed_runs_no_more(rabbit: Rabbit, ada: Person) -> None:
    await ada.connect()
    schedule = await planned(ada)
    [shown] = await ada.ask("GET", f"/api/schedules?brandProfileId={ada.brand}")
    assert (shown["id"], shown["next"] is not None) == (schedule, True)
    await ada.ask("DELETE", f"/api/schedules/{schedule}", 204)
    await ada.ask("POST", f"/api/schedules/{schedule}/run", 404)
    assert await ada.ask("GET", f"/api/schedules?brandProfileId={ada.brand}") == []


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


async def test_a_post_that_is_not_ours_is_not_measured(rabbit: Rabbit) -> None:
    data = MeasurePost(post_id="p", platform_post_id="123", platform=Network.TWITTER)
    assert await rabbit.t.app.get(AnalyticsJobs).measure(data) is None


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


@pytest.mark.req("R24-26", "R24-27")
async def test_an_upload_is_analyzed_and_found_again_by_its_likeness(
    rabbit: Rabbit, ada: Person
) -> None:
    made = await ada.upload(picture((40, 20)))
    assert (made["status"], made["kind"]) == ("PENDING", "IMAGE")
    [job] = await rabbit.t.get(QueueAdmin).jobs("content:analyze", "waiting")
    assert job.arguments["data"] == {
        "materialId": made["id"],
        "userId": ada.id,
        "fileUrl": made["file"],
        "fileType": "IMAGE",
    }
    assert await rabbit.drain() == 2
    read = await ada.ask("GET", f"/api/materials/{made['id']}")
    details = read["details"]
    assert (read["status"], details["width"], details["height"], details["format"]) == (
        "ANALYZED", "40", "20", "PNG",
    )  # fmt: skip
    assert len(details["sha256"]) == 64
    file = await ada.client.get(f"/api/materials/{made['id']}/file")
    assert file.status_code == 303


@pytest.mark.req("R24-26")
async def test_a_file_that_is_none_is_refused_and_one_that_is_gone_is_a_clear_state(
    rabbit: Rabbit, ada: Person
) -> None:
    path = f"/api/materials?brandProfileId={ada.brand}"
    refused = await ada.ask("POST", path, 422, content=b"GIF89a no picture")
    assert refused["detail"] == "This is no PNG, JPEG, WebP or MP4: choose another file."
    await ada.ask("POST", path, 413, content=b"\0" * 5_000_001)
    made = await ada.upload()
    await rabbit.t.get(Files).delete(made["file"])
    await rabbit.drain()
    read = await ada.ask("GET", f"/api/materials/{made['id']}")
    assert (read["status"], read["error"]) == ("FAILED", "It cannot be read: FileMissing.")


async def test_a_video_is_told_by_its_first_bytes(rabbit: Rabbit, ada: Person) -> None:
    made = await ada.upload(b"\0\0\0\x18ftypmp42 a video")
    assert (made["kind"], made["file"].rpartition(".")[2]) == ("VIDEO", "mp4")
    await rabbit.drain()
    assert (await ada.ask("GET", f"/api/materials/{made['id']}"))["status"] == "ANALYZED"


@pytest.mark.req("R24-27")
async def test_posts_that_say_the_same_are_found(rabbit: Rabbit, ada: Person) -> None:
    first = await ada.write("Our new linen jacket is here")
    await ada.write("Something else altogether, about tea")
    second = await ada.write("our NEW linen jacket is here!")
    await rabbit.drain()
    [found] = await ada.ask("GET", f"/api/posts/{second}/similar")
    assert (found["postId"], found["score"] > 0.9) == (first, True)
    async with rabbit.user() as bob:
        theirs = await bob.write("Our new linen jacket is here")
        await rabbit.drain()
        assert await bob.ask("GET", f"/api/posts/{theirs}/similar") == []


@pytest.mark.req("R24-27")
def test_an_embedding_needs_a_text_or_a_picture() -> None:
    with pytest.raises(ValidationError, match="give text or imageUrl: there is nothing to embed"):
        GenerateEmbedding(content_id="c")


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
