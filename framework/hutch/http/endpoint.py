"""Endpoint: one handler, compiled into an ASGI app."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from hutch.http.deadlines import Deadlines
from hutch.http.declare import Guard
from hutch.http.decode import Decoder
from hutch.http.encode import Encoder
from hutch.http.failures import Failures
from hutch.http.problem import ServiceUnavailable
from hutch.http.request import BoundedRequest
from hutch.invoke import Invoker


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Serves requests by one handler.

    The request's scope is closed before the response begins, so an error while it
    closes is still a 500.

    Attributes:
        decoder: Fills the arguments.
        guards: Decide first.
        invoker: Calls the handler in its scope.
        encoder: Serialises the result.
        failures: Turns errors into responses.
        deadlines: Cancel what takes too long.
        body_limit: The largest body, in bytes.
    """

    decoder: Decoder
    guards: Sequence[Guard]
    invoker: Invoker
    encoder: Encoder
    failures: Failures
    deadlines: Deadlines
    body_limit: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = BoundedRequest(scope, receive, send, self.body_limit)
        clock = self.deadlines.begin()
        try:
            answer = await self._answer(request)
        except BaseException as error:
            if not (self.deadlines.end(clock) and isinstance(error, asyncio.CancelledError)):
                raise
            answer = _too_late()
        else:
            if self.deadlines.end(clock):
                answer = _too_late()
        if isinstance(answer, bytes):
            await self.encoder.send(answer, send)
        else:
            await answer(scope, receive, send)

    async def _answer(self, request: BoundedRequest) -> bytes | ASGIApp:
        try:
            for guard in self.guards:
                await guard(request)
            arguments = self.decoder.values(request)
            await self.decoder.body(request, arguments)
            return self.encoder.encode(await self.invoker(request, arguments))
        except ClientDisconnect:
            return _nobody
        except Exception as error:
            return await self.failures.response(request, error)


def _too_late() -> ServiceUnavailable:
    return ServiceUnavailable("The request took too long.")


async def _nobody(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer nothing: the client left."""
