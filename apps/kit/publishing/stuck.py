"""Which publications made no progress, whatever stopped them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, or_, select

from hutch_database import Database
from kit.publishing.models import Publication
from kit.publishing.models import PublicationState as State
from kit.publishing.publications import WAITING
from kit.publishing.settings import PublishingSettings

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Stuck:
    """Finds publications whose jobs are lost or dead."""

    database: Database
    settings: PublishingSettings

    async def find(self) -> list[Publication]:
        """List up to 500 publications that should be under way, oldest first.

        Their jobs shall be enqueued again, under the same keys as at first.
        """
        now = datetime.now(UTC)
        quiet_since = now - timedelta(seconds=self.settings.sweep_after)
        quiet = Publication.updated_at < quiet_since
        due = or_(Publication.not_before.is_(None), Publication.not_before < quiet_since)
        waiting = and_(Publication.state.in_((*WAITING, State.UNKNOWN)), due)
        lease_end = now - timedelta(seconds=self.settings.sending_lease)
        lost = and_(Publication.state == State.SENDING, Publication.since < lease_end)
        query = (
            select(Publication)
            .where(quiet, or_(waiting, lost))
            .order_by(Publication.updated_at)
            .limit(AT_ONCE)
        )
        async with self.database.session() as session:
            return list(await session.scalars(query))
