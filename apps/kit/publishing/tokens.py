"""Access tokens of accounts, refreshed in time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from pydantic import SecretStr

from kit.platforms import Refresher, refresh_once
from kit.publishing.port import Account, Accounts, Network
from kit.publishing.roads import Roads

T = TypeVar("T")

_OF_TODAY = timedelta(days=59) - timedelta(hours=1)
"""What a token of Instagram's has left of 60 days when it may be extended, an hour to spare."""


@dataclass(frozen=True, slots=True)
class AccessTokens:
    """Gives the token of an account, and renews it when the platform refuses it."""

    accounts: Accounts
    refresher: Refresher
    roads: Roads

    async def get(self, account: Account, *, refused: SecretStr | None = None) -> SecretStr:
        """Return an access token that lasts 15 minutes or more.

        Raises:
            PlatformError: As ``Refresher.token``.
        """
        exchange = self.roads.of(account.network).platform.refresh
        return await self.refresher.token(account.id, exchange, refused=refused)

    async def call(self, account: Account, call: Callable[[SecretStr], Awaitable[T]]) -> T:
        """Call the platform with a token; refused, it is refreshed and the call made once more.

        Raises:
            NeedsReauth: The new token is not accepted either.
            PlatformError: Any other outcome of the call or the refresh.
        """
        token = await self.get(account)
        return await refresh_once(call, token, lambda: self.get(account, refused=token))

    async def renew(self, account: Account) -> None:
        """Refresh the token whatever time it has left, unless somebody else just has.

        Instagram extends no token that is younger than a day: that one is left as it is.

        Raises:
            PlatformError: As ``Refresher.token``.
        """
        current = await self.accounts.load(account.id)
        left = current.expires_at - datetime.now(UTC)
        if account.network is Network.INSTAGRAM and left > _OF_TODAY:
            return
        await self.get(account, refused=current.access)
