"""Accounts and their OAuth tokens."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from kit.sandbox.ids import snowflake

LIFETIME = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who posts."""

    user_id: str
    username: str


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token, how long it lasts, and the refresh token for the next pair."""

    expires_at: datetime
    access: str = field(default_factory=secrets.token_urlsafe, repr=False)
    refresh: str = field(default_factory=secrets.token_urlsafe, repr=False)


@dataclass(slots=True)
class Grant:
    """A connection between an account and an app: the family of all its tokens."""

    account: Account
    pair: Pair
    revoked: bool = False


class Accounts:
    """All accounts, and who a token stands for."""

    def __init__(self) -> None:
        self.by_id: dict[str, Account] = {}
        self._by_access: dict[str, Grant] = {}
        self._by_refresh: dict[str, Grant] = {}

    def connect(self, username: str) -> Grant:
        """Make an account and connect it."""
        account = Account(snowflake(), username)
        self.by_id[account.user_id] = account
        return self._indexed(Grant(account, _fresh_pair()))

    def holder(self, access: str) -> Account | None:
        """Find who a valid access token belongs to."""
        grant = self._by_access.get(access)
        if grant is None or grant.revoked or grant.pair.access != access:
            return None
        return grant.account if datetime.now(UTC) < grant.pair.expires_at else None

    def refresh(self, token: str) -> Grant | None:
        """Exchange a refresh token. One used before ends its whole family."""
        grant = self._by_refresh.get(token)
        if grant is None or grant.revoked:
            return None
        if grant.pair.refresh != token:
            grant.revoked = True
            return None
        grant.pair = _fresh_pair()
        return self._indexed(grant)

    def expire(self, access: str) -> None:
        """Let an access token end now."""
        if grant := self._by_access.get(access):
            grant.pair = replace(grant.pair, expires_at=datetime.now(UTC))

    def _indexed(self, grant: Grant) -> Grant:
        self._by_access[grant.pair.access] = grant
        self._by_refresh[grant.pair.refresh] = grant
        return grant


def _fresh_pair() -> Pair:
    return Pair(datetime.now(UTC) + LIFETIME)
