"""The application token: fetched once for all calls of a process, renewed before its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from kit.marketplaces.ebay.wire import Token
from kit.platforms.oauth import ends

MARGIN = timedelta(minutes=5)


class ApplicationToken:
    """Keeps the token. Each process may have one of its own: eBay ends none for another."""

    def __init__(self, fetch: Callable[[], Awaitable[Token]]) -> None:
        self._fetch = fetch
        self._lock = asyncio.Lock()
        self._token: SecretStr | None = None
        self._until = datetime.min.replace(tzinfo=UTC)

    async def get(self, refused: SecretStr | None = None) -> SecretStr:
        """Return a token that lasts; of many callers at once, one fetches it.

        Args:
            refused: A token that eBay did not accept: never returned again.
        """
        async with self._lock:
            stale = self._token is None or self._token == refused
            if stale or datetime.now(UTC) >= self._until:
                fresh = await self._fetch()
                self._token = fresh.access_token
                self._until = ends(fresh.expires_in) - MARGIN
            assert self._token is not None
            return self._token
