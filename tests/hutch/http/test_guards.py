from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from starlette.requests import HTTPConnection, Request

from hutch import Module
from hutch.http import Forbidden, Unauthorized, add_header, controller, get, guard, post
from hutch.interceptors import Invocation, Proceed, intercept
from hutch.testing import testing as started


class Order(BaseModel):
    id: int


class Users:
    known = ("ada", "bob")


class LoggedIn:
    openapi_security = {"token": {"type": "http", "scheme": "bearer"}}

    def __init__(self, users: Users) -> None:
        self.users = users

    async def __call__(self, connection: HTTPConnection, /) -> None:
        if connection.headers.get("authorization") not in self.users.known:
            raise Unauthorized("Log in.", headers={"WWW-Authenticate": "Bearer"})
        add_header(connection, "X-User", connection.headers["authorization"])


class OnlyAda:
    async def __call__(self, connection: HTTPConnection, /) -> None:
        if connection.headers["authorization"] != "ada":
            raise Forbidden


class Signed:
    async def __call__(self, connection: HTTPConnection, /) -> None:
        assert isinstance(connection, Request)
        if b"signed" not in await connection.body():
            raise Forbidden


class Louder:
    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        assert (call.kind, call.name) == ("http", "Orders.read")
        assert call.arguments == {"name": "x"}
        return str(await proceed()).upper()


@controller("/orders")
@guard(LoggedIn)
class Orders:
    @get("/{name}")
    @intercept(Louder)
    async def read(self, name: str) -> str:
        return name

    @post("/")
    @guard(OnlyAda)
    async def create(self, order: Order) -> int:
        return order.id

    @post("/signed")
    @guard(Signed)
    async def signed(self, order: Order) -> int:
        return order.id


shop = Module("shop", providers=[Users], controllers=[Orders])


async def test_a_guard_refuses_before_the_body_is_looked_at() -> None:
    async with started(shop) as t:
        response = await t.client.post("/orders/", content=b"{")
        assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")


async def test_the_classes_guards_come_before_the_handlers() -> None:
    async with started(shop) as t:
        refused = await t.client.post("/orders/", headers={"authorization": "bob"}, json={"id": 1})
        assert refused.status_code == 403
        passed = await t.client.post("/orders/", headers={"authorization": "ada"}, json={"id": 1})
        assert (passed.status_code, passed.json()) == (200, 1)
        assert passed.headers["x-user"] == "ada"


async def test_a_guard_may_read_the_body_that_the_handler_gets() -> None:
    async with started(shop) as t:
        headers = {"authorization": "ada", "content-type": "application/json"}
        passed = await t.client.post(
            "/orders/signed", headers=headers, content=b'{"id": 2, "x": "signed"}'
        )
        assert passed.json() == 2
        refused = await t.client.post("/orders/signed", headers=headers, content=b'{"id": 2}')
        assert refused.status_code == 403


async def test_an_interceptor_changes_the_result() -> None:
    async with started(shop) as t:
        response = await t.client.get("/orders/x", headers={"authorization": "ada"})
        assert response.json() == "X"
