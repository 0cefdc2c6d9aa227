"""Settings of the cache."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from hutch.settings import Settings
from hutch_cache.durations import setting_of
from hutch_redis import Backend


class CacheSettings(Settings, section="cache"):
    """Cached values."""

    backend: Backend | None = None
    """redis or memory; by default memory in tests, else redis."""
    ttls: dict[str, Annotated[float | None, BeforeValidator(setting_of)]] = Field(
        default_factory=dict[str, float | None]
    )
    """Times to live by an entry's name, instead of those in the code: {"products": "6h",
    "embeddings": 0}; 0 is no expiry."""
    jitter: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    """By which share times to live vary at random, so that not all end at once: 0.1 is
    from 90 % to 110 %; 0 is exact."""
    lease: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 30.0
    """Seconds for which processes wait for another one that loads the same value; then one
    of them loads it as well."""
    memory_entries: Annotated[int, Field(ge=1)] = 10_000
    """How many values the memory backend keeps; the least recently used go first."""
