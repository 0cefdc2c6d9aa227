"""An answer that never comes: the server hangs up."""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_HANG_UP = "sandbox.hang_up"


class HangUpProtocol(H11Protocol):
    """uvicorn's HTTP protocol, handing the app a way to close the connection.

    ASGI itself has none: an app that returns without an answer gets a 500 sent.
    """

    def connection_made(  # type: ignore[override]
        self, transport: asyncio.Transport
    ) -> None:
        """Put the way to hang up into the state of this connection's requests."""
        super().connection_made(transport)
        self.app_state = self.app_state | {_HANG_UP: transport.close}


class LostResponse(Response):
    """Close the connection without a byte. Only under ``HangUpProtocol``."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hang up, wait until the connection is gone, and do what follows an answer."""
        scope["state"][_HANG_UP]()
        while (await receive())["type"] != "http.disconnect":
            pass
        if self.background is not None:
            await self.background()
