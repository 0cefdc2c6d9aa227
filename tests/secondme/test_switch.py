"""The big switch, the pauses, and what is left of them when Redis loses everything."""

from typing import Any

import pytest
from tests.secondme.conftest import Start
from tests.secondme.running import ADA, BEN, CAM, Me, has, hearing, incoming, told, until

from hutch.roles import Role
from secondme.services.kill_switch import BigSwitch


async def lose_everything(me: Me) -> None:
    """Let Redis lose all of this app, as a restart without its file does."""
    client: Any = me.redis.state
    keys = [key async for key in client.scan_iter(f"{me.redis.keys.prefix}*", count=1000)]
    await client.delete(*keys)


async def exists(me: Me, *parts: str) -> bool:
    client: Any = me.redis.state
    return bool(await client.exists(me.redis.key(*parts)))


@pytest.mark.req("SM-04", "SM-39")
async def test_the_big_switch_holds_everything_until_it_is_released(me: Me) -> None:
    await me.enabled(ADA)
    async with hearing(me, "events:pause") as heard:
        await me.post("/api/switch/stop", json={"reason": "maintenance"})
        await me.write(ADA, "held")
        await me.come_to("PAUSED", "held")
        stop = (await me.get("/api/state"))["stop"]
        assert (stop["stopped"], stop["reason"]) == (True, "maintenance")
        assert await exists(me, "PAUSE", "ALL")
        await me.post("/api/switch/stop")
        await me.post("/api/switch/release")
        await has(heard, 2)
    assert [(one["contactId"], one["action"]) for one in heard] == [
        ("ALL", "pause"), ("ALL", "resume"),
    ]  # fmt: skip
    await me.write(ADA, "goes on")
    await me.come_to("ANSWERED", "goes on")
    assert len(me.phone.answers()) == 1
    assert await me.get("/api/switch") == {"stopped": False, "since": None, "reason": None}


@pytest.mark.req("SM-03", "SM-39")
async def test_a_contact_is_paused_and_resumed_by_hand_while_others_go_on(me: Me) -> None:
    ada, _ = await me.enabled(ADA), await me.enabled(BEN)
    await me.post(f"/api/contacts/{ada}/pause", json={"minutes": 5, "reason": "on holiday"})
    await me.write(ADA, "paused")
    await me.write(BEN, "not me")
    await me.come_to("PAUSED", "paused")
    await me.come_to("ANSWERED", "not me")
    state = await me.get("/api/state")
    [shown] = [one for one in state["contacts"] if one["id"] == ada]
    assert 290_000 < shown["pausedUntil"] - state["time"] <= 300_000
    assert shown["pauseReason"] == "on holiday"
    await me.post(f"/api/contacts/{ada}/resume")
    await me.write(ADA, "again")
    await me.come_to("ANSWERED", "again")


@pytest.mark.req("SM-18")
async def test_a_pause_that_runs_out_is_told(me: Me) -> None:
    ada = await me.enabled(ADA)
    async with hearing(me, "events:pause") as heard:
        await me.post(f"/api/contacts/{ada}/pause", json={"minutes": 0.01})
        await has(heard, 2)
    assert [(one["action"], one.get("reason")) for one in heard] == [
        ("pause", None), ("resume", "expired"),
    ]  # fmt: skip


@pytest.mark.req("SM-05", "C-54")
@pytest.mark.parametrize("id", ["ALL", "all", "contact_1:2", "contact_%00", "contact_" + "A" * 24])
async def test_what_is_no_contacts_id_is_refused(me: Me, id: str) -> None:
    for act in ("pause", "resume", "enable", "disable"):
        answer = await me.client.post(f"/api/contacts/{id}/{act}", json={})
        assert answer.status_code in (404, 422)
    assert not await exists(me, "PAUSE", "ALL")
    missing = await me.client.post(f"/api/contacts/contact_{0:024}/pause", json={})
    assert missing.status_code == 404
    assert "POST /api/contacts" in missing.json()["detail"]


async def test_a_pause_that_makes_no_sense_is_refused(me: Me) -> None:
    ada = await me.add(ADA)
    for minutes in (0, -1, "soon", 1e9):
        path = f"/api/contacts/{ada}/pause"
        answer = await me.client.post(path, json={"minutes": minutes})
        assert answer.status_code == 422
    assert (await me.client.post("/api/contacts", json={"number": "12"})).status_code == 422


@pytest.mark.req("SM-32", "C-60")
async def test_when_redis_has_lost_its_data_nobody_is_answered_until_enabled_again(
    mine: Me,
) -> None:
    me = mine
    ada = await me.enabled(ADA)
    await me.enabled(BEN)
    await me.post(f"/api/contacts/{ada}/pause")
    await lose_everything(me)
    await me.is_connected()
    assert [one["enabled"] for one in await me.get("/api/contacts")] == [False, False]
    await me.add(CAM)
    assert not any(one["enabled"] for one in await me.get("/api/contacts"))
    batch = [incoming(ADA, "was paused"), incoming(BEN, "was not"), incoming(CAM, "is new")]
    await me.hook(told(me.phone.id, {"messages": batch}))
    await me.come_to("NOT_ENABLED", "was paused", "was not", "is new")
    assert me.phone.answers() == []
    await me.enabled(BEN)
    await me.write(BEN, "enabled again")
    await me.come_to("ANSWERED", "enabled again")


@pytest.mark.req("SM-04", "C-54")
async def test_when_redis_has_lost_the_big_switch_it_still_holds_and_is_told_again(
    mine: Me,
) -> None:
    me = mine
    await me.post("/api/switch/stop")
    await lose_everything(me)
    await me.is_connected()
    await me.enabled(ADA)
    await me.write(ADA, "still held")
    await me.come_to("PAUSED", "still held")

    async def is_back() -> bool:
        return await exists(me, "PAUSE", "ALL")

    await until(is_back)
    assert me.phone.answers() == []
    await me.post("/api/switch/release")
    await me.t.get(BigSwitch).mirror()
    assert not await exists(me, "PAUSE", "ALL")


@pytest.mark.slow
async def test_the_big_switch_stops_while_redis_is_away_and_then_redis_hears_of_it(
    environment: pytest.MonkeyPatch, start: Start, redis_url: str
) -> None:
    environment.setenv("REDIS_URL", "redis://127.0.0.1:9")
    async with start(services=False) as me:
        await me.post("/api/switch/stop")
        assert (await me.get("/api/switch"))["stopped"] is True
        answer = await me.client.post("/api/switch/release", json={})
        assert answer.status_code == 503
        assert (await me.get("/api/switch"))["stopped"] is True
    environment.setenv("REDIS_URL", redis_url)
    async with start() as me:

        async def is_told() -> bool:
            return await exists(me, "PAUSE", "ALL")

        await until(is_told)


@pytest.mark.req("SM-12")
async def test_a_pause_in_the_past_is_none_and_the_one_of_all_comes_first(me: Me) -> None:
    cam = await me.enabled(CAM)
    client: Any = me.redis.state
    await client.set(me.redis.key("PAUSE", cam), "1704931200000")
    await me.write(CAM, "long over")
    await me.come_to("ANSWERED", "long over")
    await client.set(me.redis.key("PAUSE", "ALL"), "1704931200000")
    await me.write(CAM, "all of them")
    await me.come_to("PAUSED", "all of them")
    assert (await me.messages())["all of them"]["reason"] == "all"


@pytest.mark.req("SM-11", "SM-27")
async def test_what_the_user_writes_is_never_answered_and_keeps_the_bot_out(me: Me) -> None:
    ada = await me.enabled(ADA)
    await me.enabled(BEN)
    echo = incoming("+15550100000", "I am here myself") | {"to": ADA.removeprefix("+")}
    payload = told(me.phone.id, {"message_echoes": [echo]}, "smb_message_echoes")
    async with hearing(me, "events:pause") as heard:
        await me.hook(payload)
        await me.come_to("FROM_ME", "I am here myself")
        await me.hook(payload)
        await me.write(ADA, "good to hear")
        await me.write(BEN, "and me")
        await me.come_to("PAUSED", "good to hear")
        await me.come_to("ANSWERED", "and me")
    [event] = heard
    assert (event["contactId"], event["action"], event["reason"]) == (ada, "pause", "manual")
    now = (await me.get("/api/state"))["time"]
    assert 3_500_000 < event["expiresAt"] - now <= 3_600_000
    assert (await me.messages())["good to hear"]["reason"] == "manual"
    assert me.phone.answers(ADA) == []


@pytest.mark.req("SM-27")
async def test_what_the_user_writes_keeps_the_bot_out_also_while_no_worker_is_there(
    start: Start,
) -> None:
    async with start(role=Role.WEB) as me:
        ada = await me.add(ADA)
        echo = incoming("+15550100000", "mine", age=600) | {"to": ADA.removeprefix("+")}
        await me.hook(told(me.phone.id, {"message_echoes": [echo]}, "smb_message_echoes"))
        [contact] = await me.get("/api/contacts")
        now = (await me.get("/api/state"))["time"]
    assert (contact["id"], contact["pauseReason"]) == (ada, "manual")
    assert 2_900_000 < contact["pausedUntil"] - now <= 3_000_000
