"""Credits: what users may let be written for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from hutch_cache import Cache
from hutch_database import Database
from rabbit24.keys import CREDITS
from rabbit24.models import Credit
from rabbit24.services.errors import NoCredits


@dataclass(frozen=True, slots=True)
class Credits:
    """The credits, as a list of changes."""

    database: Database
    cache: Cache

    async def book(self, user_id: str, amount: int, reason: str) -> None:
        """Add or take credits; of one reason once, however often it is asked."""
        row = Credit(user_id=user_id, amount=amount, reason=reason, created_at=datetime.now(UTC))
        try:
            async with self.database.session() as session:
                session.add(row)
        except IntegrityError:
            return
        # After the commit: earlier, a reader in between would keep the old balance.
        await self.cache.delete(CREDITS.key(user_id))

    async def spend(self, user_id: str, reason: str) -> None:
        """Take one credit for a reason.

        Raises:
            NoCredits: There is none left.
        """
        if await self._sum(user_id) < 1 and not await self._is_booked(user_id, reason):
            raise NoCredits(f"The user {user_id!r} has no credits left: book some.")
        await self.book(user_id, -1, reason)

    async def balance(self, user_id: str) -> int:
        """Tell how many credits there are; known for up to a minute."""
        return await self.cache.get_or_load(CREDITS.key(user_id), lambda: self._sum(user_id))

    async def _sum(self, user_id: str) -> int:
        query = select(func.coalesce(func.sum(Credit.amount), 0)).where(Credit.user_id == user_id)
        async with self.database.session() as session:
            return int(await session.scalar(query) or 0)

    async def _is_booked(self, user_id: str, reason: str) -> bool:
        query = select(Credit.id).where(Credit.user_id == user_id, Credit.reason == reason)
        async with self.database.session() as session:
            return await session.scalar(query) is not None
