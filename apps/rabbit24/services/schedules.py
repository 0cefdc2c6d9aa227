"""Schedules: slots, and the posts that are written for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, select

from hutch_database import Database
from kit.ai import Task, Writer
from rabbit24.kept import BrandConfig
from rabbit24.models import Schedule
from rabbit24.services.brands import Brands, lock_brand
from rabbit24.services.credit import Credits
from rabbit24.services.errors import Missing, Refused
from rabbit24.services.posts import Draft, Posts, Written
from rabbit24.settings import Rabbit24Settings

SLOT = Task(
    name="slot",
    instructions=(
        "Write one short post for a brand, at most 200 characters, about the topic. "
        "Keep the brand's tone. Invent no facts, names or figures. No hashtags."
    ),
    templates=(
        "$brand today: $topic. ($slot)",
        "Have you thought about $topic lately? We have. $brand, $slot",
        "$topic: that is what $brand is about. $slot",
    ),
    most_tokens=120,
)


@dataclass(frozen=True, slots=True)
class Slots:
    """The schedules' rows, and the filling of their slots."""

    database: Database
    brands: Brands
    posts: Posts
    credits: Credits
    writer: Writer
    settings: Rabbit24Settings

    async def add(self, schedule: Schedule) -> Schedule:
        """Keep a schedule.

        Raises:
            Refused: The brand has as many as it may have.
        """
        schedule.created_at = datetime.now(UTC)
        mine = Schedule.brand_profile_id == schedule.brand_profile_id
        most = self.settings.most_schedules
        async with self.database.session() as session:
            await lock_brand(session, schedule.brand_profile_id)
            session.add(schedule)
            await session.flush()
            if (await session.scalar(select(func.count()).where(mine)) or 0) > most:
                raise Refused(f"A brand has at most {most} schedules: remove one first.")
        return schedule

    async def get(self, schedule_id: str) -> Schedule:
        """Return a schedule.

        Raises:
            Missing: There is none of this id.
        """
        async with self.database.session() as session:
            found = await session.get(Schedule, schedule_id)
        if found is None:
            raise Missing(f"There is no schedule {schedule_id!r}.")
        return found

    async def remove(self, schedule_id: str) -> None:
        """Forget a schedule; posts that were written for it stay."""
        async with self.database.session() as session:
            await session.execute(delete(Schedule).where(Schedule.id == schedule_id))

    async def all(self) -> list[Schedule]:
        """List the schedules of all brands."""
        async with self.database.session() as session:
            return list(await session.scalars(select(Schedule)))

    async def of_brands(self, brand_ids: Iterable[str]) -> list[Schedule]:
        """List brands' schedules, newest first."""
        query = (
            select(Schedule)
            .where(Schedule.brand_profile_id.in_(list(brand_ids)))
            .order_by(Schedule.created_at.desc())
        )
        async with self.database.session() as session:
            return list(await session.scalars(query))

    async def fill(self, schedule_id: str, slot: str, at: datetime) -> Written:
        """Write and approve the post of a slot, once, whoever asks and however often.

        Args:
            schedule_id: The schedule.
            slot: The slot's own name.
            at: When it began, for the words.

        Raises:
            Missing: The schedule is gone.
            NoCredits: The user has none left.
            Refused: No account takes the post.
            PlatformError: The model did not write.
        """
        schedule = await self.get(schedule_id)
        await self._check(schedule, "…")  # what no words would mend
        brand = await self.brands.config(schedule.brand_profile_id)
        words = await self._write(schedule, brand, slot, at)
        draft = Draft(brand.id, words, tuple(schedule.media), tuple(schedule.account_ids), slot)
        post = await self.posts.write(draft)
        return await self.posts.approve(post.post.id)

    async def _check(self, schedule: Schedule, words: str) -> None:
        """Refuse what no account would take, before it costs anything."""
        accounts = await self.posts.accounts.chosen(schedule.brand_profile_id, schedule.account_ids)
        self.posts.check(words, schedule.media, accounts)

    async def _write(self, schedule: Schedule, brand: BrandConfig, slot: str, at: datetime) -> str:
        if brand.user_id is not None:
            await self.credits.need(brand.user_id, f"slot {slot}")
        facts = {"brand": brand.name, "topic": schedule.topic, "slot": f"{at:%d %B %Y, %H:%M:%S}"}
        written = await self.writer.write(
            SLOT, facts | ({"tone": brand.tone} if brand.tone else {})
        )
        await self._check(schedule, written.text)
        # What the model did not write, or nobody takes, costs nothing.
        if brand.user_id is not None:
            await self.credits.spend(brand.user_id, f"slot {slot}")
        return written.text
