"""Cookies, as a request brings them."""

from __future__ import annotations

from starlette.requests import HTTPConnection


def raw_cookie(connection: HTTPConnection, name: str) -> str | None:
    """Return the value of a cookie as it was sent, None without one; the last of several.

    Its name is compared to the letter: ``connection.cookies`` also takes those for it around
    which stands what only Python knows as a space, and browsers let another host set them.

    Args:
        connection: The request, or a WebSocket's.
        name: The cookie's name.
    """
    wanted, found = name.encode(), None
    for header, field in connection.headers.raw:
        for pair in field.split(b";") if header == b"cookie" else ():
            own, equals, value = pair.partition(b"=")
            if equals and own.strip(b" \t") == wanted:
                found = value.strip(b" \t").decode("latin-1")
    return found
