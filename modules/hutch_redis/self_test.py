"""The self test: what an app does with Redis, done once and checked."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from hutch_redis.batches import batch
from hutch_redis.redis_check import RedisCheck
from hutch_redis.roles import Redis

SECONDS = 60
MANY = 1000
FEW = 100


class Failed(Exception):
    """A check did not find what it wrote."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        name: What was tried.
        ok: Whether it works.
        detail: What was found.
    """

    name: str
    ok: bool
    detail: str


class SelfTest:
    """Tries the server of the state: connection, set and get, TTL, JSON, speed, memory.

    Between JSON and speed come the checks that modules declare. It writes ``health:check``
    and ``health``, which end after a minute, and keys below ``health:test``, which it
    removes.
    """

    def __init__(self, redis: Redis, checks: Iterable[RedisCheck] = ()) -> None:
        self._redis = redis
        self._checks = tuple(checks)
        self._client: Any = redis.state  # its types do not know what is awaited
        self._token = secrets.token_hex(8)

    async def run(self) -> AsyncIterator[Check]:
        """Run the checks; after one that cannot reach the server there are no others."""
        tries: tuple[tuple[str, Callable[[], Awaitable[str]]], ...] = (
            ("connection", self._connection),
            ("set and get", self._set_and_get),
            ("TTL", self._ttl),
            ("JSON", self._json),
            *((check.name, partial(check.run, self._redis)) for check in self._checks),
            ("performance", self._performance),
            ("memory", self._memory),
        )
        for name, attempt in tries:
            try:
                yield Check(name, ok=True, detail=await attempt())
            except Exception as error:
                yield Check(name, ok=False, detail=f"{type(error).__name__}: {error}")
                if name == "connection":
                    return

    async def _connection(self) -> str:
        for server in self._redis.servers:
            await server.probe()
        began = time.perf_counter()
        await self._client.ping()
        names = ", ".join(server.name for server in self._redis.servers)
        return f"{names} answers in {(time.perf_counter() - began) * 1000:.1f} ms"

    async def _set_and_get(self) -> str:
        # The second is what older code reads.
        for name in (("health", "check"), ("health",)):
            await self._client.set(self._redis.key(*name), self._token, ex=SECONDS)
        _same(await read_health(self._redis), self._token)
        return "the value came back"

    async def _ttl(self) -> str:
        key = self._redis.key("health", "check")
        left = await self._client.ttl(key)
        if not 0 < left <= SECONDS:
            raise Failed(f"{key} has {left} s left, not {SECONDS}")
        return f"{key} ends in {left} s"

    async def _json(self) -> str:
        key, value = self._redis.key("health", "test", "json"), {"list": [1, None], "text": "ä"}
        await self._client.set(key, json.dumps(value), ex=SECONDS)
        _same(json.loads(await self._client.getdel(key)), value)
        return "a document came back"

    async def _performance(self) -> str:
        keys = [self._redis.key("health", "test", number) for number in range(MANY)]
        began = time.perf_counter()
        await batch(self._redis.state, [("SET", key, self._token, "EX", SECONDS) for key in keys])
        await batch(self._redis.state, [("UNLINK", key) for key in keys])
        together = 2 * MANY / (time.perf_counter() - began)
        began = time.perf_counter()
        for _ in range(FEW):
            await self._client.ping()
        alone = (time.perf_counter() - began) / FEW * 1000
        return f"{together:,.0f} commands/s in batches, {alone:.2f} ms for one alone"

    async def _memory(self) -> str:
        info = await self._client.info("memory")
        most = info.get("maxmemory_human") if info.get("maxmemory") else "no limit"
        return f"{info.get('used_memory_human')} used, {most}"


async def read_health(redis: Redis) -> str | None:
    """Read what the last check left: the new key, else the one of older code."""
    client: Any = redis.state
    for name in (("health", "check"), ("health",)):
        if value := await client.get(redis.key(*name)):
            return str(value.decode())
    return None


def _same(found: object, written: object) -> None:
    if found != written:
        raise Failed(f"{written!r} was written, but {found!r} was read")
