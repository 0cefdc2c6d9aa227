"""Front: what happens to every request, whoever serves it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hutch.context import accept_request_id, adopt, bind_context
from hutch.http.failures import problem_of, unexpected
from hutch.http.request import EXTRA_HEADERS, STOPPING
from hutch.http.sockets import refuse

_log = structlog.get_logger(__name__)

_BEGINNINGS = ("http.response.start", "websocket.http.response.start", "websocket.accept")
_NOSNIFF = (b"x-content-type-options", b"nosniff")


class Front:
    """Gives each request its id and trace, and answers for errors nobody else caught."""

    def __init__(self, app: ASGIApp, stopping: asyncio.Event) -> None:
        """Stand before an app.

        Args:
            app: What serves.
            stopping: Set when streams shall end.
        """
        self._app = app
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket connection."""
        if EXTRA_HEADERS in scope:  # an app inside another one, whose front has done the rest
            scope[STOPPING] = self._stopping
            return await self._app(scope, receive, send)
        return await self._first(scope, receive, send)

    async def _first(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        given = headers.get(b"x-request-id")
        request_id = accept_request_id(given.decode("latin-1") if given else None)
        response = _Response(scope, send, request_id)
        scope[STOPPING] = self._stopping
        with _bound(request_id, headers.get(b"traceparent")):
            try:
                await self._app(scope, receive, response.send)
            except Exception as error:
                await response.fail(error, scope, receive)


class _Response:
    """Adds the common headers to a response and knows whether it has begun."""

    __slots__ = ("_extra", "_send", "begun")

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        self._send = send
        self._extra = [(b"x-request-id", request_id.encode("ascii")), _NOSNIFF]
        self.begun = False
        scope[EXTRA_HEADERS] = self._extra

    def send(self, message: Message) -> Awaitable[None]:
        """Pass a message on."""
        if message["type"] in _BEGINNINGS:
            self.begun = True
            message = {**message, "headers": [*message.get("headers", ()), *self._extra]}
        return self._send(message)

    async def fail(self, error: Exception, scope: Scope, receive: Receive) -> None:
        """Answer with a problem where an answer is still possible, else break off."""
        if self.begun:
            # The server sees an unfinished response and closes the connection.
            _log.error("response broken off", exc_info=error)
            return
        problem = problem_of(error) or unexpected(error)
        if scope["type"] == "websocket":
            await refuse(scope, receive, self.send, problem)
        else:
            await problem(scope, receive, self.send)


def _bound(request_id: str, traceparent: bytes | None) -> Any:
    if traceparent is None:
        return bind_context(request_id=request_id)
    return adopt({"traceparent": traceparent.decode("latin-1")}, request_id=request_id)
