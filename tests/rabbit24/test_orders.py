"""Orders of the distribution, whatever happens between them and their jobs."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.rabbit24.conftest import Start, Travel
from tests.rabbit24.running import Person, Rabbit, operators
from tests.rabbit24.test_distribution import numbered, ordered

from hutch_queue import QueueAdmin
from hutch_vault import Key
from rabbit24.jobs.distribution import DispatchOrders, ScheduledJobs
from rabbit24.schemas import Dispatch


async def test_what_is_dispatched_to_another_brands_connection_is_on_no_account(
    rabbit: Rabbit, house: Person, travel: Travel
) -> None:
    post, number = await numbered(house)
    async with rabbit.user() as bob:
        theirs = await bob.connect()
    wrong = Dispatch(schedule_id=1, post_id=number, target_id=theirs.connection)
    await rabbit.t.get(DispatchOrders).add_dispatch_job(wrong)
    await rabbit.settle(travel)
    [dead] = await rabbit.t.get(QueueAdmin).jobs("distribution:dispatch", "failed")
    assert f"The connection {theirs.connection} is not of the brand" in str(dead.error)
    assert (dead.attempt, theirs.texts, await house.states(post)) == (1, [], {})


async def test_the_number_of_a_connection_is_never_given_again(house: Person) -> None:
    gone = await house.connect()
    await house.ask("DELETE", f"/api/accounts/{gone.id}", 204)
    assert (await house.connect()).connection == gone.connection + 1


@pytest.mark.req("SD-36")
async def test_an_order_does_not_need_the_queue_and_the_sweep_makes_up_for_it(
    start: Start, environment: pytest.MonkeyPatch, travel: Travel
) -> None:
    environment.setenv("HUTCH_VAULT__KEYS", Key.generate("test").text())
    async with start() as rabbit:
        house = await operators(rabbit.operator, rabbit.state)
        x, (_, number) = await house.connect(), await numbered(house)
    environment.setenv("HUTCH_QUEUE__BACKEND", "redis")
    async with start() as rabbit:
        house = Person(rabbit.operator, rabbit.state, house.brand, None)
        assert (await ordered(house, number, x))["jobs"] == []
    environment.setenv("HUTCH_QUEUE__BACKEND", "memory")
    async with start() as rabbit:
        jobs, admin = rabbit.t.app.get(ScheduledJobs), rabbit.t.get(QueueAdmin)
        await jobs.sweep()
        assert rabbit.t.enqueued == [], "its jobs may be on their way"
        travel(timedelta(minutes=1))
        await jobs.sweep()
        [job] = await admin.jobs("distribution:dispatch", "waiting")
        assert job.arguments["data"]["targetId"] == x.connection
        await rabbit.settle(travel)
        travel(timedelta(minutes=5))
        await jobs.sweep()
        assert (rabbit.t.enqueued, x.texts) == ([], ["Hello"])


@pytest.mark.req("SD-19")
async def test_an_order_whose_job_was_lost_is_planned_again_for_its_time(
    rabbit: Rabbit, house: Person, travel: Travel
) -> None:
    x, (_, number) = await house.connect(), await numbered(house)
    at = datetime.now(UTC) + timedelta(minutes=30)
    made = await ordered(house, number, x, scheduledFor=at.isoformat())
    admin, jobs = rabbit.t.get(QueueAdmin), rabbit.t.app.get(ScheduledJobs)
    await admin.discard("distribution:scheduled", *made["jobs"])
    travel(timedelta(minutes=1))
    for _ in range(2):
        await jobs.sweep()
    [job] = await admin.jobs("distribution:scheduled", "delayed")
    assert ([job.id], x.texts) == (made["jobs"], [])
    assert job.due is not None
    assert abs(job.due - at) < timedelta(seconds=1)
    travel(timedelta(minutes=30))
    await rabbit.settle(travel)
    await jobs.sweep()
    assert (rabbit.t.enqueued, x.texts) == ([], ["Hello"])
