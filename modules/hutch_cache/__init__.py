"""A cache: typed values with expiry, tags and one load at a time."""

from hutch_cache.decorator import BoundCached, CachedMethod, HasCache, cached
from hutch_cache.durations import Ttl
from hutch_cache.entries import Entries
from hutch_cache.entry import Entry, Key
from hutch_cache.errors import (
    CacheError,
    CacheFull,
    CacheUnavailable,
    InvalidEntry,
    InvalidValue,
    UnknownEntry,
)
from hutch_cache.hashing import hash_of
from hutch_cache.in_memory import MemoryStore
from hutch_cache.module import cache_module
from hutch_cache.on_redis import RedisStore
from hutch_cache.port import Cache
from hutch_cache.settings import CacheSettings
from hutch_cache.simple_store import SimpleStore
from hutch_cache.stats import CacheStats
from hutch_cache.store import Snapshot, Store
from hutch_cache.store_cache import StoreCache

__all__ = [
    "BoundCached",
    "Cache",
    "CacheError",
    "CacheFull",
    "CacheSettings",
    "CacheStats",
    "CacheUnavailable",
    "CachedMethod",
    "Entries",
    "Entry",
    "HasCache",
    "InvalidEntry",
    "InvalidValue",
    "Key",
    "MemoryStore",
    "RedisStore",
    "SimpleStore",
    "Snapshot",
    "Store",
    "StoreCache",
    "Ttl",
    "UnknownEntry",
    "cache_module",
    "cached",
    "hash_of",
]
