"""Figures: counts by day and hour in Redis, and instruments for Prometheus."""

from hutch_metrics.errors import (
    InvalidInstrument,
    InvalidPeriod,
    MetricsError,
    MetricsUnavailable,
)
from hutch_metrics.instruments import Counter, Gauge, Histogram
from hutch_metrics.module import metrics_module
from hutch_metrics.port import Metrics
from hutch_metrics.settings import MetricsSettings
from hutch_metrics.stats import Batch, Stats
from hutch_metrics.timing import Timing

__all__ = [
    "Batch",
    "Counter",
    "Gauge",
    "Histogram",
    "InvalidInstrument",
    "InvalidPeriod",
    "Metrics",
    "MetricsError",
    "MetricsSettings",
    "MetricsUnavailable",
    "Stats",
    "Timing",
    "metrics_module",
]
