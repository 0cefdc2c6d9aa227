"""Accounts and their OAuth tokens, the same for every platform."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from starlette.requests import Request

from kit.sandbox.ids import snowflake


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who posts."""

    user_id: str
    username: str

    def plain(self) -> dict[str, str]:
        """The account for the page."""
        return {"user_id": self.user_id, "username": self.username}


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token, how long it lasts, and the refresh token for the next pair."""

    expires_at: datetime
    access: str = field(default_factory=secrets.token_urlsafe, repr=False)
    refresh: str = field(default_factory=secrets.token_urlsafe, repr=False)

    def age(self, lifetime: timedelta) -> timedelta:
        """Tell how old it is, given how long it lasts in all."""
        return datetime.now(UTC) - (self.expires_at - lifetime)


@dataclass(slots=True)
class Grant:
    """A connection between an account and an app: the family of all its tokens."""

    account: Account
    pair: Pair
    revoked: bool = False


class Accounts:
    """All accounts of a platform, and who a token stands for.

    Args:
        lifetime: How long an access token lasts.
        new_id: Makes the ids of accounts.
        rotates: Whether a refresh token works once; one used again ends its family.
    """

    def __init__(
        self,
        lifetime: timedelta,
        new_id: Callable[[], str] = snowflake,
        *,
        rotates: bool = True,
    ) -> None:
        self.lifetime = lifetime
        self.by_id: dict[str, Account] = {}
        self._new_id = new_id
        self._rotates = rotates
        self._by_access: dict[str, Grant] = {}
        self._by_refresh: dict[str, Grant] = {}

    def connect(self, username: str) -> Grant:
        """Make an account and connect it."""
        account = Account(self._new_id(), username)
        self.by_id[account.user_id] = account
        return self._indexed(Grant(account, self._fresh()))

    def holder(self, access: str) -> Account | None:
        """Find who a valid access token belongs to."""
        grant = self.grant(access)
        return grant.account if grant else None

    def grant(self, access: str) -> Grant | None:
        """Find the connection of a valid access token."""
        grant = self._by_access.get(access)
        if grant is None or grant.revoked or grant.pair.access != access:
            return None
        return grant if datetime.now(UTC) < grant.pair.expires_at else None

    def refresh(self, token: str) -> Grant | None:
        """Exchange a refresh token."""
        grant = self._by_refresh.get(token)
        if grant is None or grant.revoked:
            return None
        if grant.pair.refresh != token:
            grant.revoked = True
            return None
        fresh = self._fresh()
        grant.pair = fresh if self._rotates else replace(fresh, refresh=token)
        return self._indexed(grant)

    def extend(self, access: str) -> Grant | None:
        """Exchange a valid access token for one that lasts its whole time again."""
        grant = self.grant(access)
        if grant is None:
            return None
        grant.pair = self._fresh()
        return self._indexed(grant)

    def expire(self, access: str) -> None:
        """Let an access token end now."""
        if grant := self._by_access.get(access):
            grant.pair = replace(grant.pair, expires_at=datetime.now(UTC))

    def _indexed(self, grant: Grant) -> Grant:
        self._by_access[grant.pair.access] = grant
        self._by_refresh[grant.pair.refresh] = grant
        return grant

    def _fresh(self) -> Pair:
        return Pair(datetime.now(UTC) + self.lifetime)


def bearer(request: Request) -> str:
    """Read the token of a request, empty if it has none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""
