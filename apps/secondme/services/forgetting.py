"""Forgetting: what people wrote is not kept for ever, nor who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import delete, exists, select
from sqlalchemy.sql.dml import ReturningDelete

from hutch_database import Database
from secondme.models import Contact, Message
from secondme.services.clock import now_ms
from secondme.settings import SecondMeSettings

PAGE = 500
"""So many rows are deleted in one transaction: others want to write, too."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Deletes old messages, then contacts who may not be answered and have none any more."""

    database: Database
    settings: SecondMeSettings

    async def forget(self) -> None:
        """Delete what is older than the settings allow."""
        kept = timedelta(days=self.settings.keep_days)
        before = now_ms() - kept // timedelta(milliseconds=1)
        messages = await self._all(_messages(before))
        contacts = await self._all(_contacts(before))
        if messages or contacts:
            _log.info("old rows are deleted", messages=messages, contacts=contacts)

    async def _all(self, statement: ReturningDelete[str]) -> int:
        total, last = 0, PAGE
        while last == PAGE:
            async with self.database.session() as session:
                last = len((await session.scalars(statement)).all())
            total += last
        return total


def _messages(before: int) -> ReturningDelete[str]:
    old = select(Message.id).where(Message.sent_at < before).limit(PAGE)
    return delete(Message).where(Message.id.in_(old)).returning(Message.id)


def _contacts(before: int) -> ReturningDelete[str]:
    silent = ~exists().where(Message.contact_id == Contact.id)
    known = select(Contact.id).where(Contact.enabled_epoch.is_(None), Contact.created_at < before)
    gone = known.where(silent).limit(PAGE)
    return delete(Contact).where(Contact.id.in_(gone)).returning(Contact.id)
