"""The operators' cookie is read by its exact name."""

import pytest
from tests.hutch_auth.apps import HERE, log_in

from hutch.testing import Testing
from hutch_auth.cookie import COOKIE

OWN = COOKIE.encode()


@pytest.fixture
async def signed(t: Testing) -> bytes:
    await log_in(t)
    value = t.client.cookies[COOKIE]
    t.client.cookies.clear()
    return value.encode()


async def status(t: Testing, *fields: bytes) -> int:
    answer = await t.client.get("/things/", headers=[(b"cookie", field) for field in fields])
    return answer.status_code


async def test_the_own_name_is_read(t: Testing, signed: bytes) -> None:
    own = OWN + b"=" + signed
    for fields in ([own], [b"a=b; " + own + b" ;x"], [b"a=b", b"\t" + own], [own + b"\t"]):
        assert await status(t, *fields) == 200


@pytest.mark.parametrize("space", [b"\x85", b"\xa0"])
async def test_no_other_name_is_taken_for_it(t: Testing, signed: bytes, space: bytes) -> None:
    for name in (space + OWN, OWN + space, OWN.upper()):
        planted = name + b"=" + signed
        assert await status(t, planted) == 401
        assert await status(t, OWN + b"=x; " + planted) == 401
        assert await status(t, planted + b"; " + OWN + b"=" + signed) == 200
        headers = [(b"cookie", planted), *((n.encode(), v.encode()) for n, v in HERE.items())]
        answer = await t.client.post("/account/logout", headers=headers)
        assert "set-cookie" not in answer.headers
