"""Where a request comes from: protection against forged requests of other sites (CSRF)."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from hutch.http import Forbidden

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_safe(connection: HTTPConnection) -> bool:
    """Tell whether a request only reads. A WebSocket connection does not count as such."""
    return connection.scope.get("method") in SAFE_METHODS


def refuse_foreign(connection: HTTPConnection) -> None:
    """Refuse a request that another site made the browser send.

    The browser says so in ``Sec-Fetch-Site``, or in ``Origin`` where the connection
    is not encrypted. See the OWASP CSRF Prevention Cheat Sheet, "Fetch Metadata" and
    "Verifying Origin".

    Raises:
        Forbidden: It comes from elsewhere, or does not say where from.
    """
    site = connection.headers.get("sec-fetch-site")
    origin = connection.headers.get("origin")
    if site is not None:
        own = site == "same-origin"
    else:
        # `Origin: null` names no host, and a request without one has none either.
        host = _host_of(origin or "")
        own = host is not None and host == connection.headers.get("host")
    if not own:
        raise Forbidden(
            "This request does not come from a page of this app, so it was not carried out. "
            "Programs send their token instead of a cookie: Authorization: Bearer."
        )


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None
