"""Credits: what users may let be written for them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from hutch_cache import Cache, CacheUnavailable
from hutch_database import Database, Session
from rabbit24.keys import CREDITS
from rabbit24.models import Credit
from rabbit24.services.errors import NoCredits
from rabbit24.settings import Rabbit24Settings

WELCOME = "welcome"
"""The reason of every user's first change."""


@dataclass(frozen=True, slots=True)
class Credits:
    """The credits, as a list of changes; the first is what every new user gets."""

    database: Database
    cache: Cache
    settings: Rabbit24Settings

    async def book(self, user_id: str, amount: int, reason: str) -> None:
        """Add or take credits; of one reason once, however often it is asked."""
        await self._add(user_id, amount, reason)
        await self._forget(user_id)

    async def need(self, user_id: str, reason: str) -> None:
        """Make sure that a credit can be spent for a reason, or is spent already.

        Raises:
            NoCredits: There is none left.
        """
        await self._welcome(user_id)
        async with self.database.session() as session:
            await _is_spent(session, user_id, reason)

    async def spend(self, user_id: str, reason: str) -> None:
        """Take one credit for a reason; of one reason once.

        Raises:
            NoCredits: There is none left.
        """
        await self._welcome(user_id)
        async with self.database.session() as session:
            # Locks the user's first row: of two who want the last credit, one waits.
            await session.execute(
                update(Credit)
                .where(Credit.user_id == user_id, Credit.reason == WELCOME)
                .values(amount=Credit.amount)
            )
            if not await _is_spent(session, user_id, reason):
                session.add(_row(user_id, -1, reason))
        await self._forget(user_id)

    async def balance(self, user_id: str) -> int:
        """Tell how many credits there are; known for up to a minute."""

        async def load() -> int:
            await self._welcome(user_id)
            async with self.database.session() as session:
                return await _sum(session, user_id)

        return await self.cache.get_or_load(CREDITS.key(user_id), load)

    async def _welcome(self, user_id: str) -> None:
        # Whoever added the user: a registration, or an operator on the command line.
        async with self.database.session() as session:
            is_known = await _is_booked(session, user_id, WELCOME)
        if not is_known:
            await self._add(user_id, self.settings.welcome_credits, WELCOME)

    async def _forget(self, user_id: str) -> None:
        # After the commit: earlier, a reader in between would keep the old balance. What is
        # committed stands; an old balance ends within a minute by itself.
        with suppress(CacheUnavailable):
            await self.cache.delete(CREDITS.key(user_id))

    async def _add(self, user_id: str, amount: int, reason: str) -> None:
        with suppress(IntegrityError):  # It is booked.
            async with self.database.session() as session:
                session.add(_row(user_id, amount, reason))


def _row(user_id: str, amount: int, reason: str) -> Credit:
    return Credit(user_id=user_id, amount=amount, reason=reason, created_at=datetime.now(UTC))


async def _is_spent(session: Session, user_id: str, reason: str) -> bool:
    if await _is_booked(session, user_id, reason):
        return True
    if await _sum(session, user_id) < 1:
        raise NoCredits(
            f"The user {user_id!r} has no credits left: an operator books some by "
            "`hutch credits book NAME AMOUNT`."
        )
    return False


async def _sum(session: Session, user_id: str) -> int:
    query = select(func.coalesce(func.sum(Credit.amount), 0)).where(Credit.user_id == user_id)
    return int(await session.scalar(query) or 0)


async def _is_booked(session: Session, user_id: str, reason: str) -> bool:
    query = select(Credit.id).where(Credit.user_id == user_id, Credit.reason == reason)
    return await session.scalar(query) is not None
