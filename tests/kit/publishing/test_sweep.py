"""The sweep brings back what lost its job, and leaves alone what waits in order."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.kit.publishing.conftest import Travel
from tests.kit.publishing.press import Order, PressJobs
from tests.kit.publishing.running import Press

from kit.publishing import PublicationState as State
from kit.publishing.publications import MAY_BE
from kit.publishing.stuck import SWEEPS
from kit.sandbox import Fault

QUIET = timedelta(seconds=20.1)
LEASE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


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


async def test_what_fails_is_brought_back_after_pauses_that_double(
    rabbit: Press, travel: Travel
) -> None:
    post = await rabbit.without_job()
    pause = timedelta(seconds=20)
    for sweeps in (1, 2, 3, 4):
        await rabbit.publications.released(await rabbit.row(post), None, "not reached")
        travel(pause - SECOND)
        assert await rabbit.stuck.find() == []
        travel(2 * SECOND)
        assert [row.sweeps for row in await rabbit.stuck.find()] == [sweeps]
        pause *= 2


async def test_time_in_a_backlog_is_no_failed_try(rabbit: Press, travel: Travel) -> None:
    post = await rabbit.without_job()
    for _ in range(5):
        travel(QUIET)
        assert len(await rabbit.stuck.find()) == 1
    assert (await rabbit.row(post)).sweeps == 0


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (False, "Given up after a day: not reached"),
        (True, "It may be published, and is given up after a day: not reached"),
    ],
)
async def test_what_fails_for_a_day_is_given_up(
    rabbit: Press, travel: Travel, sent: bool, reason: str
) -> None:
    post = await rabbit.without_job()
    row = await rabbit.claimed(post) if sent else await rabbit.row(post)
    if row.attempt_id:
        now = datetime.now(UTC)
        await rabbit.publications.unknown(row, row.attempt_id, now, "not reached")
    else:
        await rabbit.publications.released(row, None, "not reached")
    for _ in range(SWEEPS):
        travel(timedelta(minutes=90))
        assert len(await rabbit.stuck.find()) == 1
    travel(timedelta(minutes=90))
    assert await rabbit.stuck.find() == []
    row = await rabbit.row(post)
    assert (row.state.value, row.error) == ("FAILED", reason)


async def test_what_was_never_tried_is_never_given_up(rabbit: Press, travel: Travel) -> None:
    await rabbit.without_job()
    for _ in range(SWEEPS + 2):
        travel(QUIET)
        assert len(await rabbit.stuck.find()) == 1


@pytest.mark.parametrize("sent", [False, True])
async def test_what_waits_for_its_account_goes_on_when_that_is_connected_again(
    rabbit: Press, travel: Travel, sent: bool
) -> None:
    """What may have been sent is looked up first."""
    post = await rabbit.without_job()
    row = await rabbit.claimed(post) if sent else await rabbit.row(post)
    if sent:
        rabbit.x.post("Hello")
    reason = f"{MAY_BE}, connect it" if sent else "connect it"
    await rabbit.publications.failed(row, row.attempt_id, State.NEEDS_REAUTH, reason)
    for account, lately in (("another", LEASE), (row.account_id, timedelta(0))):
        await rabbit.publications.reopen(account, lately)
        assert await rabbit.state(post) == "NEEDS_REAUTH"
    await rabbit.publications.reopen(row.account_id, LEASE)
    assert await rabbit.state(post) == ("UNKNOWN" if sent else "PENDING")
    travel(QUIET)
    assert len(await rabbit.sweep()) == 1
    await rabbit.t.drain()
    assert (await rabbit.state(post), rabbit.x.texts) == ("PUBLISHED", ["Hello"])


async def test_the_sweep_runs_by_the_clock() -> None:
    [schedule] = PressJobs.sweep.definition.schedules
    assert str(schedule.when).startswith("Cron(spec='* * * * * */10'")
