"""Lease: a claim that is kept as long as a block runs, and cancels the block when it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from hutch_lock.claims import Claims, Taken
from hutch_lock.errors import InvalidLock, LockLost, LockUnavailable
from hutch_lock.leftovers import Leftovers

SHORTEST = timedelta(seconds=0.1)
SAFE = 0.9
"""The share of its time for which a claim is relied upon; the rest is for the block to end."""
_RETRIES = 20

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Lease:
    """Claims keys by a value of its own.

    Args:
        claims: Where.
        leftovers: Give it back later where that cannot be done at once.
        keys: All of them, or none.
        value: Nobody else's.
        ttl: After which time it runs out, if it is not extended.
    """

    claims: Claims
    leftovers: Leftovers
    keys: Sequence[str]
    value: str
    ttl: timedelta

    async def take(self) -> int | Taken:
        """Claim the keys, once.

        Raises:
            LockUnavailable: The server did not answer.
        """
        try:
            return await self.claims.claim(self.keys, self.value, self.ttl)
        except asyncio.CancelledError:
            # The reply is lost, and the claim may be there.
            await self.give_back()
            raise
        except LockUnavailable:
            # So it may here, but the caller does not wait for a server that is away.
            self._leave()
            raise

    async def give_back(self) -> bool:
        """Free the keys, later if the server is away; False where they are not ours any more."""
        try:
            return await self.claims.drop(self.keys, self.value)
        except asyncio.CancelledError:
            self._leave()
            raise
        except LockUnavailable as error:
            _log.warning("claim not freed yet", key=self.keys[0], reason=str(error))
            self._leave()
            return True

    @asynccontextmanager
    async def kept(self, began: float) -> AsyncIterator[asyncio.Timeout]:
        """Extend the claim while the block runs; yields what cancels it.

        Args:
            began: The loop's time before the claim was sent: the server's is later.

        Raises:
            LockLost: It could not be kept, and the block was cancelled.
        """
        limit = asyncio.timeout_at(began + self._safe)
        try:
            async with limit:
                renewing = asyncio.create_task(self._renew(limit), name=f"keep {self.keys[0]}")
                try:
                    yield limit
                finally:
                    renewing.cancel()
                    await asyncio.wait([renewing])
        except TimeoutError:
            if not limit.expired():
                raise
        if limit.expired():
            raise LockLost(
                f"{self.keys[0]} could not be kept: another one may hold it, so the block was "
                "cancelled. What it began may be half done; check it before it is repeated."
            )

    def _leave(self) -> None:
        self.leftovers.add(self.keys, self.value, self.ttl)

    @property
    def _safe(self) -> float:
        return self.ttl.total_seconds() * SAFE

    async def _renew(self, limit: asyncio.Timeout) -> None:
        loop, ttl = asyncio.get_running_loop(), self.ttl.total_seconds()
        pause = ttl / 3
        while True:
            await asyncio.sleep(pause)
            sent = loop.time()
            try:
                ours = await self.claims.extend(self.keys, self.value, self.ttl)
            except LockUnavailable:
                # What was relied upon so far still holds.
                pause = ttl / _RETRIES
                continue
            with suppress(RuntimeError):  # the limit was reached meanwhile
                limit.reschedule(sent + self._safe if ours else sent)
            if not ours:
                return
            pause = ttl / 3


def check_time(what: str, time: timedelta, *, least: timedelta = SHORTEST) -> None:
    """Refuse a time that no claim can have.

    Raises:
        InvalidLock: It is too short.
    """
    if time < least:
        raise InvalidLock(
            f"{what}={time.total_seconds():g} s: give at least {least.total_seconds():g} s."
        )
