"""Requests: the guard, its headers, and errors of handlers."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from hutch import Module, bind
from hutch.http import controller, get, guard
from hutch.testing import testing as started
from hutch_ratelimit import (
    InvalidLimit,
    LimiterUnavailable,
    RateLimiter,
    RequestLimit,
    fixed_window,
    gcra,
    per_day,
    ratelimit_module,
)
from hutch_ratelimit.guard import client_of

MINUTE = timedelta(minutes=1)


class PerClient(RequestLimit):
    name = "api"
    limits = (fixed_window(2, MINUTE), gcra(1, timedelta(hours=1), burst=9))


class PerUser(RequestLimit):
    name = "users"
    limits = (per_day(1),)

    def subject(self, connection: HTTPConnection) -> str:
        return connection.headers["x-user"]


@controller("/")
class Pages:
    def __init__(self, limiter: RateLimiter) -> None:
        self.limiter = limiter

    @get("/page")
    @guard(PerClient)
    async def page(self) -> str:
        return "page"

    @get("/mine")
    @guard(PerUser)
    async def mine(self) -> str:
        return "mine"

    @get("/inside")
    async def inside(self) -> str:
        await self.limiter.take_or_raise(fixed_window(1, MINUTE).at("inside"))
        return "inside"


site = Module("site", imports=[ratelimit_module()], controllers=[Pages], exports=[RateLimiter])


async def test_responses_tell_what_is_left_and_one_too_many_is_refused(start: Any) -> None:
    async with start(site) as app:
        first, second, third = [await app.client.get("/page") for _ in range(3)]
        assert first.headers["ratelimit-policy"] == '"api-60";q=2;w=60, "api-32400";q=9;w=32400'
        assert first.headers["ratelimit"] == '"api-60";r=1;t=60, "api-32400";r=8;t=3600'
        assert (first.status_code, second.status_code, third.status_code) == (200, 200, 429)
        assert 0 < int(third.headers["retry-after"]) <= 60
        assert third.headers["ratelimit"].startswith('"api-60";r=0;t=')
        assert third.json()["status"] == 429
        assert third.json()["detail"].startswith("Too many requests; try again in ")


async def test_a_guard_counts_whom_it_is_told_to(start: Any) -> None:
    async with start(site) as app:
        codes = [
            (await app.client.get("/mine", headers={"x-user": user})).status_code
            for user in ("ada", "bob", "ada")
        ]
    assert codes == [200, 200, 429]


async def test_a_handler_that_raises_is_answered_with_429(start: Any) -> None:
    async with start(site) as app:
        assert (await app.client.get("/inside")).status_code == 200
        refused = await app.client.get("/inside")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert "inside" not in refused.text


class Unable:
    """A limiter that cannot count."""

    async def take(self, *_: Any, **__: Any) -> Any:
        raise LimiterUnavailable("away")

    take_or_raise = take


@pytest.mark.parametrize("path", ["/page", "/inside"])
async def test_what_cannot_be_counted_is_answered_with_503(path: str) -> None:
    unable: Any = Unable()
    async with started(site, bind(RateLimiter).value(unable)) as app:
        response = await app.client.get(path)
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"


async def test_many_requests_at_once_pass_as_often_as_the_limit_says(start: Any) -> None:
    async with start(site) as app:
        codes = await asyncio.gather(*[app.client.get("/page") for _ in range(20)])
    assert sorted(response.status_code for response in codes) == [200] * 2 + [429] * 18


def _client(address: str | None) -> str:
    scope = {"type": "http", "headers": [], "client": (address, 1) if address else None}
    return client_of(HTTPConnection(scope))


def test_a_client_is_its_address_which_does_not_show() -> None:
    assert _client("192.0.2.1") != _client("192.0.2.2")
    assert "192" not in _client("192.0.2.1")
    assert _client("2001:db8::1") == _client("2001:db8::ffff:1")
    assert _client("2001:db8::1") != _client("2001:db8:0:1::1")
    assert _client("::ffff:192.0.2.1") == _client("192.0.2.1") != _client("::ffff:192.0.2.2")
    assert _client(None) == _client(None) != _client("testclient")


def test_a_header_that_a_client_sends_does_not_change_who_it_is() -> None:
    scope = {
        "type": "http",
        "headers": [(b"x-forwarded-for", b"198.51.100.7"), (b"forwarded", b"for=198.51.100.7")],
        "client": ("192.0.2.1", 1),
    }
    assert client_of(HTTPConnection(scope)) == _client("192.0.2.1")


def test_a_guard_without_name_or_limits_is_refused() -> None:
    with pytest.raises(InvalidLimit, match="Nameless: give it a name of A-Z"):
        type("Nameless", (RequestLimit,), {"limits": (per_day(1),)})
    with pytest.raises(InvalidLimit, match="Limitless: give it a name"):
        type("Limitless", (RequestLimit,), {"name": "a"})
    limits = fixed_window(1, MINUTE), fixed_window(2, MINUTE)
    with pytest.raises(InvalidLimit, match="Twice: two of its limits have windows of one length"):
        type("Twice", (RequestLimit,), {"name": "a", "limits": limits})
