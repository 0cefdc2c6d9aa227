"""A post appears once, whatever is lost, repeated, slow or dead."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.kit.publishing.conftest import Start, Travel
from tests.kit.publishing.running import Press

from kit.platforms import Published
from kit.publishing import Deferred, TryLater
from kit.publishing import PublicationState as State
from kit.sandbox import Fault

SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=60)
SETTLE = timedelta(seconds=15)

pytestmark = pytest.mark.req("R24-22")


@pytest.mark.parametrize("fault", [Fault.ERROR_AFTER_COMMIT, Fault.LOST_AFTER_COMMIT])
async def test_a_post_without_an_answer_is_looked_up_not_sent_again(
    rabbit: Press, travel: Travel, fault: Fault
) -> None:
    rabbit.x.fault(fault)
    post = await rabbit.approved("Hello")
    assert await rabbit.t.drain() == 1
    assert (await rabbit.state(post), rabbit.x.texts) == ("UNKNOWN", ["Hello"])
    travel(SECOND)
    assert await rabbit.t.drain() == 1
    [published] = rabbit.x.posts
    row = await rabbit.row(post)
    assert (row.state, row.remote_post_id) == (State.PUBLISHED, published["id"])


async def test_an_answer_later_than_the_read_timeout(
    start: Start, environment: pytest.MonkeyPatch, travel: Travel
) -> None:
    environment.setenv("HUTCH_PLATFORMS__READ_TIMEOUT", "0.1")
    async with start() as rabbit:
        await _published_by_look_up(rabbit, travel, "Unknown: POST /2/tweets was sent but not ")


async def test_an_answer_later_than_the_lease(
    start: Start, environment: pytest.MonkeyPatch, travel: Travel
) -> None:
    environment.setenv("HUTCH_PUBLISHING__SENDING_LEASE", "0.2")
    async with start() as rabbit:
        await _published_by_look_up(
            rabbit, travel, "Unknown: The platform did not answer within the lease."
        )


async def test_a_lease_that_ended_before_the_call_sends_nothing(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HUTCH_PUBLISHING__SENDING_LEASE", "0.000001")
    async with start() as rabbit:
        post = await rabbit.approved("Hello")
        assert await rabbit.t.drain() == 3
        row = await rabbit.row(post)
        assert row.state is State.PENDING
        assert row.error == "RetryBackoff: The lease ended before the post was sent."
        assert rabbit.x.texts == []


async def _published_by_look_up(rabbit: Press, travel: Travel, reason: str) -> None:
    rabbit.x.fault(Fault.SLOW, seconds=0.5)
    post = await rabbit.approved("Hello")
    assert await rabbit.t.drain() == 1
    row = await rabbit.row(post)
    assert row.state is State.UNKNOWN
    assert row.error is not None
    assert row.error.startswith(reason)
    travel(SECOND)
    await rabbit.t.drain()
    assert (await rabbit.state(post), rabbit.x.texts) == ("PUBLISHED", ["Hello"])


async def test_a_job_that_runs_twice_posts_once(rabbit: Press) -> None:
    post = await rabbit.approved("Hello")
    await rabbit.t.drain()
    again = await rabbit.publish(post)
    assert isinstance(again, Published)
    assert ([again.id], rabbit.x.texts) == ([post["id"] for post in rabbit.x.posts], ["Hello"])


async def test_of_many_workers_at_once_one_sends(rabbit: Press) -> None:
    post = await rabbit.approved("Hello")
    turns = [rabbit.publish(post) for _ in range(8)]
    outcomes = await asyncio.gather(*turns, return_exceptions=True)
    assert rabbit.x.texts == ["Hello"]
    published = {outcome.id for outcome in outcomes if isinstance(outcome, Published)}
    assert published == {rabbit.x.posts[0]["id"]}, "who comes late is told of the same post"
    others = [outcome for outcome in outcomes if not isinstance(outcome, Published)]
    assert all(isinstance(outcome, Deferred | TryLater) for outcome in others), others


@pytest.mark.parametrize("reached", [True, False])
async def test_a_worker_dies_while_sending(rabbit: Press, travel: Travel, reached: bool) -> None:
    post = await rabbit.approved("Hello")
    await rabbit.claimed(post)
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


async def test_the_time_to_settle_begins_when_the_answer_is_given_up(
    rabbit: Press, travel: Travel
) -> None:
    """The platform may store the post at the very end of a long wait, and show it later."""
    post = await rabbit.approved("Hello")
    row = await rabbit.claimed(post)
    assert row.attempt_id is not None
    travel(LEASE / 2)
    await rabbit.publications.unknown(row, row.attempt_id, datetime.now(UTC), "lost")
    for _ in range(int(SETTLE / SECOND)):
        assert isinstance(await rabbit.publish(post), Deferred)
        travel(SECOND - timedelta(milliseconds=50))
    assert (await rabbit.state(post), rabbit.x.texts) == ("UNKNOWN", [])
    rabbit.x.post("Hello")
    travel(SETTLE)
    assert isinstance(await rabbit.publish(post), Published)
    assert rabbit.x.texts == ["Hello"]


async def test_published_is_final(rabbit: Press) -> None:
    post = await rabbit.approved("Hello")
    await rabbit.t.drain()
    row = await rabbit.row(post)
    publications = rabbit.publications
    now = datetime.now(UTC)
    assert row.attempt_id is not None
    assert not await publications.prepared(row, ())
    assert await publications.claim(row, ()) is None
    for attempt in (row.attempt_id, None):
        await publications.released(row, attempt, "late")
        await publications.deferred(row, attempt, now, "late")
    await publications.unknown(row, row.attempt_id, now, "late")
    await publications.look_again(row, now)
    await publications.failed(row, row.attempt_id, State.FAILED, "late")
    await publications.published(row, Published("1", "elsewhere"))
    after = await rabbit.row(post)
    assert (after.state, after.remote_post_id, after.error, after.updated_at) == (
        State.PUBLISHED,
        rabbit.x.posts[0]["id"],
        None,
        row.updated_at,
    )


async def test_a_late_verdict_of_an_earlier_attempt_changes_nothing(rabbit: Press) -> None:
    post = await rabbit.approved("Hello")
    waiting, first = await rabbit.row(post), (await rabbit.claimed(post)).attempt_id
    publications = rabbit.publications
    await publications.released(await rabbit.row(post), first, "not reached")
    row = await rabbit.claimed(post)
    await publications.failed(row, first, State.FAILED, "late")
    await publications.released(row, first, "late")
    await publications.failed(waiting, None, State.FAILED, "of a turn that was overtaken")
    after = await rabbit.row(post)
    assert (after.state, after.updated_at) == (State.SENDING, row.updated_at)


async def test_a_late_success_of_an_earlier_attempt_is_kept(rabbit: Press) -> None:
    """The post is there, so it must not be sent again."""
    post = await rabbit.approved("Hello")
    row, publications = await rabbit.claimed(post), rabbit.publications
    await publications.released(row, row.attempt_id, "not reached")
    assert await publications.published(row, Published("1", "there"))
    assert await publications.claim(row, ()) is None
    assert await rabbit.publish(post) == Published("1", "there")


async def test_only_who_prepared_what_is_kept_may_send(rabbit: Press) -> None:
    """Else the row would name another container than the one that was published."""
    row, publications = await rabbit.row(await rabbit.without_job()), rabbit.publications
    assert await publications.prepared(row, ("m1",))
    assert await publications.prepared(row, ("m2",))
    assert await publications.claim(row, ("m1",)) is None
    assert await publications.claim(row, ("m2",)) is not None
