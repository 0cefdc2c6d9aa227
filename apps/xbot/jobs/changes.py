"""Changes of the configuration: in the database, then in the cache, whatever happens."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hutch_cache import CacheUnavailable
from hutch_database import Database
from hutch_outbox import Outbox
from xbot.jobs.sync import SyncJobs
from xbot.schemas import ConfigView
from xbot.services.configuration import Configuration


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes values."""

    database: Database
    outbox: Outbox
    configuration: Configuration

    async def change(self, key: str, version: int, value: dict[str, Any]) -> ConfigView:
        """Change a value; all processes see it at once, or when Redis is back.

        Raises:
            Missing: There is no such key.
            Refused: The value does not fit the key.
            Outdated: The version is not the one that is stored.
        """
        async with self.database.session() as session:
            view = await self.configuration.change(session, key, version, value)
            await self.outbox.enqueue(session, SyncJobs.config(key))
        with suppress(CacheUnavailable):  # The job shows it.
            await self.configuration.show(key)
        return view
