"""Stores: one for each patience that callers have."""

from __future__ import annotations

from dataclasses import dataclass

from hutch_queue.storage.memory_store import MemoryStore
from hutch_queue.storage.redis_store import RedisStore
from hutch_queue.storage.store import Store
from hutch_redis import Redis


@dataclass(frozen=True, slots=True)
class Stores:
    """The same store, twice.

    Attributes:
        fast: For producers and operators: fails when it does not answer at once.
        patient: For workers: waits as long as the connection lasts.
    """

    fast: Store
    patient: Store


def on_redis(redis: Redis) -> Stores:
    """Return the stores on Redis."""
    return Stores(RedisStore(redis, redis.state), RedisStore(redis, redis.blocking))


def in_memory() -> Stores:
    """Return the store of this process."""
    store = MemoryStore()
    return Stores(store, store)
