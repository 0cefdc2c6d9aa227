"""The sweep brings back what lost its job, and leaves alone what waits in order."""

from datetime import timedelta

import pytest
from tests.rabbit24.conftest import Travel
from tests.rabbit24.running import Rabbit, payload

from kit.sandbox import Fault
from rabbit24.jobs.publish import PublishJobs
from rabbit24.services.posts import Posts
from rabbit24.services.publications import Publications

QUIET = timedelta(seconds=20.1)
LEASE = timedelta(seconds=60)


async def sweep(rabbit: Rabbit) -> list[object]:
    await rabbit.t.app.get(PublishJobs).sweep()
    return list(rabbit.t.enqueued)


async def without_job(rabbit: Rabbit, content: str = "Hello") -> str:
    """Approve a post whose job is then lost."""
    post = await rabbit.write(content)
    async with rabbit.t.app.scope(Posts) as (posts,):
        await posts.approve(post)
    return post


async def test_an_approved_post_without_a_job_gets_one(rabbit: Rabbit, travel: Travel) -> None:
    post = await without_job(rabbit)
    assert await sweep(rabbit) == [], "its job may be on its way"
    travel(QUIET)
    call = PublishJobs.publish_post(payload(post, "Hello"))
    assert await sweep(rabbit) == [call]
    assert await sweep(rabbit) == [call], "one job is enough"
    assert await rabbit.t.drain() == 1
    assert (await rabbit.state(post), rabbit.x.texts) == ("PUBLISHED", ["Hello"])


async def test_a_post_whose_attempts_are_used_up_gets_a_job_again(
    rabbit: Rabbit, travel: Travel
) -> None:
    post = await without_job(rabbit)
    row = await rabbit.row(post)
    publications = rabbit.t.get(Publications)
    attempt = await publications.claim(row)
    assert attempt is not None
    await publications.released(row, attempt.id, "not reached")
    travel(QUIET)
    assert len(await sweep(rabbit)) == 1


async def test_a_post_that_waits_for_its_time_is_left_alone(rabbit: Rabbit, travel: Travel) -> None:
    rabbit.x.fault(Fault.RATE_LIMITED, seconds=120)
    await rabbit.approved("Hello")
    await rabbit.t.drain()
    waiting = list(rabbit.t.enqueued)
    travel(timedelta(seconds=110))
    assert await sweep(rabbit) == waiting
    travel(timedelta(seconds=15))
    assert await sweep(rabbit) == waiting, "its own job has just become due"
    travel(QUIET)
    assert await sweep(rabbit) == [*waiting, *waiting], "its own job seems to be lost"
    await rabbit.t.drain()
    assert rabbit.x.texts == ["Hello"]


@pytest.mark.req("R24-22")
async def test_a_post_that_died_while_sending_is_looked_up(rabbit: Rabbit, travel: Travel) -> None:
    post = await without_job(rabbit)
    assert await rabbit.t.get(Publications).claim(await rabbit.row(post)) is not None
    rabbit.x.post("Hello")
    travel(QUIET)
    assert await sweep(rabbit) == [], "it may be on its way"
    travel(LEASE)
    assert len(await sweep(rabbit)) == 1
    await rabbit.t.drain()
    assert (await rabbit.state(post), rabbit.x.texts) == ("PUBLISHED", ["Hello"])


async def test_drafts_and_ended_posts_are_left_alone(rabbit: Rabbit, travel: Travel) -> None:
    await rabbit.write("A draft")
    published = await rabbit.approved("Hello")
    await rabbit.t.drain()
    rabbit.x.fault(Fault.EXPIRED_TOKEN)
    refused = await rabbit.approved("Refused")
    await rabbit.t.drain()
    states = await rabbit.state(published), await rabbit.state(refused)
    assert states == ("PUBLISHED", "NEEDS_REAUTH")
    travel(timedelta(hours=1))
    assert await sweep(rabbit) == []


async def test_the_sweep_runs_by_the_clock() -> None:
    [schedule] = PublishJobs.sweep.definition.schedules
    assert str(schedule.when).startswith("Cron(spec='* * * * * */10'")
