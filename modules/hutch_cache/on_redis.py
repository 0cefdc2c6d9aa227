"""The Redis backend, on the role ``cache``."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any, cast
from urllib.parse import unquote

from redis.exceptions import OutOfMemoryError, RedisError, ResponseError

from hutch_cache.errors import CacheFull, CacheUnavailable
from hutch_cache.store import Snapshot
from hutch_cache.template import Parts
from hutch_redis import Redis, load_script

_script = partial(load_script, "hutch_cache")
_CLAIM, _TAG = "cache-claim", "cache-tag"
_BATCH = 500
_KEPT_KEYS = 4096
_COUNTS_FOR = 30 * 24 * 60 * 60
"""Seconds that figures are kept after the last one was told."""
_FAILED = (RedisError, OSError)


class RedisStore:
    """Keeps values under their literal keys, beside claims and the versions of tags."""

    def __init__(self, redis: Redis) -> None:
        self._client = redis.cache
        # redis-py's own mget() takes a tenth longer than this
        self._run = cast("Callable[..., Awaitable[Any]]", redis.cache.execute_command)  # pyright: ignore[reportUnknownMemberType]
        # making a key takes a thirtieth of a trip; hot ones are made once
        self._key = lru_cache(_KEPT_KEYS)(redis.key)
        self._prefix = redis.keys.prefix
        self._counts = redis.key("cache-counts")

    async def read(self, key: Parts, tags: Sequence[str]) -> Snapshot:
        """Return what is under the key, and the tags' versions, in one trip."""
        name = self._key(*key)
        try:
            if not tags:
                return Snapshot(await self._run("GET", name))
            found: list[bytes | None] = await self._run("MGET", name, *self._tags(tags))
        except _FAILED as error:
            if isinstance(error, ResponseError) and str(error).startswith("WRONGTYPE"):
                return Snapshot(None)
            raise _unavailable(error) from error
        value, *versions = found
        return Snapshot(value, _numbers(versions))

    async def claim(
        self, key: Parts, tags: Sequence[str], token: str, seconds: float
    ) -> tuple[bool, Snapshot]:
        """Take the claim on a key unless somebody has it; then read."""
        names = [self._key(_CLAIM, *key), self._key(*key), *self._tags(tags)]
        with _translated():
            reply = await _script("claim")(self._client, names, [token, _milliseconds(seconds)])
        taken, value, *versions = cast("list[Any]", reply)
        return taken == 1, Snapshot(value, _numbers(versions))

    async def release(self, key: Parts, token: str, *, with_value: bool = False) -> None:
        """Give the claim back, if it is still this token's; with it, remove the value."""
        names = [self._key(_CLAIM, *key), *([self._key(*key)] if with_value else [])]
        with _translated():
            await _script("release")(self._client, names, [token])

    async def versions(self, tags: Sequence[str], seconds: float | None) -> list[int]:
        """Return the tags' versions; a missing one begins at the server's time."""
        digits = f"{secrets.randbelow(1000):03d}"
        with _translated():
            reply = await _script("versions")(
                self._client, self._tags(tags), [_milliseconds(seconds), digits]
            )
        return [int(version) for version in cast("list[bytes]", reply)]

    async def write(
        self, key: Parts, value: bytes, seconds: float | None, token: str | None = None
    ) -> bool:
        """Write a value and end the claim on its key; with a token, only if the claim is its."""
        names = [self._key(*key), self._key(_CLAIM, *key)]
        with _translated():
            done = await _script("write")(
                self._client, names, [value, _milliseconds(seconds), token or ""]
            )
        return cast(int, done) == 1

    async def delete(self, keys: Sequence[Parts]) -> None:
        """Remove what is under the keys, and the claims on them."""
        with _translated():
            await self._client.unlink(
                *(name for key in keys for name in (self._key(*key), self._key(_CLAIM, *key)))
            )

    async def bump(self, tags: Sequence[str]) -> None:
        """Raise the tags' versions."""
        with _translated():
            await _script("bump")(self._client, self._tags(tags))

    async def clear(self, first: Parts, matches: Callable[[Parts], bool]) -> int:
        """Remove the claims, then the values, of all keys that match; return how many values."""
        with _translated():
            await self._remove((_CLAIM, *first), lambda parts: matches(parts[1:]))
            return await self._remove(first, matches)

    async def add(self, counts: Mapping[str, int]) -> None:
        """Add to the counters of these names."""
        pipeline = self._client.pipeline(transaction=True)
        for name, count in counts.items():
            pipeline.hincrby(self._counts, name, count)
        pipeline.expire(self._counts, _COUNTS_FOR)
        with _translated():
            await pipeline.execute()

    async def counts(self) -> Mapping[str, int]:
        """Return all counters."""
        with _translated():
            found = cast("dict[bytes, bytes]", await self._client.hgetall(self._counts))
        return {name.decode(): int(count) for name, count in found.items()}

    def _tags(self, tags: Sequence[str]) -> list[str]:
        return [self._key(_TAG, tag) for tag in tags]

    async def _remove(self, first: Parts, matches: Callable[[Parts], bool]) -> int:
        """Look through the server's keys in small steps; others are served in between."""
        removed = 0
        batch: list[str] = []
        async for name in self._scan(self._key(*first)):
            if matches(self._parts(name)):
                batch.append(name)
            if len(batch) >= _BATCH:
                removed += await self._client.unlink(*batch)
                batch.clear()
        return removed + (await self._client.unlink(*batch) if batch else 0)

    async def _scan(self, beginning: str) -> AsyncIterator[str]:
        names = cast(
            "AsyncIterator[bytes]",
            self._client.scan_iter(match=f"{beginning}*", count=_BATCH),  # pyright: ignore[reportUnknownMemberType]
        )
        async for name in names:
            yield name.decode()

    def _parts(self, name: str) -> Parts:
        return tuple(map(unquote, name.removeprefix(self._prefix).split(":")))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except _FAILED as error:
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> CacheUnavailable:
    if isinstance(error, OutOfMemoryError):
        return CacheFull("the cache's server is full; give it more memory, or let it evict.")
    return CacheUnavailable(f"the cache's server did not do it ({type(error).__name__}).")


def _numbers(versions: Sequence[bytes | None]) -> list[int | None]:
    return [None if version is None else int(version) for version in versions]


def _milliseconds(seconds: float | None) -> int:
    """Return 0 for no limit, which is never sent as an expiry."""
    return 0 if seconds is None else max(1, round(seconds * 1000))
