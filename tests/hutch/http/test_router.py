from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from hutch import Module
from hutch.contributions import Health, Mount
from hutch.http import controller, delete, get, post
from hutch.roles import Role
from hutch.testing import testing as started


@controller("/orders")
class Orders:
    @get("/{number}")
    async def read(self, number: int) -> int:
        return number

    @delete("/{number}")
    async def remove(self, number: int) -> None: ...

    @post("/latest")
    async def renew(self) -> str:
        return "renewed"

    @get("/new")
    async def new(self) -> str:
        return "new"


def mounted() -> ASGIApp:
    async def where(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{request.scope['root_path']} {request.path_params['rest']}")

    return Starlette(routes=[Route("/{rest:path}", where)])


async def failing_probe() -> str | None:
    raise ConnectionError("no database")


shop = Module(
    "shop",
    controllers=[Orders],
    contributions=[
        Mount("/files", mounted),
        Mount("/files/deep", mounted),
        Health("database", failing_probe),
    ],
)


async def test_a_literal_path_wins_over_a_template() -> None:
    async with started(shop) as t:
        assert (await t.client.get("/orders/new")).json() == "new"
        assert (await t.client.get("/orders/5")).json() == 5


async def test_a_slash_at_the_end_makes_no_difference() -> None:
    async with started(shop) as t:
        assert (await t.client.get("/orders/new/")).json() == "new"
        assert (await t.client.get("/orders/5/")).json() == 5
        assert (await t.client.get("/orders/5//")).status_code == 404


async def test_unknown_paths_are_404_problems() -> None:
    async with started(shop) as t:
        for path in ("/", "/nothing", "/orders", "/orders/1/2"):
            response = await t.client.get(path)
            assert response.status_code == 404, path
            assert response.headers["content-type"] == "application/problem+json"


async def test_a_wrong_method_is_405_with_what_is_allowed() -> None:
    async with started(shop) as t:
        response = await t.client.put("/orders/5")
        assert response.status_code == 405
        assert response.headers["allow"] == "DELETE, GET, HEAD, OPTIONS"
        assert response.json()["detail"] == "PUT is not served here."


async def test_methods_of_one_path_may_stand_in_several_templates() -> None:
    async with started(shop) as t:
        assert (await t.client.get("/orders/latest")).status_code == 422  # by /orders/{number}
        assert (await t.client.post("/orders/latest")).json() == "renewed"
        response = await t.client.put("/orders/latest")
        assert response.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, POST"


async def test_head_is_get_without_the_body() -> None:
    async with started(shop) as t:
        response = await t.client.head("/orders/5")
        assert (response.status_code, response.content) == (200, b"")
        assert response.headers["content-length"] == "1"


async def test_options_says_what_is_allowed() -> None:
    async with started(shop) as t:
        response = await t.client.options("/orders/5")
        assert (response.status_code, response.content) == (204, b"")
        assert response.headers["allow"] == "DELETE, GET, HEAD, OPTIONS"


async def test_mounted_apps_are_served_below_their_path() -> None:
    async with started(shop) as t:
        assert (await t.client.get("/files/a/b")).text == "/files a/b"
        assert (await t.client.get("/files/deep/b")).text == "/files/deep b"
        response = await t.client.get("/files?x=1")
        assert (response.status_code, response.headers["location"]) == (307, "/files/?x=1")
        assert (await t.client.get("/filesystem")).status_code == 404


@pytest.mark.parametrize("role", [Role.WEB, Role.WORKER])
async def test_health_is_served_in_every_role(role: Role) -> None:
    async with started(shop, role=role) as t:
        assert (await t.client.get("/health/live")).status_code == 200
        response = await t.client.get("/health/ready")
        assert (response.status_code, response.json()) == (503, {"status": "not ready"})
        served = (await t.client.get("/orders/5")).status_code
        assert served == (200 if role is Role.WEB else 404)


async def test_below_a_root_path() -> None:
    async with started(shop) as t:
        outer = Starlette()
        outer.mount("/shop", t.app.http)
        from httpx2 import ASGITransport, AsyncClient

        async with AsyncClient(transport=ASGITransport(outer), base_url="http://t") as client:
            assert (await client.get("/shop/orders/5")).json() == 5
            assert (await client.get("/shop/openapi.json")).json()["servers"] == [{"url": "/shop"}]
            assert 'src="/shop/docs/start.js"' in (await client.get("/shop/docs")).text
            assert (await client.get("/shop/files")).headers["location"] == "/shop/files/"
