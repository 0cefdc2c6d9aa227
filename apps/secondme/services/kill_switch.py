"""The big switch: everything is stopped, in Redis for speed and in the database for good.

Stopping writes the database first, and works while Redis is away. Whoever is about to answer
asks both; where one of them says stop, or does not say, nothing is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError

from hutch_database import Database
from hutch_lock import Locks, LockTaken
from hutch_pause import PauseSwitch, PauseUnavailable
from secondme.models import ONLY, KillSwitch
from secondme.services.clock import now_ms, to_ms

LOCK = "kill-switch"
TTL = timedelta(seconds=5)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stop:
    """That everything is stopped.

    Attributes:
        since: When, in milliseconds.
        reason: What whoever did it said.
    """

    since: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class BigSwitch:
    """Stops everything, and lets it go on."""

    database: Database
    switch: PauseSwitch
    locks: Locks

    async def stop(self, reason: str | None) -> None:
        """Stop everything; again is no change. It holds also where Redis is away."""
        row = {"id": ONLY, "since": now_ms(), "reason": reason}
        try:
            async with self.database.session() as session:
                await session.execute(insert(KillSwitch).values(row))
        except IntegrityError:
            pass  # it is stopped already
        try:
            await self.switch.pause_all(reason=reason)
        except PauseUnavailable:
            _log.warning("stopped in the database; Redis will hear of it when it is back")

    async def release(self) -> bool:
        """Let everything go on; tell whether it was stopped.

        Raises:
            PauseUnavailable: Redis does not answer; everything stays stopped.
            LockError: Likewise.
        """
        async with self.locks.hold(LOCK, ttl=TTL, wait=TTL):
            was = await self.switch.resume_all()
            async with self.database.session() as session:
                row = await session.get(KillSwitch, ONLY)
                await session.execute(delete(KillSwitch))
        return was or row is not None

    async def mirror(self) -> None:
        """Tell Redis what it has lost, or never heard.

        Raises:
            PauseUnavailable: Redis does not answer.
            LockUnavailable: Likewise.
        """
        if await self._noted() is None:
            return
        try:
            async with self.locks.hold(LOCK, ttl=TTL):
                noted = await self._noted()
                if noted is not None and (await self.switch.overview()).all_since is None:
                    await self.switch.pause_all(reason=noted.reason)
        except LockTaken:
            return  # somebody is at it

    async def is_on(self) -> bool:
        """Tell whether the database says stop; the pauses' gate knows of Redis."""
        return await self._noted() is not None

    async def state(self) -> Stop | None:
        """Return since when everything is stopped; None where it is not.

        Raises:
            PauseUnavailable: The database does not say stop, and Redis does not answer.
        """
        noted = await self._noted()
        if noted is not None:
            return Stop(noted.since, noted.reason)
        found = [pause for pause in await self.switch.list(limit=1) if pause.kind == "all"]
        if not found or found[0].since is None:
            return None
        return Stop(to_ms(found[0].since), found[0].reason)

    async def _noted(self) -> KillSwitch | None:
        async with self.database.session() as session:
            return await session.get(KillSwitch, ONLY)
