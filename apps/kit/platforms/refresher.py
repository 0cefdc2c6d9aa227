"""Tokens that are refreshed in time, by one process at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from pydantic import SecretStr

from hutch_lock import LockLost, Locks, LockTaken, LockUnavailable
from kit.platforms.outcomes import RetryBackoff, Unknown
from kit.platforms.port import Tokens

MARGIN = timedelta(minutes=15)
"""A token that lasts less than this is refreshed."""

PAUSES = (0.2, 1.0, 3.0, 8.0)
"""Seconds between attempts to store tokens that nothing can bring back."""

HOLD = timedelta(minutes=1)
WAIT = timedelta(seconds=30)


class TokenStore(Protocol):
    """Where the app keeps the tokens of its accounts, encrypted."""

    async def load(self, account_id: str) -> Tokens:
        """Return an account's tokens as they are now, past any cache.

        Raises:
            NeedsReauth: It is not connected.
        """
        ...

    async def save(self, account_id: str, tokens: Tokens) -> None:
        """Replace an account's tokens, committed when this returns."""
        ...


Exchange = Callable[[SecretStr], Awaitable[Tokens]]
"""Exchanges a refresh token for new tokens: a platform's ``refresh``."""


@dataclass(frozen=True, slots=True)
class Refresher:
    """Gives access tokens that last, refreshing under one lock per account.

    Many platforms let a refresh token work once, and end the whole connection when it is
    used again. So the tokens are read inside the lock, and the new ones stored before
    anything else is done.

    Example:
        ``token = await refresher.token(account_id, x.refresh)``
    """

    locks: Locks
    store: TokenStore

    async def token(
        self, account_id: str, exchange: Exchange, *, refused: SecretStr | None = None
    ) -> SecretStr:
        """Return an access token that lasts 15 minutes or more.

        Args:
            account_id: The app's id of the account.
            exchange: The platform's ``refresh``.
            refused: A token that the platform did not accept: it is refreshed, however
                long it lasts, unless somebody else has done so.

        Raises:
            NeedsReauth: The account has to be connected again.
            RetryBackoff: The lock is taken or cannot be had; nothing was sent.
            Unknown: The lock was lost; the refresh token may be used up.
            PlatformError: Any other outcome of the refresh.
        """
        tokens = await self.store.load(account_id)
        if not _is_due(tokens, refused):
            return tokens.access
        try:
            async with self.locks.hold(f"refresh-{account_id}", ttl=HOLD, wait=WAIT):
                return await self._refreshed(account_id, exchange, refused)
        except (LockTaken, LockUnavailable) as error:
            raise RetryBackoff(f"The tokens of {account_id!r} are locked: try later.") from error
        except LockLost as error:
            raise Unknown(
                f"The lock on the tokens of {account_id!r} was lost while they were refreshed: "
                "try once more; the platform says whether the refresh token is used up."
            ) from error

    async def _refreshed(
        self, account_id: str, exchange: Exchange, refused: SecretStr | None
    ) -> SecretStr:
        tokens = await self.store.load(account_id)
        if not _is_due(tokens, refused):
            return tokens.access
        return await _to_its_end(self._exchanged(account_id, exchange, tokens.refresh))

    async def _exchanged(self, account_id: str, exchange: Exchange, token: SecretStr) -> SecretStr:
        fresh = await exchange(token)
        for pause in PAUSES:
            try:
                await self.store.save(account_id, fresh)
            except Exception:
                await asyncio.sleep(pause)
            else:
                return fresh.access
        await self.store.save(account_id, fresh)
        return fresh.access


def _is_due(tokens: Tokens, refused: SecretStr | None) -> bool:
    return tokens.access == refused or tokens.expires_at - datetime.now(UTC) < MARGIN


async def _to_its_end(exchanging: Coroutine[Any, Any, SecretStr]) -> SecretStr:
    """Finish even when cancelled, however often: tokens that are not stored are lost.

    That begins when the old token is sent, not when the new ones have come.
    """
    task, cancelled = asyncio.create_task(exchanging), False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        task.exception()  # looked at, so that asyncio does not report it as forgotten
        raise asyncio.CancelledError
    return task.result()
