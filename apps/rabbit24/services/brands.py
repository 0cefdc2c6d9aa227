"""Brands, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select

from hutch_auth import OPERATOR, CurrentUser
from hutch_cache import Cache
from hutch_database import Database, Session
from rabbit24.kept import BrandConfig
from rabbit24.keys import BRAND
from rabbit24.models import Brand
from rabbit24.services.errors import Missing, Refused
from rabbit24.settings import Rabbit24Settings

SHOWN = 500


@dataclass(frozen=True, slots=True)
class Brands:
    """The brands."""

    database: Database
    cache: Cache
    settings: Rabbit24Settings

    async def add(self, user: CurrentUser, name: str, tone: str) -> Brand:
        """Make a brand of a user; who has the operators' token makes one of the operators'.

        Raises:
            Refused: The viewers' token makes none, or the user has as many as they may have.
        """
        if user.id is None and not user.has_role(OPERATOR):
            raise Refused("A viewer has no brands: log in as a user or an operator.")
        now = datetime.now(UTC)
        brand = Brand(user_id=user.id, name=name, tone=tone, created_at=now)
        async with self.database.session() as session:
            if user.id is not None and not user.has_role(OPERATOR):
                await self._check_room(session, user.id)
            session.add(brand)
        return brand

    async def _check_room(self, session: Session, user_id: str) -> None:
        mine = Brand.user_id == user_id
        # Of two who make the last one, one waits here for the other, and counts after it.
        await session.execute(select(Brand.id).where(mine).with_for_update())
        most = self.settings.most_brands
        if (await session.scalar(select(func.count()).where(mine)) or 0) >= most:
            raise Refused(
                f"You have {most} brands and may have no more: change one of them, or ask the "
                "operator to raise HUTCH_RABBIT24__MOST_BRANDS."
            )

    async def change(self, user: CurrentUser, brand_id: str, name: str, tone: str) -> Brand:
        """Change a brand; readers of its old config see the new one from now on.

        Raises:
            Missing: There is none of this id for the user.
            CacheUnavailable: It is changed, but readers may see the old config for an hour.
        """
        await self.of_user(user, brand_id)
        async with self.database.session() as session:
            brand = await session.get_one(Brand, brand_id)
            brand.name, brand.tone = name, tone
        # After the commit: earlier, a reader in between would keep the old row.
        await self.cache.delete(BRAND.key(brand_id))
        return brand

    async def all(self, user: CurrentUser) -> list[Brand]:
        """List up to 500 of a user's brands by name; operators see all, their own first."""
        query = select(Brand).order_by(
            Brand.user_id.is_distinct_from(user.id), Brand.name, Brand.id
        )
        if not user.has_role(OPERATOR):
            if user.id is None:
                return []  # Else it would be the operators' brands, which have no user.
            query = query.where(Brand.user_id == user.id)
        async with self.database.session() as session:
            return list(await session.scalars(query.limit(SHOWN)))

    async def of_user(self, user: CurrentUser, brand_id: str, what: str = "") -> BrandConfig:
        """Return a brand that the user may see.

        Args:
            user: Who asks.
            brand_id: The brand's.
            what: What of the brand was asked for, so that strangers do not learn whose it is.

        Raises:
            Missing: There is none of this id for the user.
        """
        brand = await self.config(brand_id)
        if user.has_role(OPERATOR) or (user.id is not None and brand.user_id == user.id):
            return brand
        raise Missing(f"There is no {what}.") if what else _missing(brand_id)

    async def config(self, brand_id: str) -> BrandConfig:
        """Return what jobs need of a brand.

        Raises:
            Missing: There is none of this id.
        """

        async def load() -> BrandConfig:
            async with self.database.session() as session:
                found = await session.get(Brand, brand_id)
            if found is None:
                raise _missing(brand_id)
            return BrandConfig(id=found.id, user_id=found.user_id, name=found.name, tone=found.tone)

        return await self.cache.get_or_load(BRAND.key(brand_id), load)


async def lock_brand(session: Session, brand_id: str) -> None:
    """Let who counts what a brand has wait for each other; write before you count.

    On PostgreSQL they wait here; SQLite has one writer at a time.
    """
    await session.execute(select(Brand.id).where(Brand.id == brand_id).with_for_update())


def _missing(brand_id: str) -> Missing:
    return Missing(f"There is no brand profile {brand_id!r}.")
