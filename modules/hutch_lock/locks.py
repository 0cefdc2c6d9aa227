"""Locks: the port on claims."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from hutch_lock.claims import Claims, Taken
from hutch_lock.errors import LockLost, LockTaken, LockUnavailable
from hutch_lock.lease import Lease, check_time
from hutch_lock.leftovers import Leftovers
from hutch_lock.names import key_of
from hutch_lock.port import Held, Name
from hutch_lock.tally import Tally

_LONGEST_PAUSE = 0.1


class ClaimedLocks:
    """Holds locks by claims; see ``Locks``."""

    def __init__(self, claims: Claims, leftovers: Leftovers, tally: Tally) -> None:
        self._claims = claims
        self._leftovers = leftovers
        self._tally = tally

    @asynccontextmanager
    async def hold(
        self, name: Name, *, ttl: timedelta, wait: timedelta = timedelta(0)
    ) -> AsyncIterator[Held]:
        """Hold a lock as long as the block; see ``Locks.hold``."""
        key = key_of(self._claims, "lock", name)
        check_time(f"hold({key!r}): ttl", ttl)
        check_time(f"hold({key!r}): wait", wait, least=timedelta(0))
        lease = Lease(self._claims, self._leftovers, [key], secrets.token_urlsafe(16), ttl)
        began, fence = await self._acquire(lease, wait)
        try:
            async with lease.kept(began):
                yield Held(key, fence)
        except LockLost:
            self._tally.add("lock", "lost")
            await lease.give_back()
            raise
        except BaseException:
            await lease.give_back()
            raise
        if not await lease.give_back():
            self._tally.add("lock", "lost")
            raise LockLost(
                f"{key} was removed, or is another's: check what was done, nothing protected it."
            )

    async def _acquire(self, lease: Lease, wait: timedelta) -> tuple[float, int]:
        """Claim until it succeeds; return the loop's time before that, and the fence."""
        loop = asyncio.get_running_loop()
        until = loop.time() + wait.total_seconds()
        while True:
            began = loop.time()
            found = await self._take(lease)
            if not isinstance(found, Taken):
                self._tally.add("lock", "held")
                return began, found
            if (rest := until - loop.time()) <= 0:
                self._tally.add("lock", "taken")
                raise LockTaken(_taken(found, wait))
            pause = min(rest, _LONGEST_PAUSE, max(0.001, found.left.total_seconds()))
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - not a secret

    async def _take(self, lease: Lease) -> int | Taken:
        try:
            return await lease.take()
        except LockUnavailable:
            self._tally.add("lock", "unavailable")
            raise


def _taken(found: Taken, wait: timedelta) -> str:
    waited = f" after {wait.total_seconds():g} s" if wait else ""
    return (
        f"{found.key} is held by another one{waited}; if that one died it is free in "
        f"{found.left.total_seconds():.0f} s. Come back later, or give a longer wait=."
    )
