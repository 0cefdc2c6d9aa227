"""The sweep brings back what lost its job, and leaves alone what waits in order."""

from datetime import timedelta

import pytest
from tests.kit.publishing.conftest import Travel
from tests.kit.publishing.press import Order, PressJobs
from tests.kit.publishing.running import Press

from kit.sandbox import Fault

QUIET = timedelta(seconds=20.1)
LEASE = timedelta(seconds=60)


async def test_an_approved_post_without_a_job_gets_one(rabbit: Press, travel: Travel) -> None:
    post = await rabbit.without_job()
    assert await rabbit.sweep() == [], "its job may be on its way"
    travel(QUIET)
    call = PressJobs.publish(Order(post_id=post, account_id=rabbit.x.account.id))
    assert await rabbit.sweep() == [call]
    assert await rabbit.sweep() == [call], "one job is enough"
    assert await rabbit.t.drain() == 1
    assert (await rabbit.state(post), rabbit.x.texts) == ("PUBLISHED", ["Hello"])


async def test_a_post_whose_attempts_are_used_up_gets_a_job_again(
    rabbit: Press, travel: Travel
) -> None:
    post = await rabbit.without_job()
    row = await rabbit.claimed(post)
    await rabbit.publications.released(row, row.attempt_id, "not reached")
    travel(QUIET)
    assert len(await rabbit.sweep()) == 1


async def test_a_post_that_waits_for_its_time_is_left_alone(rabbit: Press, travel: Travel) -> None:
    rabbit.x.fault(Fault.RATE_LIMITED, seconds=120)
    await rabbit.approved("Hello")
    await rabbit.t.drain()
    waiting = list(rabbit.t.enqueued)
    assert len(waiting) == 1
    travel(timedelta(seconds=110))
    assert await rabbit.stuck.find() == []
    travel(timedelta(seconds=15))
    assert await rabbit.stuck.find() == [], "its own job has just become due"
    travel(QUIET)
    assert len(await rabbit.stuck.find()) == 1, "its own job seems to be lost"
    assert await rabbit.sweep() == waiting, "and while it lives there is no second one"
    await rabbit.t.drain()
    assert rabbit.x.texts == ["Hello"]


@pytest.mark.req("R24-22")
async def test_a_post_that_died_while_sending_is_looked_up(rabbit: Press, travel: Travel) -> None:
    post = await rabbit.without_job()
    await rabbit.claimed(post)
    rabbit.x.post("Hello")
    travel(QUIET)
    assert await rabbit.sweep() == [], "it may be on its way"
    travel(LEASE)
    assert len(await rabbit.sweep()) == 1
    await rabbit.t.drain()
    assert (await rabbit.state(post), rabbit.x.texts) == ("PUBLISHED", ["Hello"])


async def test_ended_posts_are_left_alone(rabbit: Press, travel: Travel) -> None:
    published = await rabbit.approved("Hello")
    await rabbit.t.drain()
    rabbit.x.grant.revoked = True
    refused = await rabbit.approved("Refused")
    await rabbit.t.drain()
    states = await rabbit.state(published), await rabbit.state(refused)
    assert states == ("PUBLISHED", "NEEDS_REAUTH")
    travel(timedelta(hours=1))
    assert await rabbit.sweep() == []


async def test_the_sweep_runs_by_the_clock() -> None:
    [schedule] = PressJobs.sweep.definition.schedules
    assert str(schedule.when).startswith("Cron(spec='* * * * * */10'")
