"""What the network may send, against a real server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

import pytest
from pydantic import BaseModel
from starlette.requests import Request
from starlette.types import Message
from structlog.testing import capture_logs

from hutch import Module, bind
from hutch.http import Body, body_up_to, controller, get, post
from hutch.settings import HttpSettings
from hutch.testing import testing as started

if TYPE_CHECKING:
    from .conftest import Serve

LIMIT = 1000


class Note(BaseModel):
    text: str


@controller("/notes")
class Notes:
    @post("/", status=201)
    async def create(self, note: Note) -> Note:
        return note

    @post("/streamed")
    async def streamed(self, request: Request) -> int:
        return sum([len(chunk) async for chunk in request.stream()])

    @post("/large")
    async def large(self, request: Request) -> int:
        return len(await body_up_to(request, 2 * LIMIT))

    @post("/form")
    async def form(self, request: Request) -> list[str]:
        return list(await request.form())

    @post("/texts")
    async def texts(self, texts: Annotated[list[str], Body()]) -> int:
        return len(texts)

    @get("/{number}")
    async def read(self, number: int) -> int:
        return number


notes = Module(
    "notes",
    providers=[bind(HttpSettings).value(HttpSettings(body_limit=LIMIT))],
    controllers=[Notes],
)
JSON = {"content-type": "application/json"}


async def chunks(size: int, count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * size


async def test_malformed_json_is_400(serve: Serve) -> None:
    async with serve(notes) as it:
        for content in (b"", b"{", b'{"text":"x"} {', b"\xff\xfe", b'{"text":"\xff"}'):
            response = await it.client.post("/notes/", content=content, headers=JSON)
            assert response.status_code == 400, content
            assert response.headers["content-type"] == "application/problem+json"
            assert response.json()["detail"].startswith("Invalid JSON"), content


@pytest.mark.parametrize("value", [None, [], "text", {"text": 1}, {}, {"text": None}])
async def test_wrong_types_are_422(serve: Serve, value: object) -> None:
    async with serve(notes) as it:
        response = await it.client.post("/notes/", content=json.dumps(value), headers=JSON)
        assert response.status_code == 422
        assert response.json()["errors"][0]["loc"][0] == "body"


async def test_deep_nesting_is_refused(serve: Serve) -> None:
    async with serve(notes) as it:
        content = b"[" * 490 + b"]" * 490
        response = await it.client.post("/notes/", content=content, headers=JSON)
        assert response.status_code in (400, 422)


@pytest.mark.parametrize("path", ["/notes/", "/notes/streamed", "/notes/form"])
async def test_a_body_over_the_limit_is_413(serve: Serve, path: str) -> None:
    headers = {"content-type": "application/json"}
    if path.endswith("form"):
        headers = {"content-type": "application/x-www-form-urlencoded"}
    async with serve(notes) as it:
        known = await it.client.post(path, content=b"x" * (LIMIT + 1), headers=headers)
        unknown = await it.client.post(path, content=chunks(100, 11), headers=headers)
        for response in (known, unknown):
            assert response.status_code == 413
            assert response.json()["detail"] == "The body may have at most 1000 bytes."


async def test_a_body_of_just_the_limit_passes(serve: Serve) -> None:
    async with serve(notes) as it:
        content = json.dumps({"text": "x" * (LIMIT - 12)}).encode()
        assert len(content) == LIMIT
        assert (await it.client.post("/notes/", content=content, headers=JSON)).status_code == 201
        pieces = (content[i : i + 300] for i in range(0, LIMIT, 300))

        async def stream() -> AsyncIterator[bytes]:
            for piece in pieces:
                yield piece

        response = await it.client.post("/notes/", content=stream(), headers=JSON)
        assert response.status_code == 201
        response = await it.client.post("/notes/streamed", content=chunks(100, 10))
        assert (response.status_code, response.json()) == (200, LIMIT)


async def test_an_address_may_take_more_than_the_others(serve: Serve) -> None:
    async with serve(notes) as it:
        for most in (b"x" * 2 * LIMIT, chunks(100, 20)):
            assert (await it.client.post("/notes/large", content=most)).json() == 2 * LIMIT
        for more in (b"x" * (2 * LIMIT + 1), chunks(100, 21)):
            refused = await it.client.post("/notes/large", content=more)
            assert refused.status_code == 413
            assert refused.json()["detail"] == "The body may have at most 2000 bytes."


async def test_a_body_that_says_it_is_too_large_is_not_waited_for(serve: Serve) -> None:
    async with serve(notes) as it:
        answer = await it.send(
            b"POST /notes/ HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            b"connection: close\r\ncontent-length: 5000\r\n\r\n"
        )
        assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_client_that_leaves_amid_its_body_is_no_error() -> None:
    waiting = [{"type": "http.request", "body": b"{", "more_body": True}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope: dict[str, object] = {"type": "http", "method": "POST", "path": "/notes/"}
    scope |= {"headers": [], "query_string": b""}
    async with started(notes) as t:
        with capture_logs() as logs:
            await t.app.http(scope, receive, send)
        assert logs == []


async def test_unknown_paths_and_methods(serve: Serve) -> None:
    async with serve(notes) as it:
        assert (await it.client.get("/nothing")).status_code == 404
        assert (await it.client.get("/notes/%2e%2e/x")).status_code == 404
        for method in ("PUT", "BREW", "TRACE"):
            response = await it.client.request(method, "/notes/1")
            assert response.status_code in (400, 405), method
        response = await it.client.request("PUT", "/notes/1")
        assert response.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_numbers_that_are_none(serve: Serve) -> None:
    async with serve(notes) as it:
        for text in ("x", "1.5", "1e3", "\uff19", "%00", "9" * 5000, "-"):
            response = await it.client.get(f"/notes/{text}")
            assert response.status_code == 422, text
            assert response.json()["errors"][0]["loc"] == ["path", "number"]


async def test_head_and_a_kept_connection(serve: Serve) -> None:
    async with serve(notes) as it:
        for _ in range(3):
            assert (await it.client.head("/notes/12")).headers["content-length"] == "2"
            assert (await it.client.get("/notes/12")).json() == 12
