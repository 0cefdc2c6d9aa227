"""The distribution: orders of operators, their queues, and how they are."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from tests.rabbit24.conftest import Start, Travel
from tests.rabbit24.running import Account, Person, Rabbit, in_days

from hutch_queue import QueueAdmin, Schedules
from kit.publishing import Network
from rabbit24.jobs.distribution import ConnectionJobs, DispatchOrders
from rabbit24.schemas import Dispatch, RefreshConnection, ScheduledPublish
from rabbit24.services.accounts import StoredAccounts

DISPATCH = "/api/admin/distribution/dispatch"
HEALTH = "/api/queue/health"
COUNTS = {"waiting": 0, "active": 0, "completed": 0, "failed": 0, "delayed": 0}


async def ordered(house: Person, number: int, *accounts: Account, **more: Any) -> dict[str, Any]:
    order = {"postId": number, "connectionIds": [one.connection for one in accounts]} | more
    return dict(await house.ask("POST", DISPATCH, 202, json=order))


async def numbered(house: Person, content: str = "Hello") -> tuple[str, int]:
    post = await house.write(content)
    return post, (await house.read(post))["number"]


@pytest.mark.req("SD-11", "SD-12", "SD-13", "SD-25", "SD-36", "SD-42")
async def test_a_dispatch_brings_the_post_to_each_connection(
    rabbit: Rabbit, house: Person, travel: Travel
) -> None:
    x, linkedin = await house.connect(), await house.connect(Network.LINKEDIN)
    post, number = await numbered(house)
    made = await ordered(house, number, x, linkedin)
    jobs = await rabbit.t.get(QueueAdmin).jobs("distribution:dispatch", "waiting")
    assert sorted(made["jobs"]) == sorted(job.id for job in jobs)
    assert {job.name for job in jobs} == {"dispatch"}
    assert {job.arguments["data"]["targetId"] for job in jobs} == {
        x.connection,
        linkedin.connection,
    }
    for job in jobs:
        data = job.arguments["data"]
        assert (data["scheduleId"], data["postId"]) == (made["scheduleId"], number)
    await rabbit.settle(travel)
    assert await house.states(post) == {"TWITTER": "PUBLISHED", "LINKEDIN": "PUBLISHED"}
    assert x.texts == linkedin.texts == ["Hello"]


async def test_the_same_order_twice_is_one_post_on_each_connection(
    rabbit: Rabbit, house: Person, travel: Travel
) -> None:
    x = await house.connect()
    _, number = await numbered(house)
    await ordered(house, number, x)
    await ordered(house, number, x)
    await rabbit.settle(travel)
    assert x.texts == ["Hello"]


@pytest.mark.req("SD-13")
async def test_an_order_may_have_words_of_its_own(
    rabbit: Rabbit, house: Person, travel: Travel
) -> None:
    x, facebook = await house.connect(), await house.connect(Network.FACEBOOK)
    post, number = await numbered(house)
    await ordered(house, number, x, customMessage="Hello, X")
    await ordered(house, number, facebook, requestAiAssets=True)
    await rabbit.settle(travel)
    assert x.texts == ["Hello, X"]
    assert [text.removeprefix("Again for you: ") for text in facebook.texts] == ["Hello"]
    assert (await house.read(post))["content"] == "Hello"


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"postId": 999}, 404, "There is no post 999."),
        ({"connectionIds": [999]}, 404, "There is no connection 999."),
        ({"connectionIds": []}, 422, "connectionIds"),
        ({"postId": "one"}, 422, "postId"),
        ({"surprise": 1}, 422, "surprise"),
    ],
)
async def test_an_order_that_cannot_be_is_refused_and_leaves_nothing(
    rabbit: Rabbit, house: Person, change: dict[str, Any], status: int, said: str
) -> None:
    x = await house.connect()
    _, number = await numbered(house)
    order = {"postId": number, "connectionIds": [x.connection]} | change
    answer = await house.client.post(DISPATCH, json=order)
    assert answer.status_code == status
    assert said in answer.text
    assert (await rabbit.t.get(QueueAdmin).stats("distribution:dispatch")).waiting == 0


async def test_a_connection_of_another_brand_is_refused(rabbit: Rabbit, house: Person) -> None:
    _, number = await numbered(house)
    async with rabbit.user() as bob:
        theirs = await bob.connect()
    order = {"postId": number, "connectionIds": [theirs.connection]}
    refused = await house.ask("POST", DISPATCH, 422, json=order)
    assert "is not of the brand of post" in refused["detail"]


@pytest.mark.req("SD-14", "SD-18")
async def test_a_scheduled_order_begins_at_its_time(
    rabbit: Rabbit, house: Person, travel: Travel
) -> None:
    x = await house.connect(expiresAt=in_days(3))
    _, number = await numbered(house)
    at = datetime.now(UTC) + timedelta(minutes=10)
    made = await ordered(house, number, x, scheduledFor=at.isoformat())
    admin = rabbit.t.get(QueueAdmin)
    [job] = await admin.jobs("distribution:scheduled", "delayed")
    assert (job.id, job.attempts) == (f"scheduled:{made['scheduleId']}", 3)
    assert job.due is not None
    assert abs(job.due - at) < timedelta(seconds=1)
    data = ScheduledPublish.model_validate(job.arguments["data"])
    assert (data.schedule_id, data.scheduled_for) == (made["scheduleId"], at)
    await rabbit.drain()
    assert x.texts == []
    travel(timedelta(minutes=10))
    await rabbit.settle(travel)
    assert x.texts == ["Hello"]


@pytest.mark.req("SD-18")
async def test_an_order_for_the_past_begins_at_once(
    rabbit: Rabbit, house: Person, travel: Travel
) -> None:
    x = await house.connect()
    _, number = await numbered(house)
    await ordered(house, number, x, scheduledFor=in_days(-1))
    assert await rabbit.drain() >= 2
    await rabbit.settle(travel)
    assert x.texts == ["Hello"]


@pytest.mark.req("SD-19")
async def test_an_order_that_is_scheduled_again_is_moved(rabbit: Rabbit) -> None:
    orders, admin = rabbit.t.get(DispatchOrders), rabbit.t.get(QueueAdmin)
    for days in (1, 2):
        at = datetime.now(UTC) + timedelta(days=days)
        data = ScheduledPublish(schedule_id=7, scheduled_for=at)
        await orders.add_scheduled_publish_job(data)
    [job] = await admin.jobs("distribution:scheduled", "delayed")
    assert job.due is not None
    assert job.due - datetime.now(UTC) > timedelta(days=1, hours=23)


@pytest.mark.req("SD-15", "SD-20", "SD-21", "SD-22")
async def test_each_connection_is_refreshed_by_a_schedule_of_its_own(
    rabbit: Rabbit, house: Person
) -> None:
    first, second = await house.connect(), await house.connect(Network.LINKEDIN)
    schedules = rabbit.t.get(Schedules)
    planned = await schedules.list("distribution:token-refresh")
    listed = [info for info in planned if info.source == "runtime"]
    assert {info.name for info in listed} == {
        f"connection-{first.connection}", f"connection-{second.connection}",
    }  # fmt: skip
    assert {info.every for info in listed} == {timedelta(days=1)}
    await rabbit.t.get(StoredAccounts).load(first.id)
    for info in listed:
        await schedules.run_now("distribution:token-refresh", info.name)
    jobs = await rabbit.t.get(QueueAdmin).jobs("distribution:token-refresh", "waiting")
    assert {tuple(job.arguments["data"]) for job in jobs} == {("connectionId",)}
    assert {job.attempts for job in jobs} == {5}
    before = (await rabbit.t.get(StoredAccounts).load(first.id)).access
    assert await rabbit.drain() == 2
    assert (await rabbit.t.get(StoredAccounts).load(first.id)).access != before
    await house.ask("DELETE", f"/api/accounts/{second.id}", 204)
    assert await rabbit.t.get(DispatchOrders).refreshed() == {first.connection}


@pytest.mark.req("SD-20")
async def test_what_was_connected_without_the_queue_is_scheduled_by_the_sweep(
    rabbit: Rabbit, house: Person
) -> None:
    first, second = await house.connect(), await house.connect(Network.LINKEDIN)
    orders, sweep = rabbit.t.get(DispatchOrders), rabbit.t.get(ConnectionJobs).sweep
    await orders.remove_token_refresh_job(first.connection)
    await rabbit.t.get(StoredAccounts).disconnect(second.id)
    assert await orders.refreshed() == {second.connection}
    await sweep()
    assert await orders.refreshed() == {first.connection}


@pytest.mark.req("SD-06", "SD-16")
async def test_retries_and_pauses_are_those_of_the_settings(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    async with start() as rabbit:
        assert rabbit.t.get(DispatchOrders).settings.backoff(1) == 5
        assert [rabbit.t.get(DispatchOrders).settings.backoff(n) for n in (1, 2, 3)] == [5, 25, 125]
    environment.setenv("BULLMQ_MAX_RETRIES", "1")
    environment.setenv("BULLMQ_BACKOFF_DELAY", "200")
    async with start() as rabbit:
        orders, admin = rabbit.t.get(DispatchOrders), rabbit.t.get(QueueAdmin)
        await orders.add_dispatch_job(Dispatch(schedule_id=1, post_id=1, target_id=1))
        [job] = await admin.jobs("distribution:dispatch", "waiting")
        assert job.attempts == 2
        assert orders.settings.backoff(2) == 1


@pytest.mark.req("SD-30", "SD-31")
async def test_a_dispatch_that_cannot_be_is_a_dead_letter_that_can_be_replayed(
    rabbit: Rabbit, house: Person, travel: Travel
) -> None:
    orders, admin = rabbit.t.get(DispatchOrders), rabbit.t.get(QueueAdmin)
    x = await house.connect()
    _, number = await numbered(house)
    gone = Dispatch(schedule_id=1, post_id=number + 1, target_id=x.connection)
    await orders.add_dispatch_job(gone)
    await rabbit.drain()
    [dead] = await admin.jobs("distribution:dispatch", "failed")
    assert (dead.attempt, dead.arguments["data"]["postId"]) == (1, number + 1)
    assert f"There is no post {number + 1}." in str(dead.error)
    assert dead.ended is not None
    await house.write("The next one")
    await rabbit.drain()
    await admin.replay("distribution:dispatch", dead.id)
    await rabbit.settle(travel)
    assert x.texts == ["The next one"]


@pytest.mark.req("R24-09")
async def test_a_payload_that_lacks_something_is_refused_when_it_is_made() -> None:
    with pytest.raises(ValidationError, match="targetId"):
        Dispatch.model_validate({"scheduleId": 1, "postId": 1})
    with pytest.raises(ValidationError, match="connectionId"):
        RefreshConnection.model_validate({})
