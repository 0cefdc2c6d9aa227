"""A login has the life that the app chose, whatever session the visitor came with."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from tests.hutch_session.shop import cookie

from hutch import Inject, Module, bind
from hutch.http import controller, get, post
from hutch.testing import Testing, testing
from hutch_redis import RedisSettings
from hutch_session import (
    CurrentSession,
    SessionProfile,
    Sessions,
    SessionSettings,
    session_module,
)

CART = SessionProfile("cart", lifetime=timedelta(days=365), encrypted=False)
BANK = SessionProfile("bank", lifetime=timedelta(minutes=15))


@controller("/")
class Bank:
    @post("/cart/{article}")
    async def cart(self, article: str, current: Inject[CurrentSession]) -> None:
        (await current.open("cart")).data[article] = 1

    @post("/login/{user}/{profile}")
    async def login(self, user: str, profile: str, current: Inject[CurrentSession]) -> None:
        session = await current.get()
        if session is not None:
            session.data["unsaved"] = True
        await current.log_in(user, profile=profile)

    @get("/me")
    async def me(self, current: Inject[CurrentSession]) -> dict[str, Any]:
        session = await current.get()
        return {"user": session and session.user}


bank = Module("bank", imports=[session_module(CART, BANK)], controllers=[Bank], exports=[Sessions])


@pytest.fixture(params=["memory", "redis"])
async def t(
    request: pytest.FixtureRequest, redis_settings: RedisSettings
) -> AsyncIterator[Testing]:
    backend = bind(SessionSettings).value(SessionSettings(backend=request.param))
    async with testing(bank, backend, bind(RedisSettings).value(redis_settings)) as started:
        yield started


async def send(t: Testing, path: str, id: str = "") -> str:
    """Return the id that the response sets."""
    t.client.cookies.clear()
    return cookie(await t.client.post(path, headers={"cookie": f"session={id}"} if id else {}))


async def test_a_visitors_session_does_not_say_how_long_a_login_lives(t: Testing) -> None:
    anonymous = await send(t, "/cart/apple")
    id = await send(t, "/login/7/bank", anonymous)
    sessions = t.get(Sessions)
    session = await sessions.load(id)
    assert session is not None
    assert (session.user, session.profile) == ("7", "bank")
    assert session.data == {"apple": 1, "unsaved": True}
    assert session.expires - session.created == timedelta(minutes=15)
    assert await sessions.load(anonymous) is None
    assert [info.handle for info in await sessions.of("7")] == [session.handle]


async def test_a_second_login_with_another_life_takes_the_place_of_the_first(t: Testing) -> None:
    first = await send(t, "/login/7/cart")
    second = await send(t, "/login/7/bank", first)
    sessions = t.get(Sessions)
    session = await sessions.load(second)
    assert session is not None
    assert (session.profile, session.data) == ("bank", {"unsaved": True})
    assert await sessions.load(first) is None


async def test_another_account_gets_nothing_whatever_the_profile(t: Testing) -> None:
    first = await send(t, "/login/7/cart")
    await send(t, "/login/7/cart", first)
    second = await send(t, "/login/8/bank", first)
    session = await t.get(Sessions).load(second)
    assert session is not None
    assert (session.user, session.data) == ("8", {})
