"""Users with accounts: their sessions, API tokens and what ends them."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from tests.hutch_auth.apps import (
    ELSEWHERE,
    HERE,
    LOGIN,
    OPERATOR,
    PASSWORD,
    Things,
    app_with,
    bearer,
    log_in,
    settings,
)
from tests.hutch_auth.conftest import Clock

from hutch import bind
from hutch.testing import Testing, testing
from hutch_auth import Auth, AuthSettings, CurrentUser, User, Users, auth_module
from hutch_auth.cookie import COOKIE
from hutch_database import Database, DatabaseSettings, database_module
from hutch_ratelimit import MemoryLimiter, RateLimiter
from hutch_session import Sessions, SessionsUnavailable

SESSION = "session"


@pytest.fixture
async def t(database_settings: DatabaseSettings, clock: Clock) -> AsyncIterator[Testing]:
    """The app with accounts."""
    Things.changes = 0
    overrides = (
        bind(AuthSettings).value(settings()),
        bind(DatabaseSettings).value(database_settings),
        bind(RateLimiter).value(MemoryLimiter(clock=clock)),
    )
    async with testing(app_with(auth_module()), *overrides) as started:
        yield started


@pytest.fixture
async def ada(t: Testing) -> User:
    return await t.get(Users).add("ada", PASSWORD, ["operator"])


async def enter(t: Testing, name: str = "ada", password: str = PASSWORD, **more: str) -> int:
    """Send the login form; return the status."""
    form = {"name": name, "password": password, **more}
    answer = await t.client.post(LOGIN, data=form, headers=HERE)
    return answer.status_code


async def whoami(t: Testing) -> str | None:
    answer = await t.client.get("/me/")
    return answer.json()["name"] if answer.status_code == 200 else None


async def test_a_user_logs_in_and_out(t: Testing, ada: User) -> None:
    assert await enter(t, "ADA") == 303
    answer = await t.client.get("/me/")
    assert answer.json() == {"name": "ada", "roles": ["operator"], "id": ada.id}
    assert (await t.client.post("/things/", headers=HERE)).status_code == 204
    cookie = t.client.cookies[SESSION]
    assert (await t.client.post("/account/logout", headers=HERE)).headers["location"] == LOGIN
    assert await whoami(t) is None
    t.client.cookies.set(SESSION, cookie)
    assert await whoami(t) is None


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ada", "wrong horse battery"),
        ("bea", PASSWORD),
        ("", PASSWORD),
        ("ada", ""),
        ("", ""),
        ("x" * 3000, PASSWORD),
        ("💥", PASSWORD),
        ("ada\nroot", PASSWORD),
        ("ada\0", PASSWORD),
        ("ada' OR '1'='1", PASSWORD),
        ("ada", "x" * 3000),
    ],
)
async def test_what_is_wrong_is_not_told(t: Testing, ada: User, name: str, password: str) -> None:
    form = {"name": name, "password": password}
    answer = await t.client.post(LOGIN, data=form, headers=HERE)
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert "set-cookie" not in answer.headers
    if password:
        assert password not in answer.text


async def test_a_megabyte_of_password_is_not_even_read(t: Testing, ada: User) -> None:
    for name, password in (("ada", "x" * 1_000_000), ("x" * 10_240, PASSWORD)):
        assert await enter(t, name, password) == 413


@pytest.mark.req("X-16")
@pytest.mark.parametrize("headers", [ELSEWHERE, {"sec-fetch-site": "cross-site"}, {}])
async def test_a_forged_login_logs_nobody_in(
    t: Testing, ada: User, headers: dict[str, str]
) -> None:
    form = {"name": "ada", "password": PASSWORD}
    answer = await t.client.post(LOGIN, data=form, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.req("X-16")
async def test_a_forged_request_with_a_session_changes_nothing(t: Testing, ada: User) -> None:
    assert await enter(t) == 303
    for headers in (ELSEWHERE, {"sec-fetch-site": "cross-site"}, {}):
        assert (await t.client.post("/things/", headers=headers)).status_code == 403
    assert Things.changes == 0


async def test_a_session_made_up_by_an_attacker_is_nobodys(t: Testing, ada: User) -> None:
    for made_up in ("x" * 43, "", "a.b.c", "%00"):
        t.client.cookies.set(SESSION, made_up)
        assert await whoami(t) is None
    fixed = "f" * 43
    t.client.cookies.set(SESSION, fixed)
    assert await enter(t) == 303
    found = {cookie.value for cookie in t.client.cookies.jar}
    assert found - {fixed}
    t.client.cookies.clear()
    t.client.cookies.set(SESSION, fixed)
    assert await whoami(t) is None


async def test_a_login_has_a_new_session_id(t: Testing, ada: User) -> None:
    assert await enter(t) == 303
    first = t.client.cookies[SESSION]
    assert await enter(t) == 303
    assert t.client.cookies[SESSION] != first


async def test_another_user_gets_nothing_of_the_one_before(t: Testing, ada: User) -> None:
    await t.get(Users).add("bea", PASSWORD, ["viewer"])
    assert await enter(t) == 303
    before = t.client.cookies[SESSION]
    assert await enter(t, "bea") == 303
    assert await whoami(t) == "bea"
    t.client.cookies.clear()
    t.client.cookies.set(SESSION, before)
    assert await whoami(t) is None


async def test_who_wants_to_stay_logged_in_does(t: Testing, ada: User) -> None:
    form = {"name": "ada", "password": PASSWORD}
    for more, days, kept in (({}, 7, False), ({"remember": "on"}, 30, True)):
        answer = await t.client.post(LOGIN, data={**form, **more}, headers=HERE)
        found = re.search(r"Max-Age=(\d+)", answer.headers["set-cookie"])
        assert bool(found) is kept
        assert found is None or round(int(found[1]) / 86400) == days
        assert "Expires" not in answer.headers["set-cookie"]
        session = await t.get(Sessions).load(t.client.cookies[SESSION])
        assert session is not None
        assert (session.expires - session.created).days == days


async def test_an_app_has_a_login_of_its_own(t: Testing, ada: User) -> None:
    sent = {"name": "ada", "password": PASSWORD}
    assert (await t.client.post("/session/", data=sent)).status_code == 415  # what a form can send
    answer = await t.client.post("/session/", json={**sent, "password": "wrong horse battery"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["detail"] == "Name or password is wrong."
    assert (await t.client.post("/session/", json=sent)).json() == f"user {ada.id}"
    assert await whoami(t) == "ada"
    assert (await t.client.delete("/session/")).status_code == 204
    assert await whoami(t) is None


@pytest.mark.req("R24-59")
async def test_a_changed_password_ends_every_session(t: Testing, ada: User) -> None:
    cookies = list[str]()
    for _ in range(2):
        t.client.cookies.clear()
        assert await enter(t) == 303
        cookies.append(t.client.cookies[SESSION])
    await t.get(Users).set_password(ada.id, "staple correct horse")
    for cookie in cookies:
        t.client.cookies.clear()
        t.client.cookies.set(SESSION, cookie)
        assert await whoami(t) is None
    t.client.cookies.clear()
    assert await enter(t) == 401
    assert await enter(t, password="staple correct horse") == 303
    assert await whoami(t) == "ada"


@pytest.mark.req("R24-59")
async def test_one_device_or_all_are_logged_out(t: Testing, ada: User) -> None:
    cookies = list[str]()
    for _ in range(3):
        t.client.cookies.clear()
        assert await enter(t) == 303
        cookies.append(t.client.cookies[SESSION])

    async def alive() -> list[bool]:
        found = list[bool]()
        for cookie in cookies:
            t.client.cookies.clear()
            t.client.cookies.set(SESSION, cookie)
            found.append(await whoami(t) == "ada")
        return found

    sessions = t.get(Sessions)
    first = await sessions.load(cookies[0])
    assert first
    assert await sessions.end_one(ada.id, first.handle)
    assert await alive() == [False, True, True]
    await t.get(Auth).log_out_everywhere(CurrentUser("ada", ada.roles, ada.id))
    assert await alive() == [False, False, False]


async def test_a_disabled_user_is_out_at_once_and_stays_so(t: Testing, ada: User) -> None:
    token = (await t.get(Users).issue(ada.id, "script")).text
    assert await enter(t) == 303
    cookie = t.client.cookies[SESSION]
    await t.get(Users).disable(ada.id)
    assert await whoami(t) is None
    assert await enter(t) == 401
    assert (await t.client.get("/things/", headers=bearer(token))).status_code == 401
    await t.get(Users).disable(ada.id, disabled=False)
    t.client.cookies.set(SESSION, cookie)
    assert await whoami(t) is None
    assert (await t.client.get("/things/", headers=bearer(token))).status_code == 200


async def test_roles_hold_from_the_next_request_on(t: Testing, ada: User) -> None:
    assert await enter(t) == 303
    assert (await t.client.get("/things/secret")).status_code == 200
    await t.get(Users).set_roles(ada.id, ["viewer"])
    assert (await t.client.get("/things/secret")).status_code == 403
    assert (await t.client.get("/things/")).status_code == 200


@pytest.mark.req("R24-57", "C-10")
async def test_an_api_token_works_until_it_is_revoked(t: Testing, ada: User) -> None:
    users = t.get(Users)
    issued = await users.issue(ada.id, "script")
    assert (await t.client.post("/things/", headers=bearer(issued.text))).status_code == 204
    assert (await t.client.post("/me/", headers=bearer(issued.text))).json() == f"user {ada.id}"
    await users.revoke(issued.info.id)
    assert (await t.client.get("/things/", headers=bearer(issued.text))).status_code == 401


async def test_a_wrong_token_is_not_helped_by_the_session(t: Testing, ada: User) -> None:
    assert await enter(t) == 303
    for token in ("", "hutch_0123456789abcdef_" + "x" * 43, "nobody"):
        assert (await t.client.get("/me/", headers=bearer(token))).status_code == 401


async def test_the_tokens_of_the_settings_still_work(t: Testing, ada: User) -> None:
    assert (await t.client.get("/things/secret", headers=bearer(OPERATOR))).status_code == 200
    page = await t.client.get(LOGIN)
    assert 'name="password"' in page.text
    assert 'name="token"' in page.text
    await log_in(t)
    assert await whoami(t) == "operator"


async def test_one_login_takes_the_place_of_another(t: Testing, ada: User) -> None:
    await log_in(t)
    assert await enter(t) == 303
    assert COOKIE not in t.client.cookies
    assert await whoami(t) == "ada"


async def test_logging_out_ends_both_kinds_of_login(t: Testing, ada: User) -> None:
    assert await enter(t) == 303
    await log_in(t)
    assert await whoami(t) == "operator"
    await t.client.post("/account/logout", headers=HERE)
    assert await whoami(t) is None


async def test_ten_wrong_tries_for_a_name_are_enough_wherever_they_come_from(
    t: Testing, ada: User, clock: Clock
) -> None:
    for _minute in range(2):
        for _ in range(5):
            assert await enter(t, password="wrong horse battery") == 401
        clock.advance(61)
    assert await enter(t, password="wrong horse battery") == 429
    assert await enter(t, "Ada") == 429
    assert await enter(t, "bea") == 401
    clock.advance(600)
    assert await enter(t) == 303


async def test_many_wrong_passwords_at_once_are_not_judged_for_free(
    t: Testing, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []
    users = t.get(Users)
    check = users.check

    async def watch(name: str, password: str) -> User | None:
        judged.append(name)
        return await check(name, password)

    monkeypatch.setattr(users, "check", watch)
    statuses = await asyncio.gather(*(enter(t, password=f"wrong {n}") for n in range(50)))
    assert sorted(statuses) == [401] * 5 + [429] * 45
    assert len(judged) == 5


@pytest.mark.parametrize("change", ["password", "disable"])
async def test_what_changes_during_a_login_wins(
    t: Testing, ada: User, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = t.get(Users)
    check = users.check

    async def change_afterwards(name: str, password: str) -> User | None:
        found = await check(name, password)
        if change == "password":
            await users.set_password(ada.id, "staple correct horse")
        else:
            await users.disable(ada.id)
            await users.disable(ada.id, disabled=False)
        return found

    monkeypatch.setattr(users, "check", change_afterwards)
    assert await enter(t) == 303
    assert await whoami(t) is None


class Away:
    """Sessions whose server does not answer."""

    async def load(self, id: str) -> None:
        raise SessionsUnavailable("sessions: no answer")

    async def create(self, *_: object, **__: object) -> None:
        raise SessionsUnavailable("sessions: no answer")

    async def end_all(self, user: str) -> None:
        raise SessionsUnavailable("sessions: no answer")


async def test_while_the_sessions_are_away_tokens_work(
    database_settings: DatabaseSettings,
) -> None:
    overrides = (
        bind(AuthSettings).value(settings()),
        bind(DatabaseSettings).value(database_settings),
        bind(Sessions).value(Away()),  # type: ignore[arg-type]
    )
    async with testing(app_with(auth_module()), *overrides) as t:
        ada = await t.get(Users).add("ada", PASSWORD, ["operator"])
        token = (await t.get(Users).issue(ada.id, "script")).text
        assert await enter(t) == 503
        t.client.cookies.set(SESSION, "x" * 43)
        answer = await t.client.get("/me/")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["detail"] == "The sessions cannot be reached."
        assert (await t.client.get(LOGIN)).status_code == 200
        for sent in (token, OPERATOR):
            assert (await t.client.get("/things/secret", headers=bearer(sent))).status_code == 200
        await log_in(t)
        assert await whoami(t) == "operator"
        with pytest.raises(Exception, match="503"):
            await t.get(Auth).log_out_everywhere(CurrentUser("ada", ada.roles, ada.id))


async def test_while_the_database_is_away_the_settings_tokens_work(t: Testing, ada: User) -> None:
    token = (await t.get(Users).issue(ada.id, "script")).text
    assert await enter(t) == 303
    async with t.app.get(Database, database_module()).engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE hutch_auth_users RENAME TO gone")
    assert (await t.client.get("/me/")).status_code == 503
    assert (await t.client.get("/me/", headers=bearer(token))).status_code == 503
    assert await enter(t) == 503
    assert (await t.client.get("/me/", headers=bearer(OPERATOR))).status_code == 200


async def test_logs_hold_no_name_and_no_secret(
    t: Testing, ada: User, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    bea = await t.get(Users).add("bea@example.org", PASSWORD)
    token = (await t.get(Users).issue(bea.id, "script")).text
    await enter(t, "bea@example.org")
    await enter(t, "bea@example.org", "wrong horse battery")
    await t.get(Users).set_password(bea.id, "staple correct horse")
    written = capsys.readouterr()
    text = written.out + written.err + caplog.text
    assert "logged in" in text
    for hidden in ("example", "horse", token.split("_", 2)[2]):
        assert hidden not in text
