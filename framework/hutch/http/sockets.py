"""Sockets: handlers of WebSocket connections, compiled into ASGI apps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from hutch.http.declare import Guard
from hutch.http.decode import Decoder
from hutch.http.failures import problem_of, unexpected
from hutch.http.problem import Problem
from hutch.invoke import Invoker

_POLICY, _FAILURE = 1008, 1011


@dataclass(frozen=True, slots=True)
class SocketEndpoint:
    """Serves WebSocket connections by one handler, which accepts and talks.

    Attributes:
        decoder: Fills the arguments.
        guards: Decide before the connection is accepted.
        invoker: Calls the handler in its scope, which lasts as long as the connection.
    """

    decoder: Decoder
    guards: Sequence[Guard]
    invoker: Invoker

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        socket = WebSocket(scope, receive, send)
        try:
            for guard in self.guards:
                await guard(socket)
            await self.invoker(socket, self.decoder.values(socket))
        except WebSocketDisconnect:
            return
        except Exception as error:
            await _fail(socket, problem_of(error) or unexpected(error))


async def refuse(scope: Scope, receive: Receive, send: Send, problem: Problem) -> None:
    """Refuse a connection that nobody accepted."""
    await _fail(WebSocket(scope, receive, send), problem)


async def _fail(socket: WebSocket, problem: Problem) -> None:
    if WebSocketState.DISCONNECTED in (socket.client_state, socket.application_state):
        return
    if socket.application_state is WebSocketState.CONNECTED:
        await socket.close(_FAILURE if problem.status >= 500 else _POLICY, problem.title)
    elif "websocket.http.response" in socket.scope.get("extensions", {}):
        await socket.send_denial_response(problem.response())
    else:
        await socket.close(_POLICY)
