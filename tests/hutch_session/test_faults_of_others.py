"""What went wrong in another session library, over HTTP: ours does not do it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.hutch_session.shop import Gate, cookie, shop

from hutch import bind
from hutch.testing import Testing, testing
from hutch_redis import Redis, RedisSettings
from hutch_session import Sessions, SessionSettings


@pytest.fixture(params=["memory", "redis"])
async def t(
    request: pytest.FixtureRequest, redis_settings: RedisSettings
) -> AsyncIterator[Testing]:
    backend = bind(SessionSettings).value(SessionSettings(backend=request.param))
    async with testing(shop, backend, bind(RedisSettings).value(redis_settings)) as started:
        yield started


async def post(t: Testing, path: str, id: str = "") -> Any:
    t.client.cookies.clear()
    return await t.client.post(path, headers={"cookie": f"session={id}"} if id else {})


async def test_an_attackers_session_id_is_not_taken_over_at_login(t: Testing) -> None:
    planted = "A" * 43
    response = await post(t, "/login/u1", planted)
    assert response.status_code == 204
    assert cookie(response) not in ("", planted)
    assert await t.get(Sessions).load(planted) is None


async def test_a_session_that_the_attacker_began_does_not_become_the_victims(t: Testing) -> None:
    planted = cookie(await post(t, "/cart/apple"))
    response = await post(t, "/login/u1", planted)
    assert cookie(response) != planted
    t.client.cookies.clear()
    seen = await t.client.get("/me", headers={"cookie": f"session={planted}"})
    assert seen.json()["user"] is None


@pytest.mark.parametrize("rounds", [3, pytest.param(50, marks=pytest.mark.slow)])
async def test_a_request_in_flight_does_not_undo_a_logout(t: Testing, rounds: int) -> None:
    gate = t.get(Gate)
    for _ in range(rounds):
        gate.close()
        id = cookie(await post(t, "/login/u1"))
        in_flight = asyncio.create_task(post(t, "/slow/apple", id))
        await gate.reached.wait()
        await post(t, "/logout", id)
        gate.open.set()
        response = await in_flight
        assert response.status_code == 204
        assert "set-cookie" not in response.headers
        assert await t.get(Sessions).load(id) is None
        assert await t.get(Sessions).of("u1") == []


async def test_two_requests_at_once_lose_no_update(t: Testing) -> None:
    gate = t.get(Gate)
    gate.close()
    id = cookie(await post(t, "/login/u1"))
    in_flight = asyncio.create_task(post(t, "/slow/apple", id))
    await gate.reached.wait()
    await post(t, "/cart/pear", id)
    gate.open.set()
    assert (await in_flight).status_code == 204
    session = await t.get(Sessions).load(id)
    assert session is not None
    assert session.data == {"apple": 1, "pear": 1}


async def test_a_lost_update_is_a_conflict_that_the_client_sees(t: Testing) -> None:
    gate = t.get(Gate)
    gate.close()
    id = cookie(await post(t, "/cart/apple"))
    in_flight = asyncio.create_task(post(t, "/slow/apple", id))
    await gate.reached.wait()
    await post(t, "/cart/apple", id)
    await post(t, "/cart/apple", id)
    gate.open.set()
    response = await in_flight
    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    session = await t.get(Sessions).load(id)
    assert session is not None
    assert session.data == {"apple": 3}


async def test_five_reads_are_not_five_writes(t: Testing, redis: Redis) -> None:
    id = cookie(await post(t, "/cart/apple"))
    session = await t.get(Sessions).load(id)
    assert session is not None
    for _ in range(5):
        response = await t.client.get("/me", headers={"cookie": f"session={id}"})
        assert response.json()["data"] == {"apple": 1}
        assert "set-cookie" not in response.headers
    after = await t.get(Sessions).load(id)
    assert after is not None
    assert after.version == session.version
