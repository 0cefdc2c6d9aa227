"""Which publications made no progress, whatever stopped them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, literal, or_, select, update

from hutch_database import Database, Session, UtcDateTime
from kit.publishing.models import Publication
from kit.publishing.models import PublicationState as State
from kit.publishing.publications import MAY_BE, WAITING
from kit.publishing.settings import PublishingSettings

AT_ONCE = 500
DOUBLINGS = 8
"""How often the pause before a publication is brought back doubles: from 20 s to 85 min."""
SWEEPS = 24
"""How often one that fails is brought back before it is given up: for about a day."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """Finds publications whose jobs are lost or dead."""

    database: Database
    settings: PublishingSettings

    async def find(self) -> list[Publication]:
        """List up to 500 publications that should be under way, oldest first.

        Their jobs shall be enqueued again, under the same keys as at first. Each is listed
        after pauses that double; what failed all the while is FAILED after a day.
        """
        now = datetime.now(UTC)
        stuck = or_(self._waiting(now), self._lost(now)) & self._rested(now)
        query = select(Publication).where(stuck).order_by(Publication.updated_at).limit(AT_ONCE)
        async with self.database.session() as session:
            await _give_up(session, stuck, now)
            found = list(await session.scalars(query))
            for publication in found:
                # One without an error waits for a worker, and has not been tried.
                publication.sweeps += publication.error is not None
                publication.updated_at = now
        return found

    def _waiting(self, now: datetime) -> ColumnElement[bool]:
        over = Publication.not_before < now - timedelta(seconds=self.settings.sweep_after)
        due = or_(Publication.not_before.is_(None), over)
        return and_(Publication.state.in_((*WAITING, State.UNKNOWN)), due)

    def _lost(self, now: datetime) -> ColumnElement[bool]:
        lease_end = now - timedelta(seconds=self.settings.sending_lease)
        return and_(Publication.state == State.SENDING, Publication.since < lease_end)

    def _rested(self, now: datetime) -> ColumnElement[bool]:
        since = [
            literal(now - timedelta(seconds=self.settings.sweep_after * 2**times), UtcDateTime())
            for times in range(DOUBLINGS + 1)
        ]
        by_sweeps = case(dict(enumerate(since)), value=Publication.sweeps, else_=since[-1])
        return Publication.updated_at < by_sweeps


async def _give_up(session: Session, stuck: ColumnElement[bool], now: datetime) -> None:
    """Leave to a person what was tried again and again; what has no error was never tried."""
    tried = stuck & (Publication.sweeps >= SWEEPS) & Publication.error.is_not(None)
    for states, reason in (
        (WAITING, "Given up after a day: "),
        ((State.UNKNOWN,), f"{MAY_BE}, and is given up after a day: "),
    ):
        await session.execute(
            update(Publication)
            .where(tried, Publication.state.in_(states))
            .values(
                state=State.FAILED,
                error=literal(reason).concat(Publication.error),
                since=now,
                updated_at=now,
            )
        )
