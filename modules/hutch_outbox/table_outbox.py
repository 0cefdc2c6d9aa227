"""The outbox behind the port: rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event, func, insert, select
from typing_extensions import Unpack

from hutch_database import Database, Session
from hutch_outbox.port import OutboxStats
from hutch_outbox.relay import Relay
from hutch_outbox.table import outbox
from hutch_queue import Call, Handover, Options, Prepared


class TableOutbox:
    """Writes jobs into the table; see ``Outbox``."""

    def __init__(self, database: Database, handover: Handover, relay: Relay) -> None:
        self._database = database
        self._handover = handover
        self._relay = relay

    async def enqueue(
        self, session: Session, call: Call[Any], /, **options: Unpack[Options]
    ) -> str:
        """Write a job; see ``Outbox.enqueue``."""
        prepared = self._handover.prepare(call, **options)
        await self._write(session, [prepared])
        return prepared.id

    async def enqueue_all(self, session: Session, calls: Iterable[Call[Any]], /) -> list[str]:
        """Write several jobs; see ``Outbox.enqueue_all``."""
        prepared = [self._handover.prepare(call) for call in calls]
        if prepared:
            await self._write(session, prepared)
        return [one.id for one in prepared]

    async def relay(self) -> int:
        """Move what is committed; see ``Outbox.relay``."""
        return await self._relay.move()

    async def stats(self) -> OutboxStats:
        """Count what is committed; see ``Outbox.stats``."""
        async with self._database.session() as session:
            query = select(func.count(), func.min(outbox.c.created_at)).select_from(outbox)
            count, since = (await session.execute(query)).one()
        age = (datetime.now(UTC) - since).total_seconds() if since else 0.0
        return OutboxStats(count, max(0.0, age))

    async def _write(self, session: Session, prepared: Sequence[Prepared]) -> None:
        now = datetime.now(UTC)
        rows = [
            {"queue": one.queue, "job_id": one.id, "job": one.text, "created_at": now}
            for one in prepared
        ]
        await session.execute(insert(outbox), rows)
        if not event.contains(session.sync_session, "after_commit", self._relay.nudge):
            event.listen(session.sync_session, "after_commit", self._relay.nudge)
