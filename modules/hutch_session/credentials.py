"""Credentials: what an app keeps to act for a user elsewhere, e.g. a messenger's token."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Credential:
    """A user's credential.

    Attributes:
        token: The secret.
        connected: When it was stored.
        expires: When it ends.
    """

    token: str = field(repr=False)
    connected: datetime
    expires: datetime


class Credentials(Protocol):
    """Keeps one encrypted credential for each user, for ``HUTCH_SESSION__CREDENTIAL_LIFETIME``.

    It is found by the user, not by a secret id: never let a visitor's cookie name it. Every
    method raises ``SessionsUnavailable`` where the server does not answer, and
    ``InvalidSession`` for a user that cannot be one.
    """

    async def store(self, user: str, token: str) -> Credential:
        """Keep a user's credential in place of the one before.

        Raises:
            InvalidSession: The token is empty.
        """
        ...

    async def of(self, user: str) -> Credential | None:
        """Return a user's credential, None where there is none that has not ended."""
        ...

    async def remove(self, user: str) -> bool:
        """Forget a user's credential; return whether there was one."""
        ...
