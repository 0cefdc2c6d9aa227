"""Loading: of all who miss a value, in whatever process, one loads and keeps it."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog

from hutch_cache.entry import Key
from hutch_cache.errors import CacheUnavailable
from hutch_cache.flights import Flights
from hutch_cache.keeping import Keeping
from hutch_cache.stats import Tally

T = TypeVar("T")

_log = structlog.get_logger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.1
_FIRST_RETRY = 0.1


def _token() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Loading(Generic[T]):
    """One try to have a value loaded, under a claim that all processes see.

    Args:
        key: The value's.
        load: Loads it.
        keeping: Reads and writes it.
        flights: Run what nobody waits for.
        tally: Counts what fails.
    """

    key: Key[T]
    load: Callable[[], Awaitable[T]]
    keeping: Keeping
    flights: Flights
    tally: Tally
    _token: str = field(init=False, default_factory=_token)

    async def only(self) -> T:
        """Load the value and do not keep it: the backend is away."""
        return await self.load()

    async def wait_or_load(self) -> T:
        """Return what another one loads meanwhile, or load and keep it."""
        pause = _FIRST_PAUSE
        while True:
            try:
                mine, found = await self.keeping.claim(self.key, self._token)
            except CacheUnavailable:
                self.tally.errors += 1
                return await self._load_unclaimed()
            if found and found.fresh:
                if mine:
                    self.flights.spawn(self._release())
                return found.value
            if mine:
                return await self._load_and_keep()
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    async def reload(self) -> None:
        """Load a stale value anew, unless another one does."""
        try:
            mine, found = await self.keeping.claim(self.key, self._token)
            if mine and found and found.fresh:
                self.flights.spawn(self._release())
            elif mine:
                await self._load_and_keep()
        except CacheUnavailable:
            self.tally.errors += 1
            self.flights.spawn(self._release())
        except Exception as error:
            name = type(error).__name__
            _log.warning("cache reload failed", entry=self.key.entry.name, error=name)

    async def _load_unclaimed(self) -> T:
        try:
            return await self.load()
        finally:
            # the claim may be there all the same: its reply was lost
            self.flights.spawn(self._release())

    async def _load_and_keep(self) -> T:
        try:
            versions = await self._versions()
            value = await self.load()
            await self._keep(value, versions)
        except BaseException:
            self.flights.spawn(self._release())
            raise
        return value

    async def _versions(self) -> list[int] | None:
        """Return the tags' versions of before the load; None where nothing can be kept."""
        try:
            return await self.keeping.versions(self.key)
        except CacheUnavailable:
            self.tally.errors += 1
            return None

    async def _keep(self, value: T, versions: list[int] | None) -> None:
        if versions is None:
            self.flights.spawn(self._release())
            return
        try:
            if value is None and self.key.entry.none_expiry is None:
                # what was there, stale, is no longer true
                await self._give_back(with_value=True)
            else:
                await self.keeping.write(self.key, value, versions, self._token)
        except CacheUnavailable:
            self.tally.errors += 1
            # not waited for: it may take as long again to fail
            self.flights.spawn(self._release())

    async def _release(self) -> None:
        """Give the claim back; again and again while the server is away, as others wait for it."""
        pause = _FIRST_RETRY
        while True:
            with suppress(CacheUnavailable):
                return await self._give_back()
            # a claim that was there at the first attempt has ended by then
            if self.flights.is_closed or pause > self.keeping.settings.lease:
                return None
            await asyncio.sleep(pause)
            pause *= 2

    async def _give_back(self, *, with_value: bool = False) -> None:
        await self.keeping.store.release(self.key.parts, self._token, with_value=with_value)
