"""The session of the request that is being served."""

from __future__ import annotations

from contextlib import suppress

import structlog
from starlette.requests import HTTPConnection

from hutch.http import add_header
from hutch_session.cookie import SessionCookie
from hutch_session.errors import SessionError, SessionGone
from hutch_session.port import Sessions
from hutch_session.session import Session

SCOPE = "hutch.session"

_log = structlog.get_logger(__name__)


class CurrentSession:
    """The visitor's session: read when it is asked for, saved before the response begins.

    Inject it into a handler, ``current: Inject[CurrentSession]``, or take it from any
    connection with ``session_of``. Its methods raise ``SessionsUnavailable`` where the
    sessions' server does not answer: a 503.
    """

    def __init__(
        self, connection: HTTPConnection, sessions: Sessions, cookie: SessionCookie
    ) -> None:
        """Prepare; nothing is read yet."""
        self._connection = connection
        self._sessions = sessions
        self._cookie = cookie
        self._session: Session | None = None
        self._is_read = False
        self._is_announced = False
        self._header: str | None = None

    async def get(self) -> Session | None:
        """Return the session; None if the visitor has none. Change its ``data`` freely."""
        if not self._is_read:
            id = self._cookie.read(self._connection)
            self._session = await self._sessions.load(id) if id else None
            self._is_read = True
        return self._session

    async def open(self, profile: str = "default") -> Session:
        """Return the session; begin an empty one if the visitor has none."""
        session = await self.get()
        if session is None:
            session = self._begun(await self._sessions.create(profile=profile))
        return session

    async def log_in(
        self,
        user: str,
        *,
        profile: str = "default",
        remember: bool = False,
        stamp: str | None = None,
    ) -> Session:
        """Make the session a user's, under a new id; what an unknown visitor had in it stays.

        Args:
            user: The key of the account.
            profile: Of the session, whatever that of the visitor's was.
            remember: Whether it lives as long as the profile remembers; else the browser
                forgets it when it is closed.
            stamp: What to tell of this login later; see ``Sessions.create``.
        """
        session = await self._own(user)
        if session is not None and session.profile == profile:
            with suppress(SessionGone):
                moved = await self._sessions.rotate(
                    session, user=user, remember=remember, stamp=stamp
                )
                return self._begun(moved)
            session = None
        data = session.data if session else None
        begun = await self._sessions.create(
            data, user=user, profile=profile, remember=remember, stamp=stamp
        )
        if session is not None:
            await self._sessions.end(session)
        return self._begun(begun)

    async def rotate(self) -> Session | None:
        """Give the session a new id, as after a change of rights; None if there is none."""
        session = await self.get()
        return None if session is None else self._begun(await self._sessions.rotate(session))

    async def log_out(self) -> None:
        """End the session and remove the cookie."""
        session = await self.get()
        if session is not None:
            await self._sessions.end(session)
        self._session = None
        self._header = self._cookie.remove()

    async def save(self) -> None:
        """Save changes now: for streams and WebSockets, whose response has begun.

        Raises:
            SessionGone: The session has ended.
            SessionConflict: Others have changed the same value of its data.
            InvalidSession: The data cannot be stored.
        """
        if self._session is not None and self._session.changed:
            self._session = await self._sessions.save(self._session)

    async def finish(self, *, failed: bool) -> None:
        """Save the changes of a request that did not fail, before its response begins.

        Those of a session that has ended meanwhile are dropped: nobody could read them.
        """
        if failed:
            return
        try:
            await self.save()
        except SessionGone:
            _log.info("session ended during a request, its changes are dropped")

    def announce(self, *, cacheable: bool = False) -> None:
        """Add the headers that the response needs, once.

        Args:
            cacheable: Whether the response says itself how it may be stored.
        """
        if self._is_announced:
            return
        self._is_announced = True
        if self._is_read:
            add_header(self._connection, "vary", "cookie")
        if self._header is not None:
            add_header(self._connection, "set-cookie", self._header)
            if not cacheable:
                add_header(self._connection, "cache-control", "no-store")

    async def _own(self, user: str) -> Session | None:
        """Return the session that this user may go on with; end that of another one."""
        session = await self.get()
        if session is not None and session.user not in (None, user):
            # Nothing of one account is left to another.
            await self._sessions.end(session)
            return None
        return session

    def _begun(self, session: Session) -> Session:
        self._session = session
        self._header = self._cookie.write(session)
        return session


def session_of(connection: HTTPConnection) -> CurrentSession:
    """Return the session of a request or WebSocket connection.

    Raises:
        SessionError: The app does not import ``session_module()``.
    """
    current = connection.scope.get(SCOPE)
    if not isinstance(current, CurrentSession):
        raise SessionError(
            "this connection has no session: import session_module() in a module of the app that "
            "serves it."
        )
    return current
