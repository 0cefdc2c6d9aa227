"""A message's way: answered once, or noted why not."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from tests.secondme.conftest import Start
from tests.secondme.running import ADA, BEN, CAM, Me, has, hearing, incoming, told

from hutch import bind
from hutch_queue import QueueAdmin
from kit.ai import Task, TemplateWriter, Writer, Written
from kit.platforms import FailPermanent
from kit.sandbox import Fault


@pytest.mark.req("SM-19", "SM-41")
async def test_a_message_of_an_enabled_contact_is_answered_and_told(me: Me) -> None:
    contact = await me.enabled(ADA)
    async with hearing(me, "events:messages") as heard:
        await me.write(ADA, "hello")
        await me.come_to("ANSWERED", "hello")
        await has(heard, 2)
    [answer] = me.phone.answers(ADA)
    message = (await me.messages())["hello"]
    now = (await me.get("/api/state"))["time"]
    assert "hello" in answer
    assert [(one["content"], one["botSent"]) for one in heard] == [("hello", False), (answer, True)]
    assert {one["contactId"] for one in heard} == {contact}
    assert {one["messageId"] for one in heard} == {message["id"]}
    assert all(0 <= now - one["timestamp"] < 60_000 for one in heard)


async def test_who_is_not_enabled_gets_no_answer_but_is_noted(me: Me) -> None:
    await me.write(BEN, "who are you")
    await me.come_to("NOT_ENABLED", "who are you")
    contact = await me.enabled(BEN)
    await me.write(BEN, "and now")
    await me.come_to("ANSWERED", "and now")
    await me.post(f"/api/contacts/{contact}/disable")
    await me.write(BEN, "no more")
    await me.come_to("NOT_ENABLED", "no more")
    assert len(me.phone.answers(BEN)) == 1


@pytest.mark.req("SM-24")
async def test_a_message_that_is_delivered_again_is_answered_once(me: Me) -> None:
    await me.enabled(ADA)
    me.phone.fault(Fault.REDELIVERED)
    await me.write(ADA, "twice at once", "wamid.one")
    await me.come_to("ANSWERED", "twice at once")
    await me.write(ADA, "twice at once", "wamid.one")
    await me.write(ADA, "the next one")
    await me.come_to("ANSWERED", "the next one")
    assert len(me.phone.answers(ADA)) == 2


@pytest.mark.req("SM-10")
async def test_a_message_that_whatsapp_brings_late_waits_for_a_person(me: Me) -> None:
    await me.enabled(ADA)
    late = [incoming(ADA, "late", age=301), incoming(ADA, "in time", age=200)]
    assert (await me.hook(told(me.phone.id, {"messages": late}))).status_code == 200
    await me.come_to("ANSWERED", "in time")
    assert (await me.messages())["late"]["reason"] == "too_old"
    assert len(me.phone.answers()) == 1


async def test_what_is_no_text_waits_for_a_person(me: Me) -> None:
    await me.enabled(ADA)
    picture = {**incoming(ADA, ""), "type": "image", "image": {"id": "1"}}
    assert (await me.hook(told(me.phone.id, {"messages": [picture]}))).status_code == 200
    await me.come_to("REVIEW", "")
    assert (await me.messages())[""]["reason"] == "no_text"


@pytest.mark.req("SM-14", "SM-16", "SM-17")
async def test_the_eleventh_message_in_a_minute_pauses_its_contact_once(me: Me) -> None:
    contact = await me.enabled(ADA)
    await me.enabled(BEN)
    async with hearing(me, "events:pause") as heard:
        flood = [incoming(ADA, f"flood {n}") for n in range(14)]
        await me.hook(told(me.phone.id, {"messages": flood}))
        await me.write(BEN, "meanwhile")
        await me.come_to("PAUSED", "flood 13")
        await me.come_to("ANSWERED", "meanwhile")
        [event] = heard
    states = await me.states()
    assert [states[f"flood {n}"] for n in range(14)] == ["ANSWERED"] * 10 + ["LIMITED"] + [
        "PAUSED"
    ] * 3
    assert len(me.phone.answers(ADA)) == 10
    now = (await me.get("/api/state"))["time"]
    assert (event["contactId"], event["action"], event["reason"]) == (
        contact, "pause", "rate_limit",
    )  # fmt: skip
    assert 3_500_000 < event["expiresAt"] - now <= 3_600_000


@pytest.mark.req("SM-25")
async def test_messages_of_a_contact_are_answered_in_their_order(me: Me) -> None:
    for number in (ADA, BEN, CAM):
        await me.enabled(number)
    texts = [f"{n} of {number}" for n in range(5) for number in (ADA, BEN, CAM)]
    batch = [incoming(number, f"{n} of {number}") for n in range(5) for number in (ADA, BEN, CAM)]
    await me.hook(told(me.phone.id, {"messages": batch}))
    await me.come_to("ANSWERED", *texts)
    for number in (ADA, BEN, CAM):
        answers = me.phone.answers(number)
        assert [answer.split("“")[1][0] for answer in answers] == list("01234")


class Interrupted(TemplateWriter):
    """A writer during whose work somebody stops everything."""

    stop: Callable[[], Awaitable[object]]

    async def write(self, task: Task, facts: Mapping[str, str]) -> Written:
        await self.stop()
        return await super().write(task, facts)


@pytest.mark.req("SM-13")
@pytest.mark.parametrize(
    ("act", "state"),
    [
        ("switch/stop", "PAUSED"),
        ("contacts/{id}/pause", "PAUSED"),
        ("contacts/{id}/disable", "NOT_ENABLED"),
    ],
)
async def test_a_stop_during_the_writing_still_holds_the_answer_back(
    start: Start, act: str, state: str
) -> None:
    writer = Interrupted()
    async with start(bind(Writer).value(writer)) as me:
        await me.hooked()
        await me.connect()
        ada = await me.enabled(ADA)
        writer.stop = lambda: me.post(f"/api/{act.format(id=ada)}")
        await me.write(ADA, "stop it now")
        await me.come_to(state, "stop it now")
        assert (await me.messages())["stop it now"]["answer"] is not None
        assert me.phone.answers() == []


class Cut(TemplateWriter):
    """A model whose first answers are not usable."""

    async def write(self, task: Task, facts: Mapping[str, str]) -> Written:
        if facts["message"] == "refused":
            raise FailPermanent("The model declines.")
        written = await super().write(task, facts)
        return Written(written.text, "cut", complete=facts["message"] != "cut")


async def test_where_no_answer_is_written_a_person_has_to_look(start: Start) -> None:
    async with start(bind(Writer).to(Cut)) as me:
        await me.hooked()
        await me.connect()
        await me.enabled(ADA)
        await me.write(ADA, "refused")
        await me.write(ADA, "cut")
        await me.write(ADA, "usable")
        await me.come_to("ANSWERED", "usable")
        await me.come_to("REVIEW", "refused", "cut")
        assert {one["reason"] for one in await me.get("/api/review")} == {"not_written"}
        assert len(me.phone.answers()) == 1


@pytest.mark.req("SM-38")
async def test_what_people_write_is_in_no_log_key_or_job(
    me: Me, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    await me.enabled(ADA)
    secret = "my diagnosis is private"
    me.phone.fault(Fault.SUSPENDED)
    await me.write(ADA, secret)
    await me.come_to("REVIEW", secret)
    message = (await me.messages())[secret]
    await me.post(f"/api/review/{message['id']}/answer", 202)
    await me.come_to("ANSWERED", secret)
    digits = ADA.removeprefix("+")
    [job] = await me.t.get(QueueAdmin).jobs("answers", "completed")
    jobs = (await me.client.get(f"/monitor/saq/api/queues/answers/jobs/{job.id}")).text
    assert "answer-anyway" in jobs
    logged = "".join(capfd.readouterr()) + caplog.text
    client: Any = me.redis.state
    keys = [key.decode() async for key in client.scan_iter(f"{me.redis.key('x')[:-1]}*")]
    for place in (jobs, logged, "\n".join(keys)):
        assert secret not in place
        assert digits not in place


@pytest.mark.slow
async def test_several_workers_answer_each_message_once(start: Start) -> None:
    async with start() as me, start():
        await me.hooked()
        await me.connect()
        numbers = [f"+49152000000{n:02}" for n in range(12)]
        await asyncio.gather(*(me.enabled(number) for number in numbers))
        batch = [incoming(number, f"{n} {number}") for n in range(3) for number in numbers]
        await me.hook(told(me.phone.id, {"messages": batch}))
        await me.come_to("ANSWERED", *(one["text"]["body"] for one in batch))
        assert len(me.phone.answers()) == 36
        assert len(set(me.phone.answers())) == 36
