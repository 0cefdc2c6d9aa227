"""Cookies as a client sends them, byte for byte, to a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request

from hutch import Module
from hutch.http import controller, get, raw_cookie

if TYPE_CHECKING:
    from .conftest import Serve, Served


@controller("/cookie")
class Cookies:
    @get("/")
    async def read(self, request: Request) -> list[str | None]:
        return [raw_cookie(request, "__Host-id")]


@pytest.fixture
async def served(serve: Serve) -> AsyncIterator[Served]:
    async with serve(Module("cookies", controllers=[Cookies])) as running:
        yield running


async def read(served: Served, *fields: bytes) -> str | None:
    answer = await served.client.get("/cookie/", headers=[(b"cookie", each) for each in fields])
    [found] = answer.json()
    return found


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ([], None),
        ([b""], None),
        ([b"__Host-id"], None),
        ([b"__Host-id="], ""),
        ([b"__Host-id=a"], "a"),
        ([b"other=b; __Host-id=a ;more=c"], "a"),
        ([b"other=b", b"x=y;\t__Host-id\t=\ta\t;z"], "a"),
        ([b"__Host-id=a=b; x=y"], "a=b"),
        ([b'__Host-id="a"'], '"a"'),
        ([b"__Host-id=\xe4"], "ä"),
        ([b"__Host-id=a; __Host-id=b"], "b"),
        ([b"__Host-id=a", b"__Host-id=b"], "b"),
    ],
)
async def test_a_cookie_is_read_as_it_was_sent(
    served: Served, fields: list[bytes], value: str | None
) -> None:
    assert await read(served, *fields) == value


@pytest.mark.parametrize(
    "name", [b"\x85__Host-id", b"__Host-id\x85", b"\xa0__Host-id", b"__host-id", b"x__Host-id"]
)
async def test_no_other_name_is_taken_for_it(served: Served, name: bytes) -> None:
    assert await read(served, name + b"=planted") is None
    assert await read(served, b"__Host-id=a; " + name + b"=planted") == "a"
