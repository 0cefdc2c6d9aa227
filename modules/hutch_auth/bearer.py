"""The bearer token of a request."""

from __future__ import annotations

from starlette.requests import HTTPConnection


def bearer_of(connection: HTTPConnection) -> str | None:
    """Return the token of an ``Authorization: Bearer`` header, None without one.

    See RFC 6750, section 2.1; the scheme's name is case-insensitive.
    """
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
