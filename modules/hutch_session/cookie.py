"""Cookie: where a browser keeps the id."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import HTTPConnection

from hutch.http import raw_cookie
from hutch.settings import CoreSettings, Profile
from hutch_session.session import Session

NAME = "session"


class SessionCookie:
    """Reads and writes the cookie.

    In production it is ``__Host-session`` with ``Secure``, so that no other host and no
    plain connection can set it. Elsewhere it is ``session``, since browsers keep secure
    cookies of http://localhost differently.
    """

    def __init__(self, core: CoreSettings) -> None:
        self._secure = core.profile is Profile.PRODUCTION
        self.name = f"__Host-{NAME}" if self._secure else NAME

    def read(self, connection: HTTPConnection) -> str:
        """Return the id that a request brings, or an empty text."""
        return raw_cookie(connection, self.name) or ""

    def write(self, session: Session) -> str:
        """Return the header that sets the cookie.

        It lives as long as the session; that of a login that is not to be remembered only
        until the browser is closed.
        """
        if session.user is not None and not session.remember:
            return self._header(session.id)
        left = session.expires - datetime.now(UTC)
        return self._header(session.id, max(1, round(left.total_seconds())))

    def remove(self) -> str:
        """Return the header that removes the cookie."""
        return self._header("", 0)

    def _header(self, value: str, max_age: int | None = None) -> str:
        lives = "" if max_age is None else f"; Max-Age={max_age}"
        secure = "; Secure" if self._secure else ""
        return f"{self.name}={value}{lives}; Path=/; HttpOnly; SameSite=Lax{secure}"
