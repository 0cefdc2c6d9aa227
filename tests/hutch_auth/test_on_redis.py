"""Sessions and tries on a real server, shared by processes, and while it is stuck."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from tests.deadlines import within
from tests.hutch_auth.apps import (
    HERE,
    LOGIN,
    OPERATOR,
    PASSWORD,
    app_with,
    bearer,
    log_in,
    settings,
)
from tests.stuck_redis import WAYS, stuck_redis

from hutch import bind
from hutch.testing import Testing, testing
from hutch_auth import AuthSettings, Users, auth_module
from hutch_database import DatabaseSettings
from hutch_ratelimit import RateLimitSettings
from hutch_redis import RedisSettings
from hutch_redis.testing import temporary_server
from hutch_session import SessionSettings

SESSION = "session"


@asynccontextmanager
async def process(
    database: DatabaseSettings, redis_url: str, prefix: str = "app:"
) -> AsyncIterator[Testing]:
    """Start what one process of the app would be."""
    overrides = (
        bind(AuthSettings).value(settings()),
        bind(DatabaseSettings).value(database),
        bind(RedisSettings).value(
            RedisSettings.model_validate({"url": redis_url, "prefix": prefix})
        ),
        bind(RateLimitSettings).value(RateLimitSettings(backend="redis")),
        # Tests have a vault key for each app, so another one could not read it.
        bind(SessionSettings).value(SessionSettings(backend="redis", encrypted=False)),
    )
    async with testing(app_with(auth_module()), *overrides) as t:
        yield t


async def enter(t: Testing, password: str = PASSWORD) -> int:
    form = {"name": "ada", "password": password}
    return (await t.client.post(LOGIN, data=form, headers=HERE)).status_code


@pytest.mark.req("R24-57", "R24-59")
async def test_processes_agree_on_logins_tokens_and_tries(
    database_settings: DatabaseSettings, redis_url: str, redis_prefix: str
) -> None:
    async with (
        process(database_settings, redis_url, redis_prefix) as one,
        process(database_settings, redis_url, redis_prefix) as other,
    ):
        users = one.get(Users)
        ada = await users.add("ada", PASSWORD, ["operator"])
        issued = await users.issue(ada.id, "script")
        assert await enter(one) == 303
        other.client.cookies.set(SESSION, one.client.cookies[SESSION])
        assert (await other.client.get("/things/secret")).status_code == 200
        assert (await other.client.get("/me/", headers=bearer(issued.text))).status_code == 200
        await users.revoke(issued.info.id)
        assert (await other.client.get("/me/", headers=bearer(issued.text))).status_code == 401
        await other.get(Users).set_password(ada.id, "staple correct horse")
        assert (await one.client.get("/me/")).status_code == 401
        tries = [await enter(t, "wrong horse battery") for t in (one, other) * 3]
        assert tries == [401] * 5 + [429]
        assert (await other.client.get("/me/", headers=bearer(OPERATOR))).status_code == 429


@pytest.mark.parametrize("way", WAYS)
async def test_while_redis_is_stuck_tokens_work_and_sessions_are_refused_soon(
    database_settings: DatabaseSettings, way: str
) -> None:
    async with (
        temporary_server() as server,
        stuck_redis(server, way) as redis,
        process(database_settings, redis.url) as t,
    ):
        users, entered = t.get(Users), 0

        async def enter_by_token() -> None:
            nonlocal entered
            entered += 1
            await log_in(t)

        ada = await users.add("ada", PASSWORD, ["operator"])
        token = (await users.issue(ada.id, "script")).text
        assert await enter(t) == 303
        with redis.stuck():
            answer = await within(0.25, partial(t.client.get, "/me/"))
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            for known in (token, OPERATOR):
                answer = await within(0.25, partial(t.client.get, "/me/", headers=bearer(known)))
                assert answer.status_code == 200
            await within(0.25, enter_by_token)
            answer = await within(0.25, partial(t.client.get, "/me/"))
            assert answer.json()["name"] == "operator"
            for _ in range(5 - entered):
                answer = await t.client.post(LOGIN, data={"token": "wrong"}, headers=HERE)
                assert answer.status_code == 401
            answer = await t.client.post(LOGIN, data={"token": OPERATOR}, headers=HERE)
            assert answer.status_code == 429
            assert (await t.client.get("/me/", headers=bearer(OPERATOR))).status_code == 429
            assert (await users.set_password(ada.id, "staple correct horse")).id == ada.id


async def test_wrong_bearer_tokens_are_counted_by_all_processes(
    database_settings: DatabaseSettings, redis_url: str, redis_prefix: str
) -> None:
    async with (
        process(database_settings, redis_url, redis_prefix) as one,
        process(database_settings, redis_url, redis_prefix) as other,
    ):
        answers = [await t.client.get("/me/", headers=bearer("wrong")) for t in (one, other) * 3]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        assert (await one.client.get("/me/", headers=bearer(OPERATOR))).status_code == 429
