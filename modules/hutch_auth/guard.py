"""Guards: only for who is logged in, or has a role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache
from typing import ClassVar

from starlette.requests import HTTPConnection

from hutch.http import Forbidden, Unauthorized
from hutch_auth.bearer import bearer_of
from hutch_auth.origin import is_safe, refuse_foreign
from hutch_auth.port import Auth, CurrentUser
from hutch_auth.roles import check_role
from hutch_auth.token_auth import CHALLENGE

_USER = "hutch.user"


async def identify(auth: Auth, connection: HTTPConnection) -> CurrentUser:
    """Return who sends a request; asked once for each request.

    Raises:
        Unauthorized: Nobody is logged in.
        Forbidden: Another site forged the request.
        TooManyRequests: Too many wrong tokens from this address.
        ServiceUnavailable: The sessions cannot be read now.
    """
    known: CurrentUser | None = connection.scope.get(_USER)
    if known is not None:
        return known
    user = await auth.who(connection)
    if user is None:
        raise Unauthorized("Log in, or send a token: Authorization: Bearer.", headers=CHALLENGE)
    # A browser sends the cookie by itself, but never a bearer token.
    if bearer_of(connection) is None and not is_safe(connection):
        refuse_foreign(connection)
    connection.scope[_USER] = user
    return user


async def admit(auth: Auth, connection: HTTPConnection, role: str) -> CurrentUser:
    """Return who sends a request, if they have a role that covers this one.

    Raises:
        Unauthorized: Nobody is logged in.
        Forbidden: They may not do this, or another site forged the request.
        TooManyRequests: Too many wrong tokens from this address.
        ServiceUnavailable: The sessions cannot be read now.
    """
    user = await identify(auth, connection)
    if not user.has_role(role):
        own = " and ".join(sorted(user.roles)) or "user without a role"
        raise Forbidden(f"This needs the role {role}; you are a {own}.")
    return user


async def current_user(auth: Auth, connection: HTTPConnection) -> AsyncIterator[CurrentUser]:
    """Find out who sends the request of this scope."""
    yield await identify(auth, connection)


class LoggedIn:
    """Lets whoever is logged in pass: ``@guard(LoggedIn)``; others get 401.

    A handler that takes ``Inject[CurrentUser]`` needs a login, too, but asks for it only
    after the request's body was read and looked at.
    """

    openapi_security: ClassVar[dict[str, dict[str, str]]] = {
        "bearerToken": {"type": "http", "scheme": "bearer"}
    }

    def __init__(self, auth: Auth) -> None:
        self._auth = auth

    async def __call__(self, connection: HTTPConnection, /) -> None:
        """Let the request pass, or raise."""
        await identify(self._auth, connection)


class RoleGuard(LoggedIn):
    """What ``RequireRole`` makes."""

    role: ClassVar[str]

    async def __call__(self, connection: HTTPConnection, /) -> None:
        """Let the request pass, or raise."""
        await admit(self._auth, connection, self.role)


@cache
def RequireRole(role: str) -> type[RoleGuard]:  # noqa: N802 - it reads as the class it makes
    """Make the guard that lets a role pass: ``@guard(RequireRole("operator"))``.

    Who has ``admin`` passes always, who has ``operator`` passes for ``viewer``. They come
    with the cookie of a login or with ``Authorization: Bearer``; others get 401 or 403.

    Raises:
        InvalidUser: It cannot be a role's name.
    """
    return type(f"RequireRole({check_role(role)})", (RoleGuard,), {"role": role})
