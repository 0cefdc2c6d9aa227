"""A shop whose visitors have sessions."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from hutch import Inject, Module
from hutch.contributions import Mount
from hutch.http import Event, EventStream, controller, get, post, websocket
from hutch_session import CurrentSession, Sessions, session_module, session_of


@dataclass
class Gate:
    """Lets a request stop in the middle."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def close(self) -> None:
        self.reached.clear()
        self.open.clear()


async def count(current: CurrentSession, article: str) -> None:
    session = await current.open()
    number: Any = session.data.get(article, 0)
    session.data[article] = number + 1


@controller("/")
@dataclass
class Shop:
    gate: Gate
    sessions: Sessions

    @get("/me")
    async def me(self, current: Inject[CurrentSession]) -> dict[str, Any]:
        session = await current.get()
        return {"user": session and session.user, "data": session and session.data}

    @get("/static")
    async def static(self) -> str:
        return "nothing of anybody's"

    @post("/cart/{article}")
    async def cart(self, article: str, current: Inject[CurrentSession]) -> None:
        await count(current, article)

    @post("/slow/{article}")
    async def slow(self, article: str, current: Inject[CurrentSession]) -> None:
        await count(current, article)
        self.gate.reached.set()
        await self.gate.open.wait()

    @post("/login/{user}")
    async def login(
        self, user: str, current: Inject[CurrentSession], remember: bool = False
    ) -> None:
        await current.log_in(user, remember=remember)

    @post("/rotate")
    async def rotate(self, current: Inject[CurrentSession]) -> None:
        await current.rotate()

    @post("/logout")
    async def logout(self, current: Inject[CurrentSession]) -> None:
        await current.log_out()

    @post("/login-and-fail/{user}")
    async def fail(self, user: str, current: Inject[CurrentSession]) -> None:
        session = await current.log_in(user)
        session.data["half"] = True
        raise RuntimeError("failed after the login")

    @post("/no-json")
    async def no_json(self, current: Inject[CurrentSession]) -> None:
        data: Any = (await current.open()).data
        data["wrong"] = {1, 2}

    @post("/save-by-hand/{id}")
    async def by_hand(self, id: str) -> None:
        session = await self.sessions.load(id)
        assert session is not None
        await self.sessions.end(session)
        await self.sessions.save(session)

    @get("/stream")
    async def stream(self, current: Inject[CurrentSession]) -> EventStream:
        await count(current, "before")

        async def events() -> Any:
            await count(current, "during")
            await current.save()
            yield Event("done")

        return EventStream(events())

    @websocket("/talk")
    async def talk(self, socket: WebSocket, current: Inject[CurrentSession]) -> None:
        session = await current.get()
        await socket.accept()
        await socket.send_json(session and session.data)
        await socket.close()


def mounted() -> ASGIApp:
    """Make an app of another framework."""

    async def page(request: Request) -> Response:
        await count(session_of(request), "mounted")
        cacheable = {"cache-control": "private, max-age=5"}
        return PlainTextResponse("page", headers=cacheable)

    async def broken(request: Request) -> Response:
        await session_of(request).log_in("u1")
        raise RuntimeError("failed after the login")

    return Starlette(routes=[Route("/page", page), Route("/broken", broken)])


shop = Module(
    "shop",
    imports=[session_module()],
    providers=[Gate],
    controllers=[Shop],
    exports=[Sessions, Gate],
    contributions=[Mount("/mounted", mounted)],
)


def cookie(response: Any) -> str:
    """Return the id that a response sets."""
    (header,) = response.headers.get_list("set-cookie")
    name, _, rest = str(header).partition("=")
    assert name in ("session", "__Host-session")
    return rest.partition(";")[0]
