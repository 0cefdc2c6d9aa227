from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from typing_extensions import TypedDict

from hutch import Inject, Module, bind
from hutch.http import (
    Header,
    NotFound,
    Problem,
    Query,
    add_header,
    controller,
    delete,
    get,
    patch,
    post,
    put,
)
from hutch.testing import testing as started


class Order(BaseModel):
    id: int
    email: str = Field(alias="eMail")


@dataclass
class Point:
    x: int
    y: int = 0


class Login(TypedDict):
    user: str
    password: SecretStr


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


class Session:
    """One per request."""


@controller("/things")
class Things:
    def __init__(self) -> None:
        self.calls = 0

    @post("/", status=201)
    async def create(self, order: Order, session: Inject[Session]) -> Order:
        assert isinstance(session, Session)
        return order

    @get("/{number}")
    async def read(self, number: int, day: date | None = None) -> dict[str, object]:
        return {"id": number, "day": day}

    @put("/{number}/point")
    async def move(self, number: int, point: Point) -> Point:
        return Point(point.x + number, point.y)

    @patch("/points")
    async def move_all(self, points: list[Point], *, by: int = 1) -> list[Point]:
        return [Point(point.x + by, point.y) for point in points]

    @delete("/{number}")
    async def remove(self, number: int) -> None:
        self.calls += 1

    @post("/login")
    async def login(self, login: Login) -> str:
        return login["user"]

    @post("/maybe")
    async def maybe(self, order: Order | None = None) -> Order | None:
        return order

    @get("/search")
    async def search(
        self,
        limit: Annotated[int, Query(ge=1, le=9)],
        size: Annotated[list[Size], Query(max_length=2)] = [],  # noqa: B006 - never changed
        page_token: Annotated[str, Query(alias="pageToken")] = "",
    ) -> list[object]:
        return [limit, size, page_token]

    @get("/headers")
    async def headers(
        self, user_agent: Annotated[str, Header()], x_n: Annotated[int | None, Header()] = None
    ) -> tuple[str, int | None]:
        return user_agent, x_n

    @post("/raw")
    async def raw(self, request: Request) -> Response:
        add_header(request, "X-Extra", "1")
        return PlainTextResponse(await request.body())

    @post("/both")
    async def both(self, request: Request, order: Order) -> list[int]:
        return [order.id, len(await request.body())]

    @get("/find/{name:path}")
    async def find(self, name: str) -> Order | Response:
        if name == "gone/":
            raise NotFound("There is no thing.", thing=name)
        return Response(name)

    @get("/returned")
    async def returned(self) -> str | Problem:
        return Problem(410, "It is gone.", type="https://example.org/gone")


shop = Module("shop", providers=[bind(Session).to(Session).per_request()], controllers=[Things])


async def test_a_body_comes_in_and_goes_out_under_its_aliases() -> None:
    async with started(shop) as t:
        response = await t.client.post("/things/", json={"id": 1, "eMail": "a@example.org"})
        assert response.status_code == 201
        assert response.json() == {"id": 1, "eMail": "a@example.org"}
        assert response.headers["content-type"] == "application/json"


async def test_path_and_query_values_are_converted() -> None:
    async with started(shop) as t:
        response = await t.client.get("/things/7?day=2026-02-03")
        assert response.json() == {"id": 7, "day": "2026-02-03"}
        assert (await t.client.get("/things/7")).json() == {"id": 7, "day": None}


async def test_a_dataclass_is_a_body_and_so_is_a_list_of_them() -> None:
    async with started(shop) as t:
        response = await t.client.put("/things/2/point", json={"x": 1, "y": 5})
        assert response.json() == {"x": 3, "y": 5}
        response = await t.client.patch("/things/points?by=2", json=[{"x": 1}])
        assert response.json() == [{"x": 3, "y": 0}]


async def test_none_is_204_without_a_body() -> None:
    async with started(shop) as t:
        response = await t.client.delete("/things/7")
        assert (response.status_code, response.content) == (204, b"")
        assert "content-type" not in response.headers
        assert "content-length" not in response.headers


async def test_an_optional_body_may_be_absent() -> None:
    async with started(shop) as t:
        response = await t.client.post("/things/maybe")
        assert (response.status_code, response.json()) == (200, None)


async def test_query_lists_enums_aliases_and_bounds() -> None:
    async with started(shop) as t:
        response = await t.client.get("/things/search?limit=3&size=1&size=2&pageToken=x")
        assert response.json() == [3, [1, 2], "x"]
        response = await t.client.get("/things/search?limit=10&size=1&size=1&size=1")
        assert response.status_code == 422
        assert [error["loc"] for error in response.json()["errors"]] == [
            ["query", "limit"],
            ["query", "size"],
        ]


async def test_headers_are_read_by_their_dashed_names() -> None:
    async with started(shop) as t:
        headers = {"user-agent": "me", "x-n": "4"}
        assert (await t.client.get("/things/headers", headers=headers)).json() == ["me", 4]


async def test_a_response_passes_through_and_headers_can_be_added() -> None:
    async with started(shop) as t:
        response = await t.client.post("/things/raw", content=b"abc")
        assert response.text == "abc"
        assert response.headers["x-extra"] == "1"


async def test_the_request_still_has_the_body_that_was_decoded() -> None:
    async with started(shop) as t:
        content = b'{"id":3,"eMail":"e"}'
        response = await t.client.post(
            "/things/both", content=content, headers={"content-type": "application/json"}
        )
        assert response.json() == [3, len(content)]


async def test_problems_raised_and_returned_are_problem_json() -> None:
    async with started(shop) as t:
        response = await t.client.get("/things/find/gone/")
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["cache-control"] == "no-store"
        assert response.json() == {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "There is no thing.",
            "thing": "gone/",
        }
        response = await t.client.get("/things/returned")
        assert (response.status_code, response.json()["type"]) == (410, "https://example.org/gone")


async def test_wrong_values_are_listed_without_the_input() -> None:
    async with started(shop) as t:
        response = await t.client.post("/things/login", json={"user": 1, "password": ["hunter2"]})
        assert response.status_code == 422
        assert response.json()["errors"] == [
            {
                "loc": ["body", "user"],
                "msg": "Input should be a valid string",
                "type": "string_type",
            },
            {
                "loc": ["body", "password"],
                "msg": "Input should be a valid string",
                "type": "string_type",
            },
        ]
        assert "hunter2" not in response.text


async def test_path_errors_name_the_part() -> None:
    async with started(shop) as t:
        response = await t.client.get("/things/x")
        assert response.json()["errors"][0]["loc"] == ["path", "number"]


async def test_a_body_that_is_not_said_to_be_json_is_415() -> None:
    async with started(shop) as t:
        for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
            response = await t.client.post(
                "/things/", content=b'{"id":1,"eMail":"e"}', headers={"content-type": kind}
            )
            assert response.status_code == 415, kind
            assert "application/json" in response.json()["detail"]
        for kind in ("application/json; charset=utf-8", "application/merge-patch+json"):
            response = await t.client.post(
                "/things/", content=b'{"id":1,"eMail":"e"}', headers={"content-type": kind}
            )
            assert response.status_code == 201, kind


async def test_the_list_of_errors_has_an_end() -> None:
    async with started(shop) as t:
        response = await t.client.patch("/things/points", json=[{}] * 5000)
        assert len(response.json()["errors"]) == 100


async def test_a_controller_is_made_once() -> None:
    class Counted(Things):
        made = 0

        def __init__(self) -> None:
            super().__init__()
            type(self).made += 1

    counted = controller("/things")(Counted)
    module = Module("m", providers=[bind(Session).to(Session).per_request()], controllers=[counted])
    async with started(module) as t:
        for _ in range(3):
            await t.client.delete("/things/1")
    assert Counted.made == 1
