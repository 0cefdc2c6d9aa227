"""Events: a stream of server-sent events."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hutch.http.request import STOPPING

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event.

    Attributes:
        data: Text as it is; anything else as JSON.
        event: Its kind; None is what browsers call ``message``.
        id: What a client that comes back sends as ``Last-Event-ID``.
        retry: Seconds after which the client shall come back.
    """

    data: Any
    event: str | None = None
    id: str | None = None
    retry: float | None = None

    def encode(self) -> bytes:
        """Write the event as it is sent.

        Raises:
            ValueError: ``event`` or ``id`` holds a line break or NUL.

        Source: WHATWG HTML, 9.2 Server-sent events.
        """
        lines: list[str] = []
        for name, value in (("event", self.event), ("id", self.id)):
            if value is not None:
                lines.append(f"{name}: {_single_line(name, value)}")
        if self.retry is not None:
            lines.append(f"retry: {round(self.retry * 1000)}")
        text = self.data if isinstance(self.data, str) else to_json(self.data).decode()
        lines.extend(f"data: {line}" for line in _LINE_END.split(text))
        return "\n".join([*lines, "", ""]).encode()


class EventStream(Response):
    """A response that sends events as they come.

    It ends when the iterator ends, the client leaves, the client does not read for
    ``send_timeout``, it lasts ``longest``, or the app stops. The iterator is closed in
    every case. The request's scope is closed before the first event: use objects of the app.

    A client that comes back says in the header ``Last-Event-ID`` what it got last:
    take it as ``last_event_id: Annotated[str | None, Header()] = None``.
    """

    media_type = "text/event-stream"
    charset = "utf-8"

    def __init__(
        self,
        events: AsyncIterator[Event],
        *,
        ping: float = 15.0,
        send_timeout: float = 30.0,
        longest: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Stream events.

        Args:
            events: Where they come from, usually an async generator.
            ping: Seconds between comments that keep proxies from closing the connection.
            send_timeout: Seconds that one event may wait for a client that does not read.
            longest: Seconds after which it ends, None for never. A browser comes back by itself
                and is let in again or not: who lost the right to listen does not listen on.
            headers: Further headers.
        """
        self.status_code = 200
        self.background = None
        self.init_headers({"cache-control": "no-store", "x-accel-buffering": "no"})
        self.headers.update(headers or {})
        self._events = events
        self._ping = ping
        self._send_timeout = send_timeout
        self._longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events until one side ends."""
        start = {"status": self.status_code, "headers": self.raw_headers}
        try:
            await send({"type": "http.response.start", **start})
            if scope["method"] != "HEAD":
                await self._stream(scope, receive, send)
            await self._send(send, b"", more_body=False)
        except ClientDisconnect:
            return
        finally:
            await _close(self._events)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        stopping: asyncio.Event = scope.get(STOPPING) or asyncio.Event()
        parts = (self._relay(send), self._keep_alive(send), _gone(receive), stopping.wait())
        tasks = [asyncio.ensure_future(part) for part in parts]
        try:
            done, _ = await asyncio.wait(
                tasks, timeout=self._longest, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _relay(self, send: Send) -> None:
        # Started, run and closed in one task: generators may hold a task group or timeout.
        try:
            async for event in self._events:
                await self._send(send, event.encode())
        finally:
            await _close(self._events)

    async def _keep_alive(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._ping)
            await self._send(send, b": ping\n\n")

    async def _send(self, send: Send, body: bytes, *, more_body: bool = True) -> None:
        try:
            async with asyncio.timeout(self._send_timeout):
                await send({"type": "http.response.body", "body": body, "more_body": more_body})
        except (TimeoutError, OSError) as error:
            raise ClientDisconnect from error


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _close(events: AsyncIterator[Event]) -> None:
    close = getattr(events, "aclose", None)
    if close is not None:
        await close()


def _single_line(name: str, value: str) -> str:
    if _LINE_END.search(value) or "\0" in value:
        raise ValueError(f"Event({name}={value!r}): it must be one line without NUL.")
    return value
