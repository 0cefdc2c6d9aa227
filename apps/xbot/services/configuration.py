"""Configuration: the database is the truth, the cache answers for an hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from hutch_cache import Cache
from hutch_database import Database, Session
from xbot.configuration import FIXED, KEYS, NAMES, Values
from xbot.keys import CONFIG
from xbot.models import BotConfig
from xbot.schemas import ConfigView
from xbot.services.errors import Missing, Outdated, Refused

V = TypeVar("V", bound=Values)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The values, each with a version."""

    database: Database
    cache: Cache

    async def get(self, kind: type[V]) -> V:
        """Return a value, e.g. ``await configuration.get(RateLimits)``."""
        return kind.model_validate((await self.view(NAMES[kind])).value)

    async def view(self, key: str) -> ConfigView:
        """Return a value with its version; without Redis it comes from the database.

        Raises:
            Missing: There is no such key.
        """
        _kind(key)
        return await self.cache.get_or_load(CONFIG.key(key), lambda: self.stored(key))

    async def stored(self, key: str) -> ConfigView:
        """Return a value as the database has it."""
        async with self.database.session() as session:
            row = await session.get(BotConfig, key)
        version, value = (row.version, row.value) if row and key not in FIXED else (0, {})
        # Fields that were added since have their defaults.
        known = KEYS[key].model_validate(value)
        return ConfigView(key=key, version=version, value=known.model_dump())

    async def change(
        self, session: Session, key: str, version: int, value: dict[str, Any]
    ) -> ConfigView:
        """Write a value in the session's transaction; its version rises by one.

        Raises:
            Missing: There is no such key.
            Refused: The value does not fit the key, or only the code changes it.
            Outdated: The version is not the one that is stored.
        """
        new = _checked(key, value)
        if not await _written(session, key, version, new):
            raise Outdated(
                f"{key!r} is not at version {version} any more: read it again, then change it."
            )
        return ConfigView(key=key, version=version + 1, value=new)

    async def show(self, key: str) -> None:
        """Let all processes see at once what the database has.

        The cached value is removed, not replaced: of two changes the earlier one may come
        here later, and loads that are under way are not kept.

        Raises:
            CacheUnavailable: The earlier value may still be seen.
        """
        await self.cache.delete(CONFIG.key(key))


async def _written(session: Session, key: str, version: int, value: dict[str, Any]) -> bool:
    now = datetime.now(UTC)
    if version == 0:
        session.add(BotConfig(key=key, value=value, version=1, changed_at=now))
        try:
            await session.flush()
        except IntegrityError:
            return False
        return True
    changed = await session.scalar(
        update(BotConfig)
        .where(BotConfig.key == key, BotConfig.version == version)
        .values(value=value, version=version + 1, changed_at=now)
        .returning(BotConfig.key)
    )
    return changed is not None


def _kind(key: str) -> type[Values]:
    try:
        return KEYS[key]
    except KeyError:
        raise Missing(f"There is no configuration {key!r}; there are: {', '.join(KEYS)}.") from None


def _checked(key: str, value: dict[str, Any]) -> dict[str, Any]:
    kind = _kind(key)
    if key in FIXED:
        raise Refused(f"{key} says how the values are made up: only the code changes it.")
    known = {field.alias for field in kind.model_fields.values()}
    if unknown := sorted(value.keys() - known):
        names = ", ".join(sorted(filter(None, known)))
        raise Refused(f"{key} has no {unknown[0]!r}; it has: {names}.")
    try:
        return kind.model_validate(value).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        raise Refused(f"{key}.{'.'.join(map(str, first['loc']))}: {first['msg']}.") from None
