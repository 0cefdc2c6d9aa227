"""The module: one cache for everybody who imports it, whatever entries they declare."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import cache
from typing import Any

from hutch.binding import bind
from hutch.contributions import Command, Declare, Health, Metrics
from hutch.module import Module
from hutch.settings import CoreSettings
from hutch_cache.entries import Entries, declared_entries
from hutch_cache.entry import Entry
from hutch_cache.errors import CacheUnavailable, InvalidEntry
from hutch_cache.in_memory import in_memory
from hutch_cache.metrics import HELP, read_metrics
from hutch_cache.on_redis import RedisStore
from hutch_cache.port import Cache
from hutch_cache.settings import CacheSettings
from hutch_cache.store import Store
from hutch_cache.store_cache import StoreCache
from hutch_redis import Backend, redis_module, usual_backend

TELL_EVERY = 1.0
"""Seconds after which a process adds its figures to those of all."""


def cache_module(*entries: Entry[Any]) -> Module:
    """Return a module that declares entries and gives its importers the ``Cache``.

    All such modules share one ``Cache``.

    Args:
        entries: E.g. ``Entry("products", list[Product], ttl="6h")``.

    Raises:
        InvalidEntry: No entry is given.
    """
    if not entries:
        raise InvalidEntry(
            "cache_module(): declare at least one entry, e.g. "
            "cache_module(Entry('products', list[Product], ttl='6h'))."
        )
    return Module(
        f"cache({', '.join(entry.name for entry in entries)})",
        imports=[core_module()],
        exports=[core_module()],
        contributions=[Declare(entry) for entry in entries],
    )


@cache
def core_module() -> Module:
    """Return what all cache modules share."""
    return Module(
        "cache",
        imports=[redis_module()],
        providers=[
            CacheSettings,
            bind(Entries).to(declared_entries),
            bind(Store).choose(backend, memory=in_memory, redis=RedisStore),
            bind(StoreCache).open(open_cache),
            bind(Cache).alias(StoreCache),
        ],
        exports=[Cache],
        contributions=[
            # Without it values are loaded each time, and the app can still serve.
            Health("cache", probe, required=False),
            Metrics(read_metrics, HELP),
            Command("cache", "hutch_cache.cli:app", "Look at the cache's figures, and clear it."),
        ],
    )


def backend(settings: CacheSettings, core: CoreSettings) -> Backend:
    """Name the backend: the setting's, else memory in tests and Redis anywhere else."""
    return usual_backend(settings.backend, core)


async def open_cache(
    entries: Entries, store: Store, settings: CacheSettings
) -> AsyncIterator[StoreCache]:
    """Open the cache; at the end loads are cancelled and the figures told."""
    opened = StoreCache(entries, store, settings)
    telling = asyncio.create_task(_tell_on(opened))
    try:
        yield opened
    finally:
        telling.cancel()
        await asyncio.wait([telling])
        await opened.close()
        with suppress(CacheUnavailable):
            await opened.tallies.tell()


async def probe(cache: Cache) -> str:
    """Tell the hit rate of all entries together; fails when the backend does not answer."""
    stats = (await cache.stats()).values()
    hits, misses = sum(s.hits for s in stats), sum(s.misses for s in stats)
    return f"{hits} hits, {misses} misses"


async def _tell_on(cache: StoreCache) -> None:
    while True:
        await asyncio.sleep(TELL_EVERY)
        with suppress(CacheUnavailable):
            await cache.tallies.tell()
