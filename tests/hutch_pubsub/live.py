"""An app that shows each user their jobs, live; and how a test serves it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Annotated

import httpx2
import uvicorn
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from hutch import Module
from hutch.http import EventStream, Header, controller, get, websocket
from hutch.testing import Testing
from hutch_pubsub import Channel, Events, everybody, only, pubsub_module, sse, ws


class JobDone(BaseModel):
    job_id: str = Field(alias="jobId")
    queue: str
    status: str = "completed"


class Maintenance(BaseModel):
    message: str
    severity: str


COMPLETED = Channel("jobs:completed:{user}", JobDone, history=100)
MAINTENANCE = Channel("system:maintenance", Maintenance)


def job_done(id: str) -> JobDone:
    return JobDone(jobId=id, queue="publish")


@controller("/live")
@dataclass
class Live:
    """The user is whom the header ``x-user`` names."""

    events: Events

    @get("/{user}")
    async def stream(
        self,
        user: str,
        x_user: Annotated[str, Header()],
        last_event_id: Annotated[str, Header()] = "",
    ) -> EventStream:
        topics = COMPLETED.of(user=user), MAINTENANCE.of()
        return await sse(
            self.events,
            *topics,
            authorise=only(user=x_user),
            last_event_id=last_event_id,
            ping=0.05,
        )

    @get("/everything")
    async def everything(self, x_user: Annotated[str, Header()]) -> EventStream:
        return await sse(self.events, COMPLETED.all(), authorise=only(user=x_user))

    @websocket("/{user}/socket")
    async def talk(self, socket: WebSocket, user: str, after: str = "") -> None:
        me = HTTPConnection(socket.scope).headers.get("x-user", "")
        topics = COMPLETED.of(user=user), MAINTENANCE.of()
        await ws(socket, self.events, *topics, authorise=only(user=me or "nobody"), after=after)

    @get("/{user}/briefly")
    async def briefly(self, user: str) -> EventStream:
        return await sse(self.events, MAINTENANCE.of(), authorise=everybody, longest=0.2)

    @websocket("/notices/briefly")
    async def brief_notices(self, socket: WebSocket) -> None:
        await ws(socket, self.events, MAINTENANCE.of(), authorise=everybody, longest=0.2)

    @websocket("/notices")
    async def notices(self, socket: WebSocket) -> None:
        await ws(socket, self.events, MAINTENANCE.of(), authorise=everybody)


live = Module("live", imports=[pubsub_module()], controllers=[Live], exports=[Events])


class Guest(uvicorn.Server):
    """A server that leaves the signals to the test."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(t: Testing) -> AsyncIterator[httpx2.AsyncClient]:
    """Serve the app on a real socket, because streams do not come through in process."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        t.app.http, lifespan="off", log_level="warning", timeout_graceful_shutdown=1
    )
    server = Guest(config)
    serving = asyncio.create_task(server.serve([listener]))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with httpx2.AsyncClient(base_url=url, headers={"x-user": "7"}, timeout=5) as client:
        try:
            yield client
        finally:
            server.should_exit = True
            await serving


async def sent(stream: httpx2.Response) -> AsyncIterator[dict[str, str]]:
    """Read server-sent events as their fields."""
    found: dict[str, str] = {}
    async for line in stream.aiter_lines():
        name, _, text = line.partition(": ")
        if name:
            found[name] = text
        elif not line and found:
            yield found
            found = {}
