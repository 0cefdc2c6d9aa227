"""Body: read a request's body, and no more of it than allowed."""

from __future__ import annotations

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from hutch.http.problem import BadRequest, PayloadTooLarge

_MOST_DIGITS = 18


async def read_body(receive: Receive, length: bytes | None, limit: int) -> bytes:
    """Read a whole body.

    Args:
        receive: The ASGI channel.
        length: The ``Content-Length`` header; a body that says it is too large is not read.
        limit: The most bytes.

    Raises:
        PayloadTooLarge: It is over the limit.
        ClientDisconnect: The client left.
    """
    check_length(length, limit)
    message = await receive()
    body = _chunk(message)
    if len(body) <= limit and not message.get("more_body", False):
        return body
    chunks = [body]
    size = len(body)
    while size <= limit:
        if not message.get("more_body", False):
            return b"".join(chunks)
        message = await receive()
        chunks.append(_chunk(message))
        size += len(chunks[-1])
    raise too_large(limit)


def check_length(length: bytes | None, limit: int) -> None:
    """Refuse a body by what its ``Content-Length`` says.

    Raises:
        BadRequest: It says no number.
        PayloadTooLarge: It is over the limit.
    """
    if length is None:
        return
    if not length.isdigit():
        raise BadRequest("Content-Length is no number.")
    if len(length) > _MOST_DIGITS or int(length) > limit:
        raise too_large(limit)


def too_large(limit: int) -> PayloadTooLarge:
    """Make the problem that names the limit."""
    return PayloadTooLarge(f"The body may have at most {limit} bytes.")


def _chunk(message: Message) -> bytes:
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    chunk: bytes = message.get("body", b"")
    return chunk
