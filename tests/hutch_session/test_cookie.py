"""The cookie: read by its exact name, kept for as long as it should be."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from httpx2 import Response
from starlette.requests import HTTPConnection
from tests.hutch_session.shop import cookie, shop

from hutch import bind
from hutch.settings import CoreSettings, Profile
from hutch.testing import Testing, testing
from hutch_redis import RedisSettings
from hutch_session import Sessions, SessionSettings
from hutch_session.cookie import SessionCookie


def read(profile: Profile, *fields: bytes) -> str:
    headers = [(b"cookie", field) for field in fields]
    connection = HTTPConnection({"type": "http", "headers": headers})
    return SessionCookie(CoreSettings.model_construct(profile=profile)).read(connection)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([b"__Host-session=own"], "own"),
        ([b"a=b;__Host-session=own;c=d"], "own"),
        ([b"a=b", b" \t__Host-session\t = own\t ; c"], "own"),
        ([b"__Host-session=first; __Host-session=last"], "last"),
        ([b"__Host-session=a=b"], "a=b"),
        ([b"__Host-session"], ""),
        ([b"=__Host-session"], ""),
        ([b"", b";;=;"], ""),
        ([], ""),
    ],
)
def test_the_own_name_is_read(fields: list[bytes], expected: str) -> None:
    assert read(Profile.PRODUCTION, *fields) == expected


@pytest.mark.parametrize("space", [b"\x85", b"\xa0", b"\x0b", b"\x0c", b"\x1c", b"\x1f"])
@pytest.mark.parametrize(
    ("profile", "own"), [("production", b"__Host-session"), ("test", b"session")]
)
def test_no_other_name_is_taken_for_it(profile: str, own: bytes, space: bytes) -> None:
    for name in (space + own, own + space, own.upper(), b'"' + own + b'"'):
        planted = name + b"=PLANTED"
        assert read(Profile(profile), planted) == ""
        assert read(Profile(profile), own + b"=own; " + planted) == "own"
        assert read(Profile(profile), planted, own + b"=own") == "own"


@pytest.fixture(params=["memory", "redis"])
async def t(
    request: pytest.FixtureRequest, redis_settings: RedisSettings
) -> AsyncIterator[Testing]:
    backend = bind(SessionSettings).value(SessionSettings(backend=request.param))
    async with testing(shop, backend, bind(RedisSettings).value(redis_settings)) as started:
        yield started


async def post(t: Testing, path: str, id: str = "") -> Response:
    t.client.cookies.clear()
    return await t.client.post(path, headers={"cookie": f"session={id}"} if id else {})


def is_kept(response: Response) -> bool:
    return "Max-Age=" in response.headers["set-cookie"]


@pytest.mark.req("R24-55")
async def test_a_login_that_is_not_remembered_ends_with_the_browser(t: Testing) -> None:
    for id in ("", cookie(await post(t, "/cart/apple"))):
        response = await post(t, "/login/u1", id)
        assert not is_kept(response)
        session = await t.get(Sessions).load(cookie(response))
        assert session is not None
        assert session.expires - session.created == timedelta(days=7)
        assert not is_kept(await post(t, "/rotate", cookie(response)))


@pytest.mark.req("R24-56")
async def test_a_remembered_login_outlives_the_browser(t: Testing) -> None:
    for id in ("", cookie(await post(t, "/cart/apple"))):
        response = await post(t, "/login/u1?remember=true", id)
        assert is_kept(response)
        rotated = await post(t, "/rotate", cookie(response))
        assert is_kept(rotated)
        assert not is_kept(await post(t, "/login/u1", cookie(rotated)))


async def test_a_visitors_cart_outlives_the_browser(t: Testing) -> None:
    response = await post(t, "/cart/apple")
    assert is_kept(response)
    assert is_kept(await post(t, "/rotate", cookie(response)))
