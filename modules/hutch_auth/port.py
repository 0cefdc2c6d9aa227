"""The port: who sends a request, and how they log in and out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from starlette.requests import HTTPConnection

from hutch_auth.roles import covers


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """Who sends a request; a handler gets it by ``user: Inject[CurrentUser]``.

    Attributes:
        name: For pages; it may be an e-mail address, so it stands in no ``repr``.
        roles: What they may do.
        id: Of the account; None for who has a token of the settings.
    """

    name: str = field(repr=False)
    roles: frozenset[str]
    id: str | None = None

    @property
    def label(self) -> str:
        """Who it is, for logs and records, without personal data: ``operator`` or ``user 7``."""
        return self.name if self.id is None else f"user {self.id}"

    def has_role(self, role: str) -> bool:
        """Tell whether they may do what needs this role; see ``RequireRole``."""
        return covers(self.roles, role)


class Auth(Protocol):
    """Knows who sends a request. Bind another one to know them in a way of your own."""

    @property
    def takes_passwords(self) -> bool:
        """Whether people log in with name and password."""
        ...

    @property
    def takes_tokens(self) -> bool:
        """Whether people log in with a token of the settings."""
        ...

    async def who(self, connection: HTTPConnection, /) -> CurrentUser | None:
        """Return who sends a request, None if unknown.

        A request with a bearer token is judged by that alone, any other by its cookies.

        Raises:
            TooManyRequests: Too many wrong tokens from this address.
            ServiceUnavailable: The sessions cannot be read now.
        """
        ...

    async def log_in(
        self, connection: HTTPConnection, name: str, password: str, /, *, remember: bool = False
    ) -> CurrentUser:
        """Let the response begin a session of the user.

        Args:
            connection: The request. Where it may be a form, check that no other site sent it
                (``refuse_foreign``).
            name: In any case.
            password: As it was typed.
            remember: Whether the session outlives the browser's.

        Raises:
            Unauthorized: Name or password is wrong, or the user is disabled; which, is not told.
            TooManyRequests: Too many wrong tries from this address or for this name.
            ServiceUnavailable: The sessions cannot be written now.
        """
        ...

    async def log_in_with_token(self, connection: HTTPConnection, token: str, /) -> CurrentUser:
        """Let the response set the cookie of who has this token of the settings.

        Raises:
            Unauthorized: Nobody has it.
            TooManyRequests: Too many wrong tries from this address.
        """
        ...

    async def log_out(self, connection: HTTPConnection, /) -> None:
        """End the session, and let the response remove its cookie."""
        ...

    async def log_out_everywhere(self, user: CurrentUser, /) -> None:
        """End every session of a user, on all devices.

        Raises:
            ServiceUnavailable: The sessions cannot be written now.
        """
        ...
