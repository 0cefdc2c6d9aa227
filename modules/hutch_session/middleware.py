"""Middleware: the current session of every request."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hutch.http import Conflict, Problem, ServiceUnavailable
from hutch_session.cookie import SessionCookie
from hutch_session.current import SCOPE, CurrentSession
from hutch_session.errors import SessionConflict, SessionError, SessionGone, SessionsUnavailable
from hutch_session.port import Sessions

_BEGINNINGS = ("http.response.start", "websocket.http.response.start", "websocket.accept")
_FAILED = 500


class SessionMiddleware:
    """Puts the current session into the scope; saves it, and sets the cookie."""

    def __init__(self, app: ASGIApp, sessions: Sessions, cookie: SessionCookie) -> None:
        self._app = app
        self._sessions = sessions
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket connection."""
        current = CurrentSession(HTTPConnection(scope), self._sessions, self._cookie)
        scope[SCOPE] = current
        response = _Response(current, scope, receive, send)
        try:
            await self._app(scope, receive, response.send)
        except Exception:
            # Who logged in or out has done so, whatever failed afterwards.
            current.announce()
            raise


class _Response:
    """Finishes the session before the response begins."""

    __slots__ = ("_current", "_receive", "_scope", "_send", "is_replaced")

    def __init__(self, current: CurrentSession, scope: Scope, receive: Receive, send: Send) -> None:
        self._current = current
        self._scope = scope
        self._receive = receive
        self._send = send
        self.is_replaced = False

    async def send(self, message: Message) -> None:
        """Pass a message on."""
        if self.is_replaced:
            return
        if message["type"] in _BEGINNINGS:
            try:
                await self._current.finish(failed=message.get("status", 0) >= _FAILED)
            except (SessionConflict, SessionsUnavailable) as error:
                await self._replace(problem_of(error))
                return
            names = {name.lower() for name, _ in message.get("headers", ())}
            self._current.announce(cacheable=b"cache-control" in names)
        await self._send(message)

    async def _replace(self, problem: Problem) -> None:
        """Answer with a problem instead of the response that is about to begin."""
        if self._scope["type"] == "websocket":
            raise problem
        self.is_replaced = True
        self._current.announce()
        await problem(self._scope, self._receive, self._send)


def session_middleware(sessions: Sessions, cookie: SessionCookie) -> Callable[[ASGIApp], ASGIApp]:
    """Return what wraps the app."""
    return lambda app: SessionMiddleware(app, sessions, cookie)


def problem_of(error: SessionError) -> Problem:
    """Return how a client is told of an error."""
    if isinstance(error, SessionsUnavailable):
        return ServiceUnavailable("The sessions cannot be reached.", headers={"retry-after": "1"})
    if isinstance(error, SessionGone):
        return Conflict("The session has ended.")
    return Conflict("Another request has changed the session meanwhile; repeat this one.")
