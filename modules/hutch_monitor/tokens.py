"""Operators known by tokens from the settings, until an app has user accounts."""

from __future__ import annotations

import hashlib
import hmac

from starlette.requests import HTTPConnection

from hutch_monitor.bearer import bearer_of
from hutch_monitor.cookie import LoginCookie, tokens_of
from hutch_monitor.port import Operator
from hutch_monitor.settings import MonitorSettings


class TokenOperators:
    """One operator and one viewer, each known by a token."""

    def __init__(self, settings: MonitorSettings, cookie: LoginCookie) -> None:
        self._cookie = cookie
        self._known = [
            (_digest(token.get_secret_value()), Operator(access.value, access))
            for access, token in tokens_of(settings).items()
        ]

    async def authenticate(self, token: str, /) -> Operator | None:
        """Return whose token this is; the time it takes tells nothing of the tokens."""
        given = _digest(token)
        found = None
        for known, operator in self._known:
            if hmac.compare_digest(known, given):
                found = operator
        return found

    async def who(self, connection: HTTPConnection, /) -> Operator | None:
        """Return who sends a request, by bearer token or else by cookie."""
        token = bearer_of(connection)
        if token is not None:
            return await self.authenticate(token)
        return self._cookie.read(connection)


def _digest(token: str) -> bytes:
    # Of equal length, so that comparing does not tell the length either.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
