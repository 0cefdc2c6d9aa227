"""The current session, the middleware and the cookie."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from starlette.requests import Request
from starlette.testclient import TestClient
from structlog.testing import capture_logs
from tests.deadlines import within
from tests.hutch_session.shop import cookie, shop
from tests.stuck_redis import WAYS, stuck_redis

from hutch import App, bind
from hutch.discovery import Discovery
from hutch.settings import Profile
from hutch.testing import Testing, testing
from hutch_redis import RedisSettings
from hutch_redis.testing import temporary_server
from hutch_session import SessionError, Sessions, SessionSettings, session_of
from hutch_vault import Key, VaultSettings

DAY = 24 * 60 * 60


@pytest.fixture
async def t() -> AsyncIterator[Testing]:
    async with testing(shop) as started:
        yield started


async def post(t: Testing, path: str, id: str = "") -> Response:
    t.client.cookies.clear()
    return await t.client.post(path, headers={"cookie": f"session={id}"} if id else {})


async def me(t: Testing, id: str) -> Any:
    t.client.cookies.clear()
    response = await t.client.get("/me", headers={"cookie": f"session={id}"})
    return response.json()


def max_age(response: Response) -> int:
    return int(attributes(response)[0].removeprefix("Max-Age="))


def attributes(response: Response) -> list[str]:
    (header,) = response.headers.get_list("set-cookie")
    return str(header).split("; ")[1:]


async def test_a_visitor_keeps_their_session_by_a_cookie(t: Testing) -> None:
    first = await t.client.post("/cart/apple")
    assert attributes(first)[1:] == ["Path=/", "HttpOnly", "SameSite=Lax"]
    assert 7 * DAY - 5 <= max_age(first) <= 7 * DAY
    assert first.headers["cache-control"] == "no-store"
    second = await t.client.post("/cart/apple")
    assert "set-cookie" not in second.headers
    response = await t.client.get("/me")
    assert response.json() == {"user": None, "data": {"apple": 2}}
    assert response.headers["vary"] == "cookie"


async def test_in_production_the_cookie_is_bound_to_the_host() -> None:
    vault = VaultSettings.model_validate({"keys": [Key.generate("a").text()]})
    overrides = (
        bind(SessionSettings).value(SessionSettings(backend="memory")),
        bind(VaultSettings).value(vault),
    )
    app = App(shop, *overrides, profile=Profile.PRODUCTION)
    async with app.started(services=False) as running:
        transport = ASGITransport(running.http)
        async with AsyncClient(transport=transport, base_url="https://shop.example") as client:
            first = await client.post("/cart/apple")
            (header,) = first.headers.get_list("set-cookie")
            assert header.startswith("__Host-session=")
            assert attributes(first)[1:] == ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"]
            assert (await client.get("/me")).json()["data"] == {"apple": 1}
            plain = {"cookie": f"session={cookie(first)}"}
            client.cookies.clear()
            assert (await client.get("/me", headers=plain)).json()["data"] is None


async def test_who_does_not_look_gets_no_session(t: Testing) -> None:
    response = await t.client.get("/static")
    assert "set-cookie" not in response.headers
    assert "vary" not in response.headers
    assert "set-cookie" not in (await t.client.get("/me")).headers


@pytest.mark.parametrize("id", ["A" * 43, "x", "session", "%00", "é", "a.b", '"' + "A" * 43 + '"'])
async def test_a_cookie_that_nobody_gave_is_no_session(t: Testing, id: str) -> None:
    t.client.cookies.clear()
    response = await t.client.get("/me", headers=[(b"cookie", f"session={id}".encode())])
    assert response.json() == {"user": None, "data": None}
    assert "set-cookie" not in response.headers


async def test_a_login_gives_a_new_id_and_keeps_the_cart(t: Testing) -> None:
    first = cookie(await post(t, "/cart/apple"))
    second = cookie(await post(t, "/login/u1", first))
    assert second != first
    assert await me(t, second) == {"user": "u1", "data": {"apple": 1}}


async def test_a_login_can_be_remembered(t: Testing) -> None:
    for id in ("", cookie(await post(t, "/cart/apple"))):
        response = await post(t, "/login/u1?remember=true", id)
        assert 30 * DAY - 5 <= max_age(response) <= 30 * DAY


async def test_another_account_gets_nothing_of_the_one_before(t: Testing) -> None:
    first = cookie(await post(t, "/login/u1"))
    await post(t, "/cart/secret", first)
    second = cookie(await post(t, "/login/u2", first))
    assert await me(t, second) == {"user": "u2", "data": {}}
    assert await me(t, first) == {"user": None, "data": None}


async def test_a_new_id_without_a_login(t: Testing) -> None:
    first = cookie(await post(t, "/login/u1"))
    second = cookie(await post(t, "/rotate", first))
    assert second != first
    assert (await me(t, second))["user"] == "u1"
    assert "set-cookie" not in (await post(t, "/rotate")).headers


async def test_a_logout_removes_session_and_cookie(t: Testing) -> None:
    id = cookie(await post(t, "/login/u1"))
    response = await post(t, "/logout", id)
    assert cookie(response) == ""
    assert max_age(response) == 0
    assert await me(t, id) == {"user": None, "data": None}
    assert await t.get(Sessions).of("u1") == []


async def test_a_request_that_fails_changes_no_data_but_its_login_holds(t: Testing) -> None:
    with capture_logs():
        response = await post(t, "/login-and-fail/u1")
    assert response.status_code == 500
    assert await me(t, cookie(response)) == {"user": "u1", "data": {}}


async def test_data_that_is_no_json_fails_the_request(t: Testing) -> None:
    with capture_logs():
        response = await post(t, "/no-json")
    assert response.status_code == 500
    assert (await me(t, cookie(response)))["data"] == {}


async def test_a_session_that_has_ended_is_a_conflict_for_who_saves_by_hand(t: Testing) -> None:
    id = cookie(await post(t, "/login/u1"))
    response = await post(t, f"/save-by-hand/{id}")
    assert response.status_code == 409
    assert response.json()["detail"] == "The session has ended."


async def test_a_mounted_app_has_the_session_too(t: Testing) -> None:
    response = await t.client.get("/mounted/page")
    assert response.headers["cache-control"] == "private, max-age=5"
    assert await me(t, cookie(response)) == {"user": None, "data": {"mounted": 1}}


async def test_a_mounted_app_that_fails_has_logged_in_all_the_same(t: Testing) -> None:
    with capture_logs():
        response = await t.client.get("/mounted/broken")
    assert response.status_code == 500
    assert (await me(t, cookie(response)))["user"] == "u1"


async def test_a_stream_saves_by_hand(t: Testing) -> None:
    response = await t.client.get("/stream")
    assert "data: done" in response.text
    assert (await me(t, cookie(response)))["data"] == {"before": 1, "during": 1}


def test_a_websocket_reads_the_session() -> None:
    app = App(shop, profile=Profile.TEST)
    with TestClient(app) as client:
        client.post("/cart/apple")
        with client.websocket_connect("/talk") as socket:
            assert socket.receive_json() == {"apple": 1}


@pytest.mark.parametrize("way", WAYS)
async def test_while_redis_is_away_only_those_who_look_are_refused(way: str) -> None:
    async with temporary_server() as server, stuck_redis(server, way) as found:
        settings = RedisSettings.model_validate({"url": found.url})
        backend = bind(SessionSettings).value(SessionSettings(backend="redis"))
        async with testing(shop, backend, bind(RedisSettings).value(settings)) as t:
            id = cookie(await post(t, "/login/u1"))
            t.client.cookies.clear()
            with found.stuck():
                header = {"cookie": f"session={id}"}
                response = await within(0.25, partial(t.client.get, "/me", headers=header))
                assert response.status_code == 503
                assert response.headers["retry-after"] == "1"
                assert (await t.client.get("/static")).status_code == 200


def test_without_the_module_a_connection_has_no_session() -> None:
    with pytest.raises(SessionError, match=r"import session_module\(\)"):
        session_of(Request({"type": "http", "headers": []}))


async def test_the_counters_tell_what_happened(t: Testing) -> None:
    id = cookie(await post(t, "/login/u1"))
    await me(t, "A" * 43)
    await post(t, "/logout", id)
    readings = await t.get(Discovery).metrics()
    found = {reading.name: reading.value for reading, _ in readings}
    names = ("started", "ended", "unknown", "merged")
    assert [found[f"hutch_session_{name}_total"] for name in names] == [1, 1, 1, 0]


async def test_the_health_check_reads_sessions(t: Testing) -> None:
    ready = await t.client.get("/health/ready")
    assert ready.status_code == 200
