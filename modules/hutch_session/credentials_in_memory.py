"""Credentials in this process."""

from __future__ import annotations

from hutch_session.in_memory import Clock, now_us
from hutch_session.stored_credentials import Kept


class MemoryCredentials:
    """Keeps records in a dictionary.

    Args:
        clock: The time in microseconds.
    """

    def __init__(self, clock: Clock = now_us) -> None:
        self._clock = clock
        self._kept: dict[str, Kept] = {}

    async def put(self, user: str, sealed: str, lifetime: int) -> Kept:
        """Keep a record."""
        self._forget()
        now = self._now()
        # At the end again, where the youngest are.
        self._kept.pop(user, None)
        self._kept[user] = Kept(sealed, now, now + lifetime * 1000)
        return self._kept[user]

    async def get(self, user: str) -> Kept | None:
        """Return a record that has not ended."""
        self._forget()
        return self._kept.get(user)

    async def drop(self, user: str) -> bool:
        """Remove a record."""
        self._forget()
        return self._kept.pop(user, None) is not None

    def _forget(self) -> None:
        """Forget what has ended; all live equally long, so the oldest are the first."""
        now = self._now()
        for user, kept in list(self._kept.items()):
            if kept.expires > now:
                return
            del self._kept[user]

    def _now(self) -> int:
        return self._clock() // 1000
