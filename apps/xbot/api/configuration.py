"""The configuration over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from hutch.http import controller, get, guard, put
from hutch_auth import OPERATOR, RequireRole
from xbot.configuration import KEYS
from xbot.jobs.changes import Changes
from xbot.schemas import ConfigChange, ConfigView
from xbot.services.configuration import Configuration


@guard(RequireRole(OPERATOR))
@controller("/api/config")
@dataclass
class ConfigurationController:
    """What may change while the bot runs."""

    configuration: Configuration
    changes: Changes

    @get("/")
    async def all(self) -> list[ConfigView]:
        """List all values with their versions."""
        return [await self.configuration.view(key) for key in KEYS]

    @get("/{key}")
    async def read(self, key: str) -> ConfigView:
        """Read a value and its version."""
        return await self.configuration.view(key)

    @put("/{key}")
    async def change(self, key: str, change: ConfigChange) -> ConfigView:
        """Change a value; the version must be the one that was read."""
        return await self.changes.change(key, change.version, change.value)
