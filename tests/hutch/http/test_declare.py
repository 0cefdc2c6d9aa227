from __future__ import annotations

import re
from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from starlette.websockets import WebSocket

from hutch import Module
from hutch.errors import InvalidDeclaration
from hutch.http import Path, controller, get, post
from hutch.testing import testing as started


class Order(BaseModel):
    id: int


class Opaque:
    pass


async def refusal(cls: type[Any]) -> str:
    with pytest.raises(InvalidDeclaration) as caught:
        async with started(Module("shop", controllers=[cls])):
            pass
    return str(caught.value)


def test_paths_begin_with_a_slash() -> None:
    with pytest.raises(InvalidDeclaration, match=re.escape("controller('orders'): the path must")):
        controller("orders")
    with pytest.raises(InvalidDeclaration, match=re.escape("get('x'): the path must begin with")):

        class Orders:
            @get("x")
            async def read(self) -> None: ...


def test_handlers_are_async() -> None:
    with pytest.raises(InvalidDeclaration, match=r"Orders\.read: a handler must be `async def`"):

        class Orders:
            @get("/")  # type: ignore[type-var]
            def read(self) -> None: ...


async def test_a_class_without_controller_is_refused() -> None:
    class Orders:
        @get("/")
        async def read(self) -> None: ...

    assert "Orders is among the controllers of shop, but it has no @controller" in await refusal(
        Orders
    )


async def test_one_body_only() -> None:
    @controller("/")
    class Orders:
        @post("/")
        async def create(self, first: Order, second: Order) -> None: ...

    message = await refusal(Orders)
    assert "Orders.create (POST): `first` and `second` would both be the body" in message


async def test_get_has_no_body() -> None:
    @controller("/")
    class Orders:
        @get("/")
        async def read(self, order: Order) -> None: ...

    assert "`order` would be the body, but a GET has none" in await refusal(Orders)


async def test_each_part_of_the_path_is_taken() -> None:
    @controller("/{shop}")
    class Orders:
        @get("/{number}")
        async def read(self, number: int) -> None: ...

    assert "the path names ['shop'], but no parameter takes it" in await refusal(Orders)


async def test_a_path_marker_needs_its_part() -> None:
    @controller("/")
    class Orders:
        @get("/")
        async def read(self, number: Annotated[int, Path()]) -> None: ...

    assert "`number` is marked Path, but the path has no {number}" in await refusal(Orders)


async def test_what_no_request_can_carry_is_refused_with_the_remedy() -> None:
    @controller("/")
    class Orders:
        @get("/")
        async def read(self, opaque: Opaque) -> None: ...

    message = await refusal(Orders)
    assert "`opaque` cannot be read from a request" in message
    assert "write Inject[...]" in message


async def test_what_cannot_become_json_is_refused() -> None:
    @controller("/")
    class Orders:
        @get("/")
        async def read(self) -> Opaque: ...

    assert "Orders.read: " in await refusal(Orders)
    assert "cannot become JSON" in await refusal(Orders)


async def test_every_parameter_has_a_name_and_a_hint() -> None:
    @controller("/")
    class Starred:
        @get("/")
        async def read(self, *ids: int) -> None: ...

    @controller("/")
    class Bare:
        @get("/")
        async def read(self, number) -> None: ...  # type: ignore[no-untyped-def]

    assert "`*ids: 'int'` cannot be filled" in await refusal(Starred)
    assert "the parameter `number` has no type hint" in await refusal(Bare)


async def test_one_path_one_handler() -> None:
    @controller("/orders")
    class Orders:
        @get("/")
        async def read(self) -> None: ...

        @get("/")
        async def read_too(self) -> None: ...

    message = await refusal(Orders)
    assert "GET /orders is served by Orders.read and by Orders.read_too" in message


async def test_a_status_without_a_body_returns_none() -> None:
    @controller("/")
    class Orders:
        @get("/", status=204)
        async def read(self) -> int: ...

    assert "Orders.read: 204 has no body; return None" in await refusal(Orders)


async def test_a_request_is_no_socket() -> None:
    @controller("/")
    class Orders:
        @get("/")
        async def read(self, socket: WebSocket) -> None: ...

    assert "`socket` is a WebSocket, but here is a Request" in await refusal(Orders)


async def test_the_frameworks_own_paths_are_taken() -> None:
    @controller("/health")
    class Doctor:
        @get("/live")
        async def live(self) -> None: ...

    message = await refusal(Doctor)
    assert "/health/live is served by Doctor.live and by the framework itself" in message
