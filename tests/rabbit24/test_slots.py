"""Schedules: slots are filled once, by the clock, for credits."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.rabbit24.conftest import Start, Travel
from tests.rabbit24.running import PASSWORD, Person, Rabbit, sent_events, served

from hutch_auth import Users
from hutch_queue import QueueAdmin, Schedules
from kit.ai import Task, Writer, Written
from kit.platforms import RetryBackoff
from kit.publishing import Network
from rabbit24.jobs.publish import PublishJobs
from rabbit24.jobs.schedule import ScheduleJobs
from rabbit24.models import Schedule
from rabbit24.services.credit import Credits
from rabbit24.services.errors import NoCredits
from rabbit24.services.schedules import SLOT


async def planned(ada: Person, **more: object) -> str:
    new = {"brandProfileId": ada.brand, "topic": "linen in winter", "cron": "0 9 * * 1"} | more
    return str((await ada.ask("POST", "/api/schedules", 201, json=new))["id"])


class Away(Writer):
    """A model that does not answer."""

    async def write(self, task: Task, facts: Mapping[str, str]) -> Written:
        raise RetryBackoff("The model is away.")


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


async def test_of_four_slots_at_once_one_spends_the_last_credit(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HUTCH_RABBIT24__WELCOME_CREDITS", "1")
    async with start() as rabbit, rabbit.user() as ada:
        await ada.connect()
        schedule, slots = await planned(ada), rabbit.t.app.get(ScheduleJobs).slots
        filled = (slots.fill(schedule, f"slot-{n}", datetime.now(UTC)) for n in range(4))
        ends = await asyncio.gather(*filled, return_exceptions=True)
        assert [type(end) for end in ends if isinstance(end, Exception)] == [NoCredits] * 3
        assert await rabbit.t.get(Credits).balance(ada.id or "") == 0
        assert len(await ada.ask("GET", f"/api/posts?brandProfileId={ada.brand}")) == 1


async def test_whoever_added_a_user_there_are_credits_to_begin_with(rabbit: Rabbit) -> None:
    added = await rabbit.t.get(Users).add("by-an-operator", PASSWORD)
    credits_ = rabbit.t.get(Credits)
    await credits_.spend(added.id, "slot 1")
    assert await credits_.balance(added.id) == 99


async def test_a_text_that_the_model_does_not_write_costs_nothing(
    rabbit: Rabbit, ada: Person
) -> None:
    await ada.connect()
    schedule, slots = await planned(ada), rabbit.t.app.get(ScheduleJobs).slots
    with pytest.raises(RetryBackoff):
        await replace(slots, writer=Away()).fill(schedule, "slot-1", datetime.now(UTC))
    assert await rabbit.t.get(Credits).balance(ada.id or "") == 100


async def test_rows_and_clock_are_brought_together_whatever_ended_between(
    rabbit: Rabbit, ada: Person
) -> None:
    await ada.connect()
    kept, lost = await planned(ada), await planned(ada)
    jobs, schedules = rabbit.t.app.get(ScheduleJobs), rabbit.t.get(Schedules)
    await schedules.remove("schedule", lost)
    await jobs.plan(Schedule(id="orphan", brand_profile_id=ada.brand, cron="0 9 * * 1", tz="UTC"))
    await jobs.sweep()
    found = await schedules.list("schedule")
    assert {info.name for info in found if info.source == "runtime"} == {kept, lost}
    await schedules.remove("schedule", lost)
    await ada.ask("POST", f"/api/schedules/{lost}/run", 202)


async def left_out(rabbit: Rabbit, ada: Person, schedule: str, error: str) -> None:
    """Fill a slot, which leaves no post and no dead letter; its user is told."""
    async with (
        served(rabbit, ada.client) as client,
        client.stream("GET", "/api/events") as stream,
        asyncio.timeout(10),
    ):
        heard = sent_events(stream)
        assert (await anext(heard))[0] == "listening"
        job = await ada.ask("POST", f"/api/schedules/{schedule}/run", 202)
        await rabbit.drain()
        kind, data = await anext(heard)
    told = {"jobId": job, "queue": "schedule", "error": error}
    assert (kind, json.loads(data)) == ("jobs:failed", told)
    stats = await rabbit.t.get(QueueAdmin).stats("schedule")
    assert (stats.completed, stats.failed) == (1, 0)
    assert await ada.ask("GET", f"/api/posts?brandProfileId={ada.brand}") == []


async def test_without_credits_a_slot_is_left_out_and_it_is_said(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HUTCH_RABBIT24__WELCOME_CREDITS", "0")
    async with start() as rabbit, rabbit.user() as ada:
        await ada.connect()
        await left_out(rabbit, ada, await planned(ada), "NoCredits")


async def test_a_slot_that_no_account_takes_is_left_out_and_costs_nothing(
    rabbit: Rabbit, ada: Person
) -> None:
    await ada.connect(Network.INSTAGRAM)
    await left_out(rabbit, ada, await planned(ada), "Refused")
    assert (await ada.ask("GET", "/api/me"))["credits"] == 100


async def test_a_slot_whose_words_are_too_long_costs_nothing(
    rabbit: Rabbit, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ada.connect()
    monkeypatch.setattr("rabbit24.services.schedules.SLOT", replace(SLOT, templates=("x" * 281,)))
    await left_out(rabbit, ada, await planned(ada), "Refused")
    assert (await ada.ask("GET", "/api/me"))["credits"] == 100


async def test_a_brand_has_so_many_schedules_and_no_more(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HUTCH_RABBIT24__MOST_SCHEDULES", "2")
    async with start() as rabbit, rabbit.user() as ada:
        await ada.connect()
        new = {"brandProfileId": ada.brand, "topic": "t", "cron": "0 9 * * 1"}
        asked = (ada.client.post("/api/schedules", json=new) for _ in range(4))
        answers = await asyncio.gather(*asked)
        assert sorted(answer.status_code for answer in answers) == [201, 201, 422, 422]
        [told, _] = [answer.json()["detail"] for answer in answers if answer.is_error]
        assert told == "A brand has at most 2 schedules: remove one first."
        kept = await ada.ask("GET", f"/api/schedules?brandProfileId={ada.brand}")
        clocks = await rabbit.t.get(Schedules).list("schedule")
        names = {info.name for info in clocks if info.source == "runtime"}
        assert {row["id"] for row in kept} == names


async def test_who_lets_slots_be_filled_again_and_again_is_told_to_wait(ada: Person) -> None:
    asked = [await ada.client.post("/api/schedules/none/run") for _ in range(21)]
    assert [answer.status_code for answer in asked] == [404] * 20 + [429]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cron": "soon"}, "'soon' has not five fields: write minute, hour, day"),
        ({"cron": "* * * * * */10"}, "has not five fields"),
        ({"cron": "61 9 * * 1"}, "not a crontab line"),
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
