"""Networks: how they answer, judged by our own posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from hutch_cache import Cache
from hutch_database import Database
from kit.publishing import Network, Publication, PublicationState
from rabbit24.kept import PlatformStatus
from rabbit24.keys import PLATFORM_STATUS

RECENT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Networks:
    """Tells whether posts get through."""

    database: Database
    cache: Cache

    async def status(self, network: Network) -> PlatformStatus:
        """Judge by the last ten minutes; known for up to a minute."""

        async def load() -> PlatformStatus:
            recent = Publication.updated_at > datetime.now(UTC) - RECENT
            lost = Publication.state == PublicationState.UNKNOWN
            tried = Publication.error.is_not(None) & (Publication.state == PublicationState.PENDING)
            query = select(func.count()).where(Publication.network == network, recent, lost | tried)
            async with self.database.session() as session:
                troubled = await session.scalar(query)
            return PlatformStatus.DEGRADED if troubled else PlatformStatus.OK

        return await self.cache.get_or_load(PLATFORM_STATUS.key(network.lower()), load)
