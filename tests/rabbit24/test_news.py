"""What users hear of jobs that take too long, or are put off."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from tests.rabbit24.conftest import Start, Travel
from tests.rabbit24.running import Person, Rabbit, sent_events, served
from tests.rabbit24.test_slots import planned

from hutch import bind
from hutch_queue import QueueAdmin
from kit.ai import Task, Writer, Written
from kit.platforms import RetryAfter, RetryBackoff
from rabbit24.jobs import news
from rabbit24.jobs.publish import PublishJobs


@asynccontextmanager
async def hearing(rabbit: Rabbit, person: Person) -> AsyncIterator[AsyncIterator[tuple[str, str]]]:
    """Hear what is told to somebody."""
    async with (
        served(rabbit, person.client) as client,
        client.stream("GET", "/api/events") as stream,
        asyncio.timeout(10),
    ):
        heard = sent_events(stream)
        assert (await anext(heard))[0] == "listening"
        yield heard


@pytest.mark.req("R24-43")
async def test_a_job_that_takes_too_long_is_told_once_it_has_failed_for_good(
    rabbit: Rabbit, ada: Person, monkeypatch: pytest.MonkeyPatch, travel: Travel
) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    x = await ada.connect()
    monkeypatch.setattr(type(rabbit.t.app.get(PublishJobs).publisher), "publish", hang)
    monkeypatch.setattr(news, "AHEAD", 119.99)
    async with hearing(rabbit, ada) as heard:
        post = await ada.approved("Hello", x)
        await rabbit.settle(travel)
        kind, data = await anext(heard)
    told = {"jobId": f"{post}-{x.id}", "queue": "publish", "error": "TimeoutError"}
    assert (kind, json.loads(data)) == ("jobs:failed", told)
    [dead] = await rabbit.t.get(QueueAdmin).jobs("publish", "failed")
    assert dead.attempt == 3


class Moody(Writer):
    """A model that fails twice, asks to be asked later, and then writes."""

    def __init__(self) -> None:
        self.asked = 0

    async def write(self, task: Task, facts: Mapping[str, str]) -> Written:
        self.asked += 1
        if self.asked < 3:
            raise RetryBackoff("The model is away.")
        if self.asked == 3:
            raise RetryAfter("The model is busy.", at=datetime.now(UTC))
        return Written("Linen.", "moody")


@pytest.mark.req("R24-43")
async def test_a_job_that_is_put_off_in_its_last_run_has_not_failed(
    start: Start, travel: Travel
) -> None:
    async with start(bind(Writer).value(Moody())) as rabbit, rabbit.user() as ada:
        await ada.connect()
        schedule = await planned(ada)
        async with hearing(rabbit, ada) as heard:
            job = await ada.ask("POST", f"/api/schedules/{schedule}/run", 202)
            await rabbit.settle(travel)
            kind, data = await anext(heard)
        told = {"jobId": job, "queue": "schedule", "status": "completed"}
        assert (kind, json.loads(data)) == ("jobs:completed", told)
