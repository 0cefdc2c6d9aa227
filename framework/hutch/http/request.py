"""The request as handlers and guards get it: Starlette's, with a bounded body."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from starlette.requests import HTTPConnection, Request
from starlette.types import Receive, Scope, Send

from hutch.http.body import check_length, read_body, too_large

EXTRA_HEADERS = "hutch.headers"
STOPPING = "hutch.stopping"


class BoundedRequest(Request):
    """A request whose body cannot be larger than the app accepts, however it is read."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        """Wrap a connection.

        Args:
            scope: Of the connection.
            receive: Its input.
            send: Its output.
            limit: The largest body, in bytes.
        """
        super().__init__(scope, receive, send)
        self.limit = limit
        self.raw_headers: dict[bytes, bytes] = dict(scope["headers"])

    async def body(self) -> bytes:
        """Read the whole body, once.

        Raises:
            PayloadTooLarge: It is over the limit.
        """
        if not hasattr(self, "_body"):
            if self._stream_consumed:
                raise RuntimeError("Stream consumed")
            length = self.raw_headers.get(b"content-length")
            self._body = await read_body(self._receive, length, self.limit)
        return self._body

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Read the body piece by piece.

        Raises:
            PayloadTooLarge: It is over the limit.
        """
        check_length(self.raw_headers.get(b"content-length"), self.limit)
        size = 0
        async for chunk in super().stream():
            size += len(chunk)
            if size > self.limit:
                raise too_large(self.limit)
            yield chunk


async def body_up_to(request: Request, most: int) -> bytes:
    """Read the whole body under a limit of its own, in place of the app's.

    Args:
        request: The request, whose body nobody has read yet.
        most: The largest body, in bytes.

    Raises:
        PayloadTooLarge: It is over the limit.
    """
    length = request.headers.get("content-length")
    return await read_body(request.receive, length.encode() if length else None, most)


def add_header(connection: HTTPConnection, name: str, value: str) -> None:
    """Add a header to the response, whatever it will be; for guards and interceptors.

    Raises:
        ValueError: Name or value hold what cannot stand in a header.
    """
    if not name.isascii() or any(char in name + value for char in "\r\n\0"):
        raise ValueError(f"{name!r} cannot be sent as a header; remove line breaks.")
    header = (name.lower().encode("ascii"), value.encode("latin-1"))
    connection.scope[EXTRA_HEADERS].append(header)
