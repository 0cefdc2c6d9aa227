"""Leftovers: claims that may stand there though nobody holds them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import timedelta

from hutch_lock.claims import Claims
from hutch_lock.errors import LockUnavailable

_PAUSE = 0.25
"""Seconds between attempts while the server is away."""


class Leftovers:
    """Gives claims back in the background that could not be while the server was away.

    One task does it for all of them: a server that hangs holds up one connection of those that
    other callers need, too.

    Args:
        claims: Where they stand.
    """

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._left: dict[str, tuple[Sequence[str], float]] = {}
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    def add(self, keys: Sequence[str], value: str, ttl: timedelta) -> None:
        """Give a claim back as soon as the server answers, unless it has run out by then."""
        if self._is_closed:
            return
        self._left[value] = keys, asyncio.get_running_loop().time() + ttl.total_seconds()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="give claims back")

    async def close(self) -> None:
        """Try once more, and end."""
        self._is_closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        with suppress(LockUnavailable):
            await self._give_back()

    async def _work(self) -> None:
        while self._left:
            try:
                await self._give_back()
            except LockUnavailable:
                await asyncio.sleep(_PAUSE)

    async def _give_back(self) -> None:
        """Give back what has not run out, one after the other.

        Raises:
            LockUnavailable: The server does not answer; the rest is kept.
        """
        now = asyncio.get_running_loop().time()
        self._left = {value: left for value, left in self._left.items() if left[1] > now}
        for value, (keys, _) in list(self._left.items()):
            await self._claims.drop(keys, value)
            del self._left[value]


async def open_leftovers(claims: Claims) -> AsyncIterator[Leftovers]:
    """Open them; at the end nobody waits for a server that is away."""
    leftovers = Leftovers(claims)
    try:
        yield leftovers
    finally:
        await leftovers.close()
