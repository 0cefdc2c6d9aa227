"""The scripts on a real server: literal keys and values, repairs, what others write, races."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from tests.hutch_pause.labs import RedisLab

from hutch_pause.lab import milliseconds
from hutch_pause.on_redis import RedisSwitch
from hutch_ratelimit import fixed_window
from hutch_redis import Redis

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
TEN = fixed_window(10, MINUTE)


async def keys_of(redis: Redis) -> list[str]:
    client: Any = redis.state
    names = [key.decode() async for key in client.scan_iter(match=redis.keys.prefix + "*")]
    return sorted(name.removeprefix(redis.keys.prefix) for name in names)


async def write(client: Any, key: str, value: str | dict[str, int]) -> None:
    """Write what another program may have."""
    await client.delete(key)
    await (client.set(key, value) if isinstance(value, str) else client.hset(key, mapping=value))


@pytest.mark.req("SM-03", "SM-04", "SM-06", "C-54")
async def test_keys_and_values_are_as_documented(redis_lab: RedisLab) -> None:
    redis, switch = redis_lab.redis, redis_lab.switch
    await switch.gate("c9", TEN)
    await switch.pause("c9")
    await switch.pause("c7", duration=MINUTE)
    await switch.pause_all()
    assert await keys_of(redis) == [
        "COUNTER:c9:msgs", "PAUSE:ALL", "PAUSE:c7", "PAUSE:c9", "pauses:ends"
    ]  # fmt: skip
    client, key = redis.state, redis.key
    assert await client.get(key("PAUSE", "ALL")) == str(milliseconds(redis_lab.now())).encode()
    assert await client.ttl(key("PAUSE", "ALL")) == -1
    end = milliseconds(redis_lab.now() + HOUR)
    assert await client.get(key("PAUSE", "c9")) == str(end).encode()
    assert 3590 < await client.ttl(key("PAUSE", "c9")) <= 3600
    assert 50 < await client.ttl(key("PAUSE", "c7")) <= 60
    assert await client.get(key("COUNTER", "c9", "msgs")) == b"1"
    assert 50 < await client.ttl(key("COUNTER", "c9", "msgs")) <= 60


@pytest.mark.req("SM-15", "C-12")
async def test_a_counter_has_an_end_from_its_first_message_on(redis_lab: RedisLab) -> None:
    counter = redis_lab.redis.key("COUNTER", "c1", "msgs")
    for count in (b"1", b"2"):
        assert (await redis_lab.switch.gate("c1", TEN)).allowed
        assert await redis_lab.redis.state.get(counter) == count
        assert 50 < await redis_lab.redis.state.ttl(counter) <= 60


@pytest.mark.req("SM-15", "C-12")
async def test_a_counter_without_an_end_gets_one(redis_lab: RedisLab) -> None:
    counter = redis_lab.redis.key("COUNTER", "c1", "msgs")
    await redis_lab.redis.state.set(counter, 9)
    assert (await redis_lab.switch.gate("c1", TEN)).allowed
    assert 50 < await redis_lab.redis.state.ttl(counter) <= 60


@pytest.mark.req("SM-12")
async def test_a_value_in_the_past_is_no_pause(redis_lab: RedisLab) -> None:
    key = redis_lab.redis.key("PAUSE", "c1")
    await redis_lab.redis.state.set(key, milliseconds(redis_lab.now()) - 1)
    assert await redis_lab.switch.still_allowed("c1")
    assert (await redis_lab.switch.gate("c1", TEN)).allowed
    await redis_lab.redis.state.set(key, milliseconds(redis_lab.now()) + 1)
    assert not await redis_lab.switch.still_allowed("c1")


@pytest.mark.req("C-54")
async def test_what_nobody_can_read_counts_as_paused(redis_lab: RedisLab) -> None:
    await redis_lab.redis.state.set(redis_lab.redis.key("PAUSE", "c1"), "true")
    state = await redis_lab.switch.state("c1")
    assert (state.kind, state.until) == ("paused", None)
    assert not (await redis_lab.switch.gate("c1", TEN)).allowed
    kept = await redis_lab.switch.pause("c1", duration=MINUTE, only_extend=True)
    assert kept.until is None
    assert await redis_lab.switch.resume("c1")
    for since in ("1", "0", "-1e300"):
        await redis_lab.redis.state.set(redis_lab.redis.key("PAUSE", "ALL"), since)
        assert (await redis_lab.switch.state("c1")).kind == "all"
        assert [state.kind for state in await redis_lab.switch.list()] == ["all"]


@pytest.mark.req("C-54")
@pytest.mark.parametrize("value", ["nan", "inf", "1e300", "1795280000000000", {"x": 1}])
async def test_whatever_another_program_wrote_is_a_pause_without_an_end(
    redis_lab: RedisLab, value: str | dict[str, int]
) -> None:
    switch, client = redis_lab.switch, redis_lab.redis.state
    for last in ("c1", "ALL"):
        await write(client, redis_lab.redis.key("PAUSE", last), value)
        state = await switch.state("c1")
        assert (state.allowed, state.until, state.since) == (False, None, None)
        assert not (await switch.gate("c1", TEN)).allowed
    assert [state.kind for state in await switch.list()] == ["all"]
    assert (await switch.overview()).all_since is not None
    assert (await switch.pause_all()).since is not None
    assert await switch.resume_all()
    assert (await switch.pause("c1", only_extend=True)).until is None
    assert (await switch.pause("c1", duration=MINUTE)).until == redis_lab.now() + MINUTE
    await write(client, redis_lab.redis.key("PAUSE", "c1"), value)
    assert await switch.resume("c1")
    assert await switch.still_allowed("c1")


@pytest.mark.req("SM-18", "C-54")
@pytest.mark.parametrize("value", ["yes", {"x": 1}])
async def test_a_pause_that_nobody_can_read_is_not_told_to_be_over_and_stops_no_other(
    redis_lab: RedisLab, value: str | dict[str, int]
) -> None:
    switch, client, key = redis_lab.switch, redis_lab.redis.state, redis_lab.redis.key
    for subject in ("c1", "c2", "c3"):
        await switch.pause(subject, duration=MINUTE)
    await write(client, key("PAUSE", "c1"), value)
    await write(client, key("PAUSE", "c2"), value)
    await client.pexpire(key("PAUSE", "c2"), 90_000)
    await redis_lab.events()
    await redis_lab.move(MINUTE)
    after = await switch.announce()
    assert after is not None
    assert 29 < after <= 30  # c2's key ends then
    assert [event.subject for event in await redis_lab.events()] == ["c3"]
    assert (await switch.state("c1")).kind == "paused"
    await redis_lab.move(MINUTE)
    assert await switch.announce() == 60  # nobody knows when c1's will end: it is looked at again
    assert [event.subject for event in await redis_lab.events()] == ["c2"]
    await client.delete(key("PAUSE", "c1"))
    await redis_lab.move(MINUTE)
    assert await switch.announce() is None
    [event] = await redis_lab.events()
    assert (event.subject, event.action, event.reason) == ("c1", "resume", "expired")


@pytest.mark.req("SM-18")
async def test_a_pause_that_another_system_prolonged_is_not_told_to_be_over_by_the_next(
    redis_lab: RedisLab,
) -> None:
    await redis_lab.switch.pause("c1", duration=MINUTE)
    end = milliseconds(redis_lab.now() + 2 * MINUTE)
    await redis_lab.redis.state.set(redis_lab.redis.key("PAUSE", "c1"), end, px=120_000)
    await redis_lab.move(MINUTE)
    await redis_lab.switch.pause("c1", duration=HOUR)
    assert [event.action for event in await redis_lab.events()] == ["pause", "pause"]


@pytest.mark.req("SM-16", "C-58")
async def test_an_automatic_pause_does_not_shorten_what_another_system_wrote(
    redis_lab: RedisLab,
) -> None:
    end = milliseconds(redis_lab.now() + 24 * HOUR)
    await redis_lab.redis.state.set(redis_lab.redis.key("PAUSE", "c1"), end)
    kept = await redis_lab.switch.pause("c1", duration=HOUR, only_extend=True)
    assert milliseconds(kept.until) == end


@pytest.mark.req("SM-18")
async def test_a_pause_that_another_system_prolonged_is_told_when_it_ends(
    redis_lab: RedisLab,
) -> None:
    await redis_lab.switch.pause("c1", duration=MINUTE)
    end = milliseconds(redis_lab.now() + 2 * MINUTE)
    await redis_lab.redis.state.set(redis_lab.redis.key("PAUSE", "c1"), end, px=120_000)
    await redis_lab.events()
    await redis_lab.move(MINUTE)
    assert await redis_lab.switch.announce() == 60
    assert await redis_lab.events() == []
    await redis_lab.move(MINUTE)
    assert await redis_lab.switch.announce() is None
    [event] = await redis_lab.events()
    assert (event.action, event.expires_at) == ("resume", end)


@pytest.mark.req("SM-17")
async def test_events_are_json_as_documented(redis_lab: RedisLab) -> None:
    await redis_lab.switch.pause('ö"1', duration=MINUTE)
    await redis_lab.switch.pause_all(reason="fire")
    found = [json.loads((await redis_lab.pubsub.get_message(timeout=1))["data"]) for _ in range(2)]
    end = milliseconds(redis_lab.now() + MINUTE)
    assert found == [
        {"contactId": 'ö"1', "action": "pause", "expiresAt": end},
        {"contactId": "ALL", "action": "pause", "expiresAt": None, "reason": "fire"},
    ]


@pytest.mark.req("SM-14", "SM-16", "C-58")
@pytest.mark.parametrize(
    "rounds", [pytest.param(3, id="quick"), pytest.param(50, id="all", marks=pytest.mark.slow)]
)
async def test_races_pause_once_and_tell_once(redis_lab: RedisLab, rounds: int) -> None:
    switches = [RedisSwitch(redis_lab.redis, redis_lab.settings) for _ in range(4)]
    for number in range(rounds):
        calls = [switches[n % 4].gate(f"c{number}", TEN) for n in range(100)]
        gates = await asyncio.gather(*calls)
        assert sum(gate.allowed for gate in gates) == 10
        assert sum(gate.tripped for gate in gates) == 1
        assert len(await redis_lab.events()) == 1
