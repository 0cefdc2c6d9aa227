"""Metrics: what the cache of this process tells those who watch it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from hutch.contributions import Reading
from hutch_cache.store_cache import StoreCache

HELP = {
    "hutch_cache_hits_total": "Look-ups in this process that found a value.",
    "hutch_cache_misses_total": "Look-ups in this process that found none.",
    "hutch_cache_errors_total": "Look-ups and writes of this process that failed.",
}


async def read_metrics(cache: StoreCache) -> Iterable[Reading]:
    """Read the figures of all entries."""
    return [
        Reading(f"hutch_cache_{kind}_total", count, (("entry", name),))
        for name, stats in cache.tallies.here().items()
        for kind, count in asdict(stats).items()
    ]
