"""Aesthetics: names that people use, and the words that products of them have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from fashiondeck.keys import AESTHETICS, FOUND, READ
from fashiondeck.models import Aesthetic
from hutch_cache import Cache
from hutch_database import Database


@dataclass(frozen=True, slots=True)
class Aesthetics:
    """The aesthetics; they hardly ever change, so they are cached without an end."""

    database: Database
    cache: Cache

    async def all(self) -> dict[str, str]:
        """Return the words of each aesthetic, by its name."""
        return await self.cache.get_or_load(AESTHETICS.key(), self._load)

    async def write(self, name: str, words: str) -> None:
        """Give an aesthetic these words; prompts are read and products found anew."""
        async with self.database.session() as session:
            await session.merge(Aesthetic(name=name, words=words))
        await self.cache.delete(AESTHETICS.key())
        await self.cache.invalidate(READ, FOUND)

    async def words(self, names: Iterable[str]) -> str:
        """Return the words of some aesthetics, one after the other."""
        known = await self.all()
        return " ".join(known[name] for name in names if name in known)

    async def _load(self) -> dict[str, str]:
        async with self.database.session() as session:
            rows = await session.scalars(select(Aesthetic).order_by(Aesthetic.name))
            return {row.name: row.words for row in rows}
