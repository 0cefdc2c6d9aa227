"""What may come of sending an answer, and that it is sent at most once."""

from datetime import timedelta
from typing import Any

import pytest
from tests.secondme.conftest import Start
from tests.secondme.running import ADA, Me, has, hearing, incoming, told, until

from hutch_pubsub import InboxSpec
from hutch_queue import QueueAdmin
from kit.sandbox import Fault
from secondme.inbox import MESSAGES
from secondme.services.connection import Connection

FINAL = {
    Fault.SUSPENDED: "account_paused",
    Fault.WINDOW_CLOSED: "refused",
}


@pytest.mark.parametrize("fault", FINAL)
async def test_what_whatsapp_refuses_waits_for_a_person_who_sends_it_later(
    me: Me, fault: Fault
) -> None:
    await me.enabled(ADA)
    me.phone.fault(fault)
    await me.write(ADA, "hello")
    await me.come_to("REVIEW", "hello")
    [found] = await me.get("/api/review")
    assert (found["reason"], found["content"]) == (FINAL[fault], "hello")
    assert me.phone.answers() == []
    await me.post(f"/api/review/{found['id']}/answer", 202)
    await me.come_to("ANSWERED", "hello")
    assert len(me.phone.answers()) == 1
    assert await me.get("/api/review") == []


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("switch/stop", "all"),
        ("contacts/{id}/pause", "paused"),
        ("contacts/{id}/disable", "not_enabled"),
    ],
)
async def test_what_is_held_though_a_person_let_it_be_answered_comes_back_before_them(
    me: Me, act: str, reason: str
) -> None:
    ada = await me.enabled(ADA)
    me.phone.fault(Fault.WINDOW_CLOSED)
    await me.write(ADA, "hello")
    await me.come_to("REVIEW", "hello")
    [found] = await me.get("/api/review")
    await me.post(f"/api/{act.format(id=ada)}")
    await me.post(f"/api/review/{found['id']}/answer", 202)

    async def is_back() -> bool:
        return [one["reason"] for one in await me.get("/api/review")] == [reason]

    await until(is_back)
    assert me.phone.answers() == []


async def test_a_token_that_is_refused_late_ends_no_newer_session(mine: Me) -> None:
    connection = mine.t.get(Connection)
    await connection.refused("the one of yesterday")
    assert (await mine.connection())["connected"] is True
    async with hearing(mine, "events:connection") as heard:
        await connection.refused(mine.phone.token)
        await has(heard)
    assert heard[0] == {"connected": False}


@pytest.mark.slow
@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.PAIR_LIMITED])
async def test_a_limit_is_waited_out(me: Me, fault: Fault) -> None:
    await me.enabled(ADA)
    me.phone.fault(fault)
    await me.write(ADA, "hello")
    await me.come_to("ANSWERED", "hello")
    assert len(me.phone.answers()) == 1


@pytest.mark.req("SM-10")
async def test_an_outage_is_waited_out_however_often_whatsapp_refuses(
    monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    assert MESSAGES.max_age is not None
    assert MESSAGES.attempts * MESSAGES.retry_after >= MESSAGES.max_age
    with monkeypatch.context() as patch:
        patch.setattr(InboxSpec, "__setattr__", object.__setattr__)
        patch.setattr(MESSAGES, "retry_after", timedelta(milliseconds=20))
        async with start() as me:
            await me.hooked()
            await me.connect()
            await me.enabled(ADA)
            me.phone.fault(Fault.RATE_LIMITED, times=8)
            await me.write(ADA, "hello")
            await me.come_to("ANSWERED", "hello")
            assert len(me.phone.answers()) == 1


async def test_a_released_message_comes_back_when_whatsapp_says_so_and_loses_no_try(
    mine: Me,
) -> None:
    await mine.enabled(ADA)
    mine.phone.fault(Fault.WINDOW_CLOSED)
    await mine.write(ADA, "hello")
    await mine.come_to("REVIEW", "hello")
    [found] = await mine.get("/api/review")
    mine.phone.fault(Fault.PAIR_LIMITED)
    await mine.post(f"/api/review/{found['id']}/answer", 202)

    async def is_snoozed() -> bool:
        jobs = await mine.t.get(QueueAdmin).jobs("answers", "delayed")
        return [(job.attempt, job.error) for job in jobs] == [(0, None)]

    await until(is_snoozed)
    assert (await mine.messages())["hello"]["reason"] == "RetryAfter"


@pytest.mark.req("SM-24")
@pytest.mark.parametrize("fault", [Fault.ERROR_AFTER_COMMIT, Fault.LOST_AFTER_COMMIT])
async def test_an_answer_whose_outcome_is_lost_is_settled_by_the_webhook(
    me: Me, fault: Fault
) -> None:
    await me.enabled(ADA)
    me.phone.fault(fault)
    await me.write(ADA, "hello")
    await me.come_to("ANSWERED", "hello")
    assert len(me.phone.answers()) == 1


@pytest.mark.slow
@pytest.mark.req("SM-24")
async def test_without_the_webhook_it_waits_for_a_person_and_is_never_sent_by_itself(
    mine: Me,
) -> None:
    me = mine
    await me.enabled(ADA)
    await me.enabled("+4915110000009")
    hook = me.phone.state.whatsapp.hook
    assert hook is not None
    me.phone.fault(Fault.ERROR_AFTER_COMMIT)
    object.__setattr__(hook, "app_secret", "what the sandbox tells is refused")
    await me.hook(told(me.phone.id, {"messages": [incoming(ADA, "hello")]}))
    await me.come_to("REVIEW", "hello")
    [found] = await me.get("/api/review")
    assert found["reason"] == "no_outcome"
    assert len(me.phone.answers()) == 1
    await me.post(f"/api/review/{found['id']}/dismiss")
    assert await me.get("/api/review") == []
    again = await me.client.post(f"/api/review/{found['id']}/dismiss", json={})
    assert again.status_code == 404
    assert "does not wait for a person" in again.json()["detail"]
    assert (await me.client.post("/api/review/ALL/answer", json={})).status_code == 422


async def test_what_the_inbox_put_aside_comes_before_a_person(me: Me) -> None:
    ada = await me.enabled(ADA)
    fields: dict[str, Any] = {
        "messageId": f"msg_{7:024}",
        "contactId": ada,
        "content": "from the shelf",
        "timestamp": "1795290000000",
        "direction": "incoming",
        "fromMe": "false",
    }
    client: Any = me.redis.state
    shelf = me.redis.key("QUEUE", "messages", "review")
    await client.xadd(shelf, fields | {"hutch:id": "1-0", "hutch:reason": "old"})
    mine = {"messageId": f"msg_{8:024}", "content": "my own", "fromMe": "true"}
    await client.xadd(shelf, fields | mine | {"hutch:id": "2-0", "hutch:reason": "old"})
    await client.xadd(shelf, {"mood": "unreadable"})
    await me.come_to("REVIEW", "from the shelf")

    async def is_fetched() -> bool:
        return int(await client.xlen(shelf)) == 1

    await until(is_fetched)
    assert (await me.get("/api/state"))["backlog"]["unreadable"] == 1
    [found] = await me.get("/api/review")
    assert (found["reason"], found["content"]) == ("not_handled", "from the shelf")
    assert (await me.states())["my own"] == "FROM_ME"
