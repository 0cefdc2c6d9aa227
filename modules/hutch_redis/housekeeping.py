"""Housekeeping: keys listed, removed and audited without blocking the server.

Everything goes by SCAN in small steps, and rests as long as it works.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hutch_redis.errors import CleaningRefused
from hutch_redis.key_class import KeyClass
from hutch_redis.roles import Redis

STEP = 500
"""Keys looked at per round trip."""
QUEUES = "q"


@dataclass(frozen=True, slots=True)
class Found:
    """A key that was listed.

    Attributes:
        name: The whole key.
        type: Redis' type of it.
        ttl: Seconds, -1 where it has none.
    """

    name: str
    type: str
    ttl: int


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What a cleaning came to.

    Attributes:
        count: How many keys are removed, or would be.
        left: How many keys of queues were left alone.
        finished: Whether all was looked at within the budget.
    """

    count: int
    left: int
    finished: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """A key whose time to live is not that of its class."""

    name: str
    pattern: str
    problem: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found.

    Attributes:
        count: How many keys were looked at, those of queues left out.
        faults: Those whose time to live is wrong.
        undeclared: How many keys no class matches, by their first part.
    """

    count: int
    faults: Sequence[Fault]
    undeclared: dict[str, int]


class Namespace:
    """All keys below a name of the app, on all its servers.

    Args:
        redis: The app's.
        name: ``"cache"``, ``"temp:draft"``, or ``"*"`` for all; with the prefix, and with
            ``:*`` at the end, it means the same.
    """

    def __init__(self, redis: Redis, name: str) -> None:
        self._redis = redis
        self._prefix = redis.keys.prefix
        plain = name.removeprefix(self._prefix).removesuffix("*").removesuffix(":")
        self._parts = plain.split(":") if plain else []
        self.base = redis.key(*self._parts) if self._parts else self._prefix.removesuffix(":")

    async def find(self, limit: int) -> list[Found]:
        """List keys, at most so many."""
        found: list[Found] = []
        async for client, names in self._steps():
            found += [Found(name, kind, ttl) for name, kind, ttl in await _looked(client, names)]
            if len(found) >= limit:
                break
        return found[:limit]

    async def clean(self, *, remove: bool, budget: float) -> Cleaning:
        """Remove all keys but those of queues, or count what would be removed.

        Args:
            remove: Whether it is meant.
            budget: Seconds after which it stops; it can be called again.

        Raises:
            CleaningRefused: It is the queues' namespace.
        """
        if self._parts[:1] == [QUEUES]:
            raise CleaningRefused(
                f"{self.base} holds the queues, whose jobs would be lost or run twice; use "
                "`hutch queues drain` or `hutch queues obliterate`."
            )
        until, count, left = time.monotonic() + budget, 0, 0
        async for client, names in self._steps():
            ours = [name for name in names if not self._is_queues(name)]
            left += len(names) - len(ours)
            count += await client.unlink(*ours) if remove and ours else len(ours)
            if time.monotonic() > until:
                return Cleaning(count, left, finished=False)
        return Cleaning(count, left, finished=True)

    async def audit(self, classes: Iterable[KeyClass]) -> Audit:
        """Hold every key's time to live against its class; the most exact pattern counts."""
        ranked = sorted(classes, key=lambda one: one.rank, reverse=True)
        count, faults, undeclared = 0, list[Fault](), dict[str, int]()
        async for client, names in self._steps():
            ours = [name for name in names if not self._is_queues(name)]
            for key, _, ttl in await _looked(client, ours):
                count += 1
                name = key.removeprefix(self._prefix)
                match = next((one for one in ranked if one.matches(name)), None)
                if match is None:
                    first = name.partition(":")[0]
                    undeclared[first] = undeclared.get(first, 0) + 1
                elif problem := match.fault(ttl):
                    faults.append(Fault(key, match.pattern, problem))
        return Audit(count, faults, undeclared)

    def _is_queues(self, name: str) -> bool:
        return name.startswith(f"{self._prefix}{QUEUES}:")

    async def _steps(self) -> AsyncIterator[tuple[Any, list[str]]]:
        """Yield the keys step by step, each with the client of its server."""
        # Keys hold no character that SCAN would read as a pattern's, but a queue's hash tag.
        pattern = f"{self.base}*"
        redis = self._redis
        clients: dict[Any, None] = dict.fromkeys((redis.state, redis.cache, redis.pubsub))
        for client in clients:
            cursor: int = -1
            while cursor:
                began = time.monotonic()
                cursor, found = await client.scan(max(cursor, 0), match=pattern, count=STEP)
                names = [name.decode() for name in found]
                # "cache" is not "cached"
                ours = [n for n in names if n == self.base or n.startswith(f"{self.base}:")]
                if ours:
                    yield client, ours
                await asyncio.sleep(time.monotonic() - began)


async def _looked(client: Any, names: Sequence[str]) -> list[tuple[str, str, int]]:
    """Look at keys in one round trip; those that ended meanwhile are left out."""
    async with client.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.type(name)
            pipe.ttl(name)
        replies = await pipe.execute()
    looked = zip(names, replies[::2], replies[1::2], strict=True)
    return [(name, kind.decode(), ttl) for name, kind, ttl in looked if ttl != -2]
