"""A post appears once, whatever is lost, repeated, slow or dead."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.rabbit24.conftest import Start, Travel
from tests.rabbit24.running import Rabbit, payload

from kit.platforms import Published
from kit.sandbox import Fault
from rabbit24.jobs.publish import PublishJobs
from rabbit24.models import PublicationState as State
from rabbit24.services.publications import Publications
from rabbit24.services.turns import Deferred, TryLater

SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=60)
SETTLE = timedelta(seconds=15)

pytestmark = pytest.mark.req("R24-22")


@pytest.mark.parametrize("fault", [Fault.ERROR_AFTER_COMMIT, Fault.LOST_AFTER_COMMIT])
async def test_a_post_without_an_answer_is_looked_up_not_sent_again(
    rabbit: Rabbit, travel: Travel, fault: Fault
) -> None:
    rabbit.x.fault(fault)
    async with rabbit.listening() as heard:
        post = await rabbit.approved("Hello")
        assert await rabbit.t.drain() == 1
        assert (await rabbit.state(post), rabbit.x.texts) == ("UNKNOWN", ["Hello"])
        travel(SECOND)
        assert await rabbit.t.drain() == 1
    [published] = rabbit.x.posts
    seen = await rabbit.read(post)
    assert (seen["state"], seen["platformPostId"]) == ("PUBLISHED", published.id)
    assert [json.loads(event)["postId"] for event in heard] == [post]


async def test_an_answer_later_than_the_read_timeout(
    start: Start, environment: pytest.MonkeyPatch, travel: Travel
) -> None:
    environment.setenv("HUTCH_PLATFORMS__READ_TIMEOUT", "0.1")
    async with start() as rabbit:
        await _published_by_look_up(rabbit, travel, "Unknown: POST /2/tweets was sent but not ")


async def test_an_answer_later_than_the_lease(
    start: Start, environment: pytest.MonkeyPatch, travel: Travel
) -> None:
    environment.setenv("HUTCH_RABBIT24__SENDING_LEASE", "0.2")
    async with start() as rabbit:
        await _published_by_look_up(
            rabbit, travel, "Unknown: The platform did not answer within the lease."
        )


async def test_a_lease_that_ended_before_the_call_sends_nothing(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HUTCH_RABBIT24__SENDING_LEASE", "0.000001")
    async with start() as rabbit:
        post = await rabbit.approved("Hello")
        assert await rabbit.t.drain() == 3
        seen = await rabbit.read(post)
        assert seen["state"] == "PENDING"
        assert seen["error"] == "RetryBackoff: The lease ended before the post was sent."
        assert rabbit.x.texts == []


async def _published_by_look_up(rabbit: Rabbit, travel: Travel, reason: str) -> None:
    rabbit.x.fault(Fault.SLOW, seconds=0.5)
    post = await rabbit.approved("Hello")
    assert await rabbit.t.drain() == 1
    seen = await rabbit.read(post)
    assert seen["state"] == "UNKNOWN"
    assert seen["error"].startswith(reason)
    travel(SECOND)
    await rabbit.t.drain()
    assert (await rabbit.state(post), rabbit.x.texts) == ("PUBLISHED", ["Hello"])


async def test_a_job_that_runs_twice_posts_once_and_tells_twice(rabbit: Rabbit) -> None:
    async with rabbit.listening() as heard:
        post = await rabbit.approved("Hello")
        await rabbit.t.drain()
        await rabbit.t.app.get(PublishJobs).publish_post(payload(post, "Hello"))
    assert rabbit.x.texts == ["Hello"]
    assert heard == [heard[0]] * 2


async def test_of_many_workers_at_once_one_sends(rabbit: Rabbit) -> None:
    post = await rabbit.approved("Hello")
    turns = [rabbit.publisher.publish(payload(post, "Hello")) for _ in range(8)]
    outcomes = await asyncio.gather(*turns, return_exceptions=True)
    assert rabbit.x.texts == ["Hello"]
    [published] = [outcome for outcome in outcomes if isinstance(outcome, Published)]
    assert published.id == rabbit.x.posts[0].id
    others = [outcome for outcome in outcomes if outcome is not published]
    assert all(isinstance(outcome, Deferred | TryLater) for outcome in others), others


@pytest.mark.parametrize("reached", [True, False])
async def test_a_worker_dies_while_sending(rabbit: Rabbit, travel: Travel, reached: bool) -> None:
    post = await rabbit.approved("Hello")
    await _die_while_sending(rabbit, post)
    if reached:
        rabbit.x.post("Hello")
    assert await rabbit.t.drain() == 1
    assert await rabbit.state(post) == "SENDING", "it may still be alive"
    assert await rabbit.t.drain() == 0
    travel(LEASE)
    await rabbit.t.drain()
    assert await rabbit.state(post) == ("PUBLISHED" if reached else "UNKNOWN")
    for _ in range(10):
        travel(SETTLE)
        await rabbit.t.drain()
    assert (await rabbit.state(post), rabbit.x.texts) == ("PUBLISHED", ["Hello"])


async def test_a_worker_dies_before_it_tells(rabbit: Rabbit) -> None:
    post = await rabbit.approved("Hello")
    await rabbit.publisher.publish(payload(post, "Hello"))
    async with rabbit.listening() as heard:
        assert await rabbit.t.drain() == 1
    assert [json.loads(event)["postId"] for event in heard] == [post]
    assert rabbit.x.texts == ["Hello"]


async def test_the_time_to_settle_begins_when_the_answer_is_given_up(
    rabbit: Rabbit, travel: Travel
) -> None:
    """The platform may store the post at the very end of a long wait, and show it later."""
    post = await rabbit.approved("Hello")
    publications = rabbit.t.get(Publications)
    attempt = await publications.claim(await rabbit.row(post))
    assert attempt is not None
    travel(LEASE / 2)
    await publications.unknown(await rabbit.row(post), attempt.id, datetime.now(UTC), "lost")
    for _ in range(int(SETTLE / SECOND)):
        assert isinstance(await rabbit.publisher.publish(payload(post, "Hello")), Deferred)
        travel(SECOND - timedelta(milliseconds=50))
    assert (await rabbit.state(post), rabbit.x.texts) == ("UNKNOWN", [])
    rabbit.x.post("Hello")
    travel(SETTLE)
    assert isinstance(await rabbit.publisher.publish(payload(post, "Hello")), Published)
    assert rabbit.x.texts == ["Hello"]


async def test_published_is_final(rabbit: Rabbit) -> None:
    post = await rabbit.approved("Hello")
    await rabbit.t.drain()
    row = await rabbit.row(post)
    publications = rabbit.t.get(Publications)
    now = datetime.now(UTC)
    assert await publications.claim(row) is None
    await publications.released(row, row.attempt_id, "late")
    await publications.deferred(row, row.attempt_id, now, "late")
    await publications.unknown(row, row.attempt_id, now, "late")
    await publications.look_again(row, now)
    await publications.failed(row, row.attempt_id, State.FAILED, "late")
    await publications.published(row, Published("1", "elsewhere"))
    after = await rabbit.row(post)
    assert (after.state, after.remote_post_id, after.error, after.updated_at) == (
        State.PUBLISHED,
        rabbit.x.posts[0].id,
        None,
        row.updated_at,
    )


async def test_a_late_verdict_of_an_earlier_attempt_changes_nothing(rabbit: Rabbit) -> None:
    post = await rabbit.approved("Hello")
    publications = rabbit.t.get(Publications)
    first = await publications.claim(await rabbit.row(post))
    assert first is not None
    await publications.released(await rabbit.row(post), first.id, "not reached")
    assert await publications.claim(await rabbit.row(post)) is not None
    row = await rabbit.row(post)
    await publications.failed(row, first.id, State.FAILED, "late")
    await publications.released(row, first.id, "late")
    after = await rabbit.row(post)
    assert (after.state, after.updated_at) == (State.SENDING, row.updated_at)


async def test_a_late_success_of_an_earlier_attempt_is_kept(rabbit: Rabbit) -> None:
    """The post is there, so it must not be sent again."""
    post = await rabbit.approved("Hello")
    publications = rabbit.t.get(Publications)
    row = await rabbit.row(post)
    first = await publications.claim(row)
    assert first is not None
    await publications.released(row, first.id, "not reached")
    assert await publications.published(row, Published("1", "there"))
    assert await publications.claim(row) is None
    assert await rabbit.publisher.publish(payload(post, "Hello")) == Published("1", "there")


async def _die_while_sending(rabbit: Rabbit, post: str) -> None:
    assert await rabbit.t.get(Publications).claim(await rabbit.row(post)) is not None
