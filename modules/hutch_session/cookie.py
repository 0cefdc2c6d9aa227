"""Cookie: where a browser keeps the id."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import HTTPConnection

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
        """Return the id that a request brings, or an empty text.

        The name is compared to the letter: ``connection.cookies`` also takes those for it
        around which stands what only Python knows as a space, and browsers let another host
        set them.
        """
        found = b""
        for name, field in connection.headers.raw:
            for pair in field.split(b";") if name == b"cookie" else ():
                own, equals, value = pair.partition(b"=")
                if equals and own.strip(b" \t") == self.name.encode():
                    found = value.strip(b" \t")
        return found.decode("latin-1")

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
