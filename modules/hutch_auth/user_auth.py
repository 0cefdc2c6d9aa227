"""Who has an account, or else a token of the settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.requests import HTTPConnection

from hutch.http import ServiceUnavailable, Unauthorized
from hutch_auth.bearer import bearer_of
from hutch_auth.port import CurrentUser
from hutch_auth.token_auth import CHALLENGE, TokenAuth
from hutch_auth.tries import Tries
from hutch_auth.users import User, Users
from hutch_session import Sessions, SessionsUnavailable, session_of

_SOON = {"retry-after": "1"}

_log = structlog.get_logger(__name__)


class UserAuth:
    """Users with accounts, beside the tokens of the settings; see ``Auth``."""

    def __init__(self, tokens: TokenAuth, users: Users, sessions: Sessions, tries: Tries) -> None:
        self._tokens = tokens
        self._users = users
        self._sessions = sessions
        self._tries = tries

    @property
    def takes_passwords(self) -> bool:
        """There are accounts."""
        return True

    @property
    def takes_tokens(self) -> bool:
        """Whether a token is set."""
        return self._tokens.takes_tokens

    async def who(self, connection: HTTPConnection, /) -> CurrentUser | None:
        """Return who sends a request; see ``Auth.who``."""
        token = bearer_of(connection)
        # The tokens of the settings come first: they work while nothing else does.
        if token is None:
            return self._tokens.of_cookie(connection) or await self._of_session(connection)
        if self._tokens.of_token(token) is None and (user := await self._of_api_token(token)):
            return user
        return await self._tokens.of_bearer(connection, token)

    async def log_in(
        self, connection: HTTPConnection, name: str, password: str, /, *, remember: bool = False
    ) -> CurrentUser:
        """Begin a session of the user; see ``Auth.log_in``."""
        async with self._tries.one(connection, name):
            with _reaching():
                user = await self._users.check(name, password)
            if user is None:
                _log.warning("login refused", by="password")
                raise Unauthorized("Name or password is wrong.", headers=CHALLENGE)
        with _reaching():
            stamp = _stamp(user)
            await session_of(connection).log_in(user.id, remember=remember, stamp=stamp)
        await self._tokens.log_out(connection)
        _log.info("logged in", user=f"user {user.id}")
        return _current(user)

    async def log_in_with_token(self, connection: HTTPConnection, token: str, /) -> CurrentUser:
        """Let the response set the cookie; see ``Auth.log_in_with_token``."""
        return await self._tokens.log_in_with_token(connection, token)

    async def log_out(self, connection: HTTPConnection, /) -> None:
        """End the session, and a login by token; see ``Auth.log_out``."""
        await self._tokens.log_out(connection)
        with _reaching():
            await session_of(connection).log_out()

    async def log_out_everywhere(self, user: CurrentUser, /) -> None:
        """End every session of a user; see ``Auth.log_out_everywhere``."""
        if user.id is not None:
            with _reaching():
                await self._sessions.end_all(user.id)

    async def _of_api_token(self, token: str) -> CurrentUser | None:
        with _reaching():
            user = await self._users.of_token(token)
        return None if user is None else _current(user)

    async def _of_session(self, connection: HTTPConnection) -> CurrentUser | None:
        current = session_of(connection)
        with _reaching():
            session = await current.get()
            if session is None or session.user is None:
                return None
            user = await self._users.get(session.user)
            if user and not user.disabled and session.stamp == _stamp(user):
                return _current(user)
            # The account is disabled, or has another password, since the session began.
            await current.log_out()
        return None


def _stamp(user: User) -> str:
    """Return what a login is stamped with: a session of an older generation has ended."""
    return str(user.generation)


def _current(user: User) -> CurrentUser:
    return CurrentUser(user.name, user.roles, user.id)


@contextmanager
def _reaching() -> Iterator[None]:
    """Tell the client when sessions or accounts cannot be reached: 503, not 401 or 500."""
    try:
        yield
    except SessionsUnavailable as error:
        raise ServiceUnavailable("The sessions cannot be reached.", headers=_SOON) from error
    except (OSError, DBAPIError, PoolTimeoutError) as error:
        _log.warning("accounts cannot be reached", error=type(error).__name__)
        raise ServiceUnavailable("The accounts cannot be reached.", headers=_SOON) from error
