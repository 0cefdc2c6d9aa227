"""The port of accounts: users, their passwords, roles and API tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class User:
    """An account.

    Attributes:
        id: Never given twice.
        name: In small letters; it may be an e-mail address, so it stands in no ``repr``.
        roles: What the user may do.
        disabled: Whether nothing of the account works.
        generation: Raised by a new password and by disabling; sessions of an older one have ended.
        created: When it was added.
    """

    id: str
    name: str = field(repr=False)
    roles: frozenset[str]
    disabled: bool
    generation: int
    created: datetime


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """An API token, without the token.

    Attributes:
        id: Its middle part, by which it is revoked.
        label: What it is for.
        created: When it was issued.
        revoked: When it was revoked, None while it works.
    """

    id: str
    label: str
    created: datetime
    revoked: datetime | None = None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new API token, seen this once.

    Attributes:
        text: What a program sends: ``hutch_ID_SECRET``.
        info: What is known of it from now on.
    """

    text: str = field(repr=False)
    info: TokenInfo


class Users(Protocol):
    """Keeps accounts. What it changes holds from the next request on."""

    async def add(self, name: str, password: str, roles: Iterable[str] = ()) -> User:
        """Add a user.

        Raises:
            InvalidUser: The name, the password or a role cannot be one.
            UserExists: The name is taken.
        """
        ...

    async def find(self, name: str) -> User | None:
        """Return the user of a name, in any case."""
        ...

    async def get(self, id: str) -> User | None:
        """Return the user of an id."""
        ...

    async def all(self) -> list[User]:
        """List the users by name."""
        ...

    async def check(self, name: str, password: str) -> User | None:
        """Return the user whose name and password these are; disabled ones are nobody.

        It takes as long for a name that nobody has. A password longer than any can be is
        refused at once.
        """
        ...

    async def set_password(self, id: str, password: str) -> User:
        """Give a user another password; every session of theirs ends, API tokens go on.

        Raises:
            UnknownUser: Nobody has the id.
            InvalidUser: The password cannot be one.
        """
        ...

    async def set_roles(self, id: str, roles: Iterable[str]) -> User:
        """Give a user these roles and no others.

        Raises:
            UnknownUser: Nobody has the id.
            InvalidUser: A role cannot be one.
        """
        ...

    async def disable(self, id: str, *, disabled: bool = True) -> User:
        """Let nothing of an account work any more: no password, session or token.

        Args:
            id: The user's.
            disabled: False lets password and tokens work again; ended sessions stay ended.

        Raises:
            UnknownUser: Nobody has the id.
        """
        ...

    async def issue(self, id: str, label: str) -> IssuedToken:
        """Issue an API token, which has the user's roles and works until it is revoked.

        Raises:
            UnknownUser: Nobody has the id.
            InvalidUser: The label cannot be one.
        """
        ...

    async def tokens(self, id: str) -> list[TokenInfo]:
        """List the API tokens of a user, revoked ones too, the oldest first."""
        ...

    async def revoke(self, token_id: str) -> None:
        """Let an API token work no more, at once.

        Raises:
            UnknownToken: There is none with this id, or it is revoked.
        """
        ...

    async def of_token(self, text: str) -> User | None:
        """Return whose API token this is, None for a revoked one and for disabled users."""
        ...
