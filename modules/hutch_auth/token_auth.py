"""Who has a token of the settings: all that an app without accounts knows."""

from __future__ import annotations

import hashlib
import hmac

import structlog
from starlette.requests import HTTPConnection

from hutch.http import Unauthorized
from hutch_auth.api_token import parse_token
from hutch_auth.bearer import bearer_of
from hutch_auth.cookie import TokenCookie, token_user, tokens_of
from hutch_auth.port import CurrentUser
from hutch_auth.settings import AuthSettings
from hutch_auth.tries import Tries

CHALLENGE = {"www-authenticate": "Bearer"}

_log = structlog.get_logger(__name__)


class TokenAuth:
    """One operator and one viewer, each known by a token; see ``Auth``."""

    def __init__(self, settings: AuthSettings, cookie: TokenCookie, tries: Tries) -> None:
        self._cookie = cookie
        self._tries = tries
        self._known = [
            (_digest(token.get_secret_value()), token_user(role))
            for role, token in tokens_of(settings).items()
        ]

    @property
    def takes_passwords(self) -> bool:
        """There are no accounts."""
        return False

    @property
    def takes_tokens(self) -> bool:
        """Whether one is set."""
        return bool(self._known)

    async def who(self, connection: HTTPConnection, /) -> CurrentUser | None:
        """Return who sends a request; see ``Auth.who``."""
        token = bearer_of(connection)
        if token is None:
            return self.of_cookie(connection)
        return await self.of_bearer(connection, token)

    async def log_in(
        self, connection: HTTPConnection, name: str, password: str, /, *, remember: bool = False
    ) -> CurrentUser:
        """Refuse: there are no accounts; see ``Auth.log_in``."""
        raise Unauthorized("People log in with a token here.", headers=CHALLENGE)

    async def log_in_with_token(self, connection: HTTPConnection, token: str, /) -> CurrentUser:
        """Let the response set the cookie; see ``Auth.log_in_with_token``."""
        async with self._tries.one(connection):
            user = self.of_token(token)
            if user is None:
                _log.warning("login refused", by="token")
                raise Unauthorized("Nobody has this token.", headers=CHALLENGE)
        self._cookie.write(connection, user.name)
        _log.info("logged in", user=user.label)
        return user

    async def log_out(self, connection: HTTPConnection, /) -> None:
        """Let the response remove the cookie; see ``Auth.log_out``."""
        self._cookie.remove(connection)

    async def log_out_everywhere(self, user: CurrentUser, /) -> None:
        """Do nothing: a login by token ends with its cookie, or with another token."""

    async def of_bearer(self, connection: HTTPConnection, token: str) -> CurrentUser | None:
        """Return whose token came as a bearer token; wrong ones are counted.

        Raises:
            TooManyRequests: Too many wrong tries from this address; a right one waits, too.
        """
        user = self.of_token(token)
        # Nobody guesses the 256 bits of an API token.
        if self._known and parse_token(token) is None:
            await self._tries.bearer(connection, right=user is not None)
        return user

    def of_token(self, token: str) -> CurrentUser | None:
        """Return whose token this is; the time it takes tells nothing of the tokens."""
        given = _digest(token)
        found = None
        for known, user in self._known:
            if hmac.compare_digest(known, given):
                found = user
        return found

    def of_cookie(self, connection: HTTPConnection) -> CurrentUser | None:
        """Return who logged in with a token."""
        return self._cookie.read(connection)


def _digest(token: str) -> bytes:
    # Of equal length, so that comparing does not tell the length either.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
