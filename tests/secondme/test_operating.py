"""What those who run SecondMe see: figures, alarms, and what is left when it stops."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs
from tests.secondme.conftest import Start
from tests.secondme.running import ADA, BEN, CAM, Me, incoming, told, until

from hutch import bind
from hutch.roles import Role
from hutch_database import Database
from hutch_pubsub import InboxAdmin, InboxStats, InboxUnavailable
from kit.ai import Task, TemplateWriter, Writer, Written
from secondme.models import Message, MessageState
from secondme.services.draining import draining
from secondme.settings import SecondMeSettings


async def figures_of(me: Me) -> dict[str, float]:
    lines = (await me.client.get("/monitor/metrics")).text.splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


@pytest.mark.req("SM-35", "C-46")
async def test_the_figures_tell_what_the_document_asks_for_without_keys(me: Me) -> None:
    client: Any = me.redis.state
    decided = (await figures_of(me)).get('secondme_messages_total{decision="RECEIVED"}', 0)
    ada = await me.enabled(ADA)
    for n in range(3):
        await me.write(ADA, f"hello {n}")
    await me.come_to("ANSWERED", "hello 0", "hello 1", "hello 2")
    before = (await client.info("commandstats")).get("cmdstat_keys", {"calls": 0})["calls"]
    async with me.client.stream("GET", "/api/events") as stream:
        lines_heard = stream.aiter_lines()
        assert await anext(lines_heard) == "event: listening"
        figures = await figures_of(me)
    assert figures["secondme_connected"] == 1
    assert figures["hutch_pause_all"] == 0
    assert figures[f'secondme_contact_messages{{contact="{ada}"}}'] == 3
    assert figures['hutch_inbox_entries{inbox="QUEUE:messages",place="waiting"}'] == 0
    assert figures['hutch_inbox_entries{inbox="QUEUE:messages",place="delivered"}'] == 0
    assert figures["hutch_events_subscribers"] == 1
    assert figures["secondme_review"] == 0
    assert figures['secondme_messages_total{decision="RECEIVED"}'] == decided + 3
    after = (await client.info("commandstats")).get("cmdstat_keys", {"calls": 0})["calls"]
    assert after == before
    await me.post("/api/switch/stop")
    assert "\nhutch_pause_all 1" in (await me.client.get("/monitor/metrics")).text


@pytest.mark.req("SM-09", "SM-40", "C-57")
async def test_a_long_backlog_is_an_alarm_before_anything_goes_to_review(start: Start) -> None:
    async with start(role=Role.WEB) as me:
        await me.hook(told("1", {"messages": [incoming(ADA, f"{n}") for n in range(799)]}))
        backlog = (await me.get("/api/state"))["backlog"]
        assert backlog == {"length": 799, "limit": 1000, "alarm": False, "unreadable": 0}
        await me.hook(told("1", {"messages": [incoming(ADA, "800")]}))
        assert (await me.get("/api/state"))["backlog"]["alarm"] is True
        health = (await me.client.get("/monitor/health")).text
        assert "QUEUE:messages has 800 of 1000 entries" in health
        await me.hook(told("1", {"messages": [incoming(ADA, f"more {n}") for n in range(201)]}))
        backlog = (await me.get("/api/state"))["backlog"]
        assert (backlog["length"], backlog["unreadable"]) == (1000, 1)


class Slow(TemplateWriter):
    """A model that writes when it is let, and for some never."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go = asyncio.Event()

    async def write(self, task: Task, facts: Mapping[str, str]) -> Written:
        self.begun.set()
        await (asyncio.Event() if "never" in facts["message"] else self.go).wait()
        return await super().write(task, facts)


@pytest.mark.req("SM-33")
async def test_who_stops_first_answers_what_waits_and_names_what_is_left_by_id(
    environment: pytest.MonkeyPatch,
    start: Start,
    redis_prefix: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environment.setenv("HUTCH_PUBSUB__SHUTDOWN_GRACE", "0.2")
    writer = Slow()
    async with start(role=Role.WEB) as web:
        async with start(bind(Writer).value(writer), role=Role.WORKER):
            await web.hooked()
            await web.connect()
            for number in (ADA, BEN, CAM):
                await web.enabled(number)
            batch = [incoming(ADA, "first"), incoming(ADA, "second"), incoming(BEN, "third")]
            batch.append(incoming(CAM, "never to be told"))
            await web.hook(told(web.phone.id, {"messages": batch}))
            await asyncio.wait_for(writer.begun.wait(), 10)
            asyncio.get_running_loop().call_later(0.3, writer.go.set)
        states = await web.states()
        left = (await web.messages())["never to be told"]
        assert {states[text] for text in ("first", "second", "third")} == {"ANSWERED"}
        assert left["state"] == "RECEIVED"
        logged = capsys.readouterr().out
        assert "messages are left for another worker or a person" in logged
        assert left["id"] in logged
        assert "never to be told" not in logged
        async with start(role=Role.WORKER):
            await web.come_to("ANSWERED", "never to be told")


async def test_what_redis_has_lost_on_its_way_comes_before_a_person(me: Me) -> None:
    await me.enabled(ADA)
    await me.write(ADA, "lost")
    await me.come_to("ANSWERED", "lost")
    async with me.t.get(Database).session() as session:
        await session.execute(update(Message).values(state=MessageState.PREPARED, since=1))

    async def is_listed() -> bool:
        return [one["reason"] for one in await me.get("/api/review")] == ["not_handled"]

    await until(is_listed)


class Vanishing:
    """An inbox that can be counted, and is away when its messages are to be named."""

    async def stats(self, inbox: str) -> InboxStats:
        return InboxStats(length=1)

    async def entries(self, inbox: str, **_: Any) -> None:
        raise InboxUnavailable("away")


async def test_a_stop_ends_also_where_the_inbox_is_away() -> None:
    stopping: Any = draining(cast(InboxAdmin, Vanishing()), SecondMeSettings(drain=0.01))
    await anext(stopping)
    with capture_logs() as logs:
        assert await anext(stopping, "ended") == "ended"
    assert [line["event"] for line in logs] == ["messages may be left: the inbox cannot be reached"]
