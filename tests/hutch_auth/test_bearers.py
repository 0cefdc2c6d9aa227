"""Guessing tokens of the settings in a header is as slow as on the login page."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.hutch_auth.apps import HERE, LOGIN, OPERATOR, PASSWORD, app, app_with, bearer, settings
from tests.hutch_auth.conftest import Clock

from hutch import bind
from hutch.discovery import Discovery
from hutch.testing import Testing, testing
from hutch_auth import AuthSettings, Users, auth_module
from hutch_database import DatabaseSettings
from hutch_ratelimit import MemoryLimiter, RateLimiter

UNKNOWN = f"hutch_{'0' * 16}_{'x' * 43}"


@pytest.fixture
async def accounts(database_settings: DatabaseSettings, clock: Clock) -> AsyncIterator[Testing]:
    """The app with accounts."""
    overrides = (
        bind(AuthSettings).value(settings()),
        bind(DatabaseSettings).value(database_settings),
        bind(RateLimiter).value(MemoryLimiter(clock=clock)),
    )
    async with testing(app_with(auth_module()), *overrides) as started:
        yield started


@pytest.fixture(params=["t", "accounts"])
def either(request: pytest.FixtureRequest) -> Testing:
    """The app with tokens alone, and the one with accounts."""
    started: Testing = request.getfixturevalue(request.param)
    return started


async def status(t: Testing, token: str) -> int:
    return (await t.client.get("/things/", headers=bearer(token))).status_code


async def test_the_sixth_wrong_bearer_token_in_a_minute_waits(
    either: Testing, clock: Clock
) -> None:
    t = either
    assert [await status(t, f"wrong {n}") for n in range(7)] == [401] * 5 + [429] * 2
    answer = await t.client.get("/things/", headers=bearer(OPERATOR))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert answer.json()["detail"] == "Too many wrong tries. Try again in 60 seconds."
    page = await t.client.post(LOGIN, data={"token": OPERATOR}, headers=HERE)
    assert page.status_code == 429
    clock.advance(61)
    assert await status(t, OPERATOR) == 200


async def test_a_right_bearer_token_pays_nothing(either: Testing) -> None:
    t = either
    assert [await status(t, OPERATOR) for _ in range(12)] == [200] * 12
    at_once = await asyncio.gather(*(status(t, OPERATOR) for _ in range(12)))
    assert at_once == [200] * 12
    assert [await status(t, "wrong") for _ in range(6)] == [401] * 5 + [429]


async def test_many_bearer_tokens_at_once_are_not_judged_for_free(t: Testing) -> None:
    guesses = [f"wrong {n}" for n in range(50)] + [OPERATOR]
    statuses = await asyncio.gather(*(status(t, guess) for guess in guesses))
    assert sorted(statuses) == [401] * 5 + [429] * 46


async def test_wrong_bearer_tokens_are_in_the_figures(t: Testing) -> None:
    for token in (OPERATOR, *("wrong",) * 6, OPERATOR):
        await status(t, token)
    found = {
        dict(reading.labels)["outcome"]: reading.value
        for reading, _ in await t.app.get(Discovery).metrics()
        if reading.name == "hutch_auth_logins_total"
    }
    assert found == {"right": 0, "wrong": 5, "refused": 2}


async def test_api_tokens_cannot_be_guessed_and_need_no_limit(accounts: Testing) -> None:
    users = accounts.get(Users)
    ada = await users.add("ada", PASSWORD, ["viewer"])
    token = (await users.issue(ada.id, "script")).text
    assert {await status(accounts, UNKNOWN) for _ in range(7)} == {401}
    assert await status(accounts, OPERATOR) == 200
    for _ in range(6):
        await status(accounts, "wrong")
    assert await status(accounts, OPERATOR) == 429
    assert await status(accounts, token) == 200
    assert await status(accounts, UNKNOWN) == 401


async def test_where_no_token_is_set_none_is_guessed() -> None:
    nobody = settings(operator_token=None, viewer_token=None)
    async with testing(app, bind(AuthSettings).value(nobody)) as t:
        assert {await status(t, "wrong") for _ in range(7)} == {401}
