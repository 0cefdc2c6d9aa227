"""A new password or a disabled account ends logins, for everybody who looks at the session."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.hutch_auth.apps import HERE, LOGIN, PASSWORD, app_with, settings

from hutch import bind
from hutch.testing import Testing, testing
from hutch_auth import AuthSettings, User, Users, auth_module
from hutch_database import DatabaseSettings
from hutch_redis import RedisSettings
from hutch_session import Session, Sessions, SessionSettings, SessionsUnavailable

SESSION = "session"
Change = Callable[[Users, User], Awaitable[User]]


async def password(users: Users, user: User) -> User:
    return await users.set_password(user.id, "staple correct horse")


async def disable(users: Users, user: User) -> User:
    return await users.disable(user.id)


async def disable_for_a_moment(users: Users, user: User) -> User:
    await users.disable(user.id)
    return await users.disable(user.id, disabled=False)


changes = pytest.mark.parametrize("change", [password, disable, disable_for_a_moment])


@pytest.fixture(params=["memory", "redis"])
async def t(
    request: pytest.FixtureRequest,
    database_settings: DatabaseSettings,
    redis_url: str,
    redis_prefix: str,
) -> AsyncIterator[Testing]:
    """The app with accounts, on each backend of the sessions."""
    redis = RedisSettings.model_validate({"url": redis_url, "prefix": redis_prefix})
    overrides = (
        bind(AuthSettings).value(settings()),
        bind(DatabaseSettings).value(database_settings),
        bind(RedisSettings).value(redis),
        bind(SessionSettings).value(SessionSettings(backend=request.param)),
    )
    async with testing(app_with(auth_module()), *overrides) as started:
        yield started


@pytest.fixture
async def ada(t: Testing) -> User:
    return await t.get(Users).add("ada", PASSWORD, ["operator"])


async def enter(t: Testing) -> Session:
    """Log in; return the session."""
    form = {"name": "ada", "password": PASSWORD}
    assert (await t.client.post(LOGIN, data=form, headers=HERE)).status_code == 303
    found = await t.get(Sessions).load(t.client.cookies[SESSION])
    assert found is not None
    return found


async def whoami(t: Testing) -> str | None:
    answer = await t.client.get("/me/")
    return answer.json()["name"] if answer.status_code == 200 else None


@changes
async def test_sessions_end_also_for_who_reads_them(t: Testing, ada: User, change: Change) -> None:
    session = await enter(t)
    sessions = t.get(Sessions)
    assert [info.handle for info in await sessions.of(ada.id)] == [session.handle]
    await change(t.get(Users), ada)
    assert await sessions.of(ada.id) == []
    assert await sessions.load(session.id) is None


async def unavailable(user: str) -> None:
    raise SessionsUnavailable("sessions: no answer")


@changes
async def test_what_an_app_writes_into_a_session_brings_no_login_back(
    t: Testing, ada: User, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await enter(t)
    assert await whoami(t) == "ada"
    sessions = t.get(Sessions)
    with monkeypatch.context() as patched, capture_logs() as logs:
        patched.setattr(sessions, "end_all", unavailable)
        changed = await change(t.get(Users), ada)
    assert {"user": ada.id, "event": "sessions could not be ended", "log_level": "warning"} in logs
    generation: Any = changed.generation
    for name in ("auth.generation", "generation", "stamp"):
        session.data[name] = generation
        session = await sessions.save(session)
        assert await sessions.load(session.id) is not None
    assert await whoami(t) is None
    assert await sessions.load(session.id) is None


async def test_nothing_of_the_account_is_in_the_apps_data(t: Testing, ada: User) -> None:
    assert (await enter(t)).data == {}


async def test_other_roles_end_no_session(t: Testing, ada: User) -> None:
    await enter(t)
    await t.get(Users).set_roles(ada.id, ["viewer"])
    assert await whoami(t) == "ada"
