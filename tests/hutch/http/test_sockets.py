from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from hutch import Inject, Module, bind
from hutch.contributions import Middleware
from hutch.http import Conflict, Unauthorized, controller, get, guard, websocket

if TYPE_CHECKING:
    from .conftest import Serve


class Journal:
    def __init__(self) -> None:
        self.closed = asyncio.Event()


class Session:
    def __init__(self, socket: WebSocket) -> None:
        self.path = socket.url.path


async def session(socket: WebSocket, journal: Journal) -> AsyncIterator[Session]:
    try:
        yield Session(socket)
    finally:
        journal.closed.set()


class LoggedIn:
    async def __call__(self, connection: HTTPConnection, /) -> None:
        if "token" not in connection.query_params:
            raise Unauthorized("Log in.")


@controller("/chat")
@guard(LoggedIn)
class Chat:
    @websocket("/{room}")
    async def talk(
        self, socket: WebSocket, room: int, session: Inject[Session], loud: bool = False
    ) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            if text == "bug":
                raise ZeroDivisionError("secret")
            if text == "conflict":
                raise Conflict
            await socket.send_json([room, session.path, text.upper() if loud else text])

    @get("/{room}")
    async def read(self, room: int) -> int:
        return room


def app() -> Module:
    return Module(
        "app",
        providers=[Journal, bind(Session).open(session).per_request()],
        controllers=[Chat],
        exports=[Journal],
    )


async def test_a_socket_talks_and_its_scope_lasts_as_long(serve: Serve) -> None:
    async with serve(app()) as it:
        async with connect(f"ws://127.0.0.1:{it.port}/chat/3?token=1&loud=yes") as socket:
            await socket.send("hello")
            assert await socket.recv() == '[3,"/chat/3","HELLO"]'
            assert not it.app.get(Journal).closed.is_set()
        async with asyncio.timeout(5):
            await it.app.get(Journal).closed.wait()
        assert (await it.client.get("/chat/3?token=1")).json() == 3


@pytest.mark.parametrize(
    ("path", "status"), [("/chat/3", 401), ("/chat/x?token=1", 422), ("/nothing", 404)]
)
async def test_a_connection_is_refused_before_it_opens(
    serve: Serve, path: str, status: int
) -> None:
    async with serve(app()) as it:
        with pytest.raises(InvalidStatus) as caught:
            async with connect(f"ws://127.0.0.1:{it.port}{path}"):
                pass
        response = caught.value.response
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
        assert "x-request-id" in response.headers


@pytest.mark.parametrize(("text", "code", "logged"), [("bug", 1011, 1), ("conflict", 1008, 0)])
async def test_an_error_closes_the_connection(
    serve: Serve, text: str, code: int, logged: int
) -> None:
    async with serve(app()) as it:
        async with connect(f"ws://127.0.0.1:{it.port}/chat/3?token=1") as socket:
            await socket.send(text)
            with capture_logs() as logs, pytest.raises(ConnectionClosed) as caught:
                await socket.recv()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == code
        assert "secret" not in caught.value.rcvd.reason
        assert len(logs) == logged


def closed_shop() -> object:
    def wrap(app: ASGIApp) -> ASGIApp:
        async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
            raise Conflict("Closed.")

        return middleware

    return wrap


async def test_middleware_may_refuse_a_connection(serve: Serve) -> None:
    shut = Module("app", contributions=[Middleware(closed_shop)])  # type: ignore[arg-type]
    async with serve(shut) as it:
        with pytest.raises(InvalidStatus) as caught:
            async with connect(f"ws://127.0.0.1:{it.port}/chat/3"):
                pass
        assert caught.value.response.status_code == 409
