"""The module: figures for everybody who imports it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from hutch import contributions
from hutch.binding import bind
from hutch.contributions import Command, Declare, Health, Reading
from hutch.module import Module
from hutch.settings import CoreSettings
from hutch_metrics.buffered import BufferedMetrics, open_metrics
from hutch_metrics.in_memory import MemoryStats
from hutch_metrics.instruments import help_texts
from hutch_metrics.on_redis import RedisStats
from hutch_metrics.port import Metrics
from hutch_metrics.settings import MetricsSettings
from hutch_metrics.stats import Stats
from hutch_metrics.timing import Timing
from hutch_redis import Backend, KeyClass, redis_module, usual_backend

help_texts["hutch_metrics_buffered"] = "Counts of this process that are not written yet."
help_texts["hutch_metrics_dropped_total"] = "Counts and values that there was no room for."


@cache
def metrics_module() -> Module:
    """Return the module that gives its importers the ``Metrics``; always the same one."""
    return Module(
        "metrics",
        imports=[redis_module()],
        providers=[
            MetricsSettings,
            bind(Stats).choose(backend, memory=in_memory, redis=RedisStats),
            bind(BufferedMetrics).open(open_metrics),
            bind(Metrics).alias(BufferedMetrics),
            Timing,
        ],
        exports=[Metrics, Timing],
        contributions=[
            # An app can do its work without being counted.
            Health("metrics", probe, required=False),
            contributions.Metrics(read_figures, help_texts),
            Declare(KeyClass("stats:*", "long")),
            Command("metrics", "hutch_metrics.cli:app", "Show what was counted by day and hour."),
        ],
    )


def backend(settings: MetricsSettings, core: CoreSettings) -> Backend:
    """Name the backend: the setting's, else memory in tests and Redis anywhere else."""
    return usual_backend(settings.backend, core)


def in_memory() -> Stats:
    """Return counts of this process."""
    return MemoryStats()


async def probe(metrics: BufferedMetrics) -> str:
    """Tell how many counts were dropped; fails when they cannot be read."""
    await metrics.daily()
    return f"{metrics.dropped} dropped"


async def read_figures(metrics: BufferedMetrics) -> Iterable[Reading]:
    """Read the figures of this process."""
    return metrics.readings()
