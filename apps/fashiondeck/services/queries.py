"""Queries: the log of searches, and the insights of each day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, delete, func, select

from fashiondeck.keys import generate_hash, normal
from fashiondeck.models import Insight, Query
from fashiondeck.settings import FashiondeckSettings
from hutch_database import Database, Session

TOP = 10
"""How many queries an insight names."""

_TOTALS = select(
    func.count(),
    func.count(Query.hash.distinct()),
    func.count().filter(Query.hit),
    func.count().filter(Query.found == 0),
)
"""Of searches: all, different ones, from the cache, without a product."""


@dataclass(frozen=True, slots=True)
class Queries:
    """The query log."""

    database: Database
    settings: FashiondeckSettings

    async def note(self, text: str, found: int, hit: bool) -> None:
        """Note a search."""
        row = Query(
            at=datetime.now(UTC),
            hash=generate_hash(text),
            text=normal(text),
            found=found,
            hit=hit,
        )
        async with self.database.session() as session:
            session.add(row)

    async def digest(self) -> list[date]:
        """Make the insights of each day that has queries and no insight of the whole of it.

        Afterwards single queries that are old enough are deleted.

        Returns:
            The days of which an insight was made.
        """
        now = datetime.now(UTC)
        days = [day for day in await self._open_days(now) if await self._digest(day, now)]
        async with self.database.session() as session:
            keep = now - timedelta(days=self.settings.keep_queries)
            await session.execute(delete(Query).where(Query.at < min(keep, self._begin(now))))
        return days

    async def insights(self, days: int) -> list[Insight]:
        """Read the insights of the last days that have some, newest first."""
        query = select(Insight).order_by(Insight.day.desc()).limit(days)
        async with self.database.session() as session:
            return list(await session.scalars(query))

    async def _open_days(self, now: datetime) -> list[date]:
        """List the days since the first query whose insight is missing or was made too early."""
        async with self.database.session() as session:
            first = await session.scalar(select(func.min(Query.at)))
            made = {row.day: row.made_at for row in await session.scalars(select(Insight))}
        if first is None:
            return []
        day, last = self._day_of(first), self._day_of(now)
        days = [day + timedelta(days=number) for number in range((last - day).days + 1)]
        return [day for day in days if day not in made or made[day] < self._end(day)]

    async def _digest(self, day: date, now: datetime) -> bool:
        of_day = and_(Query.at >= self._midnight(day), Query.at < self._end(day))
        async with self.database.session() as session:
            searches, queries, hits, empty = (await session.execute(_TOTALS.where(of_day))).one()
            if not searches:
                return False
            top = {
                "top": await _most_frequent(session, of_day),
                "unanswered": await _most_frequent(session, and_(of_day, Query.found == 0)),
            }
            counted = {"searches": searches, "queries": queries, "hits": hits, "empty": empty}
            await session.merge(Insight(day=day, made_at=now, top=top, **counted))
        return True

    def _day_of(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.settings.tz)).date()

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(self.settings.tz))

    def _end(self, day: date) -> datetime:
        return self._midnight(day + timedelta(days=1))

    def _begin(self, now: datetime) -> datetime:
        return self._midnight(self._day_of(now))


async def _most_frequent(session: Session, where: ColumnElement[bool]) -> list[dict[str, Any]]:
    times = func.count()
    query = select(Query.text, times).where(where).group_by(Query.text)
    rows = await session.execute(query.order_by(times.desc(), Query.text).limit(TOP))
    return [{"query": text, "searches": count} for text, count in rows]
