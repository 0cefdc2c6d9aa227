"""One processor for each queue, and the producers, as one module."""

from __future__ import annotations

from datetime import timedelta

from fashiondeck.jobs import analytics, embeddings, refresh
from fashiondeck.jobs.analytics import AnalyticsJobs
from fashiondeck.jobs.embeddings import EmbedJobs
from fashiondeck.jobs.producers import AnalyticsProducer, ProductRefreshProducer
from fashiondeck.jobs.refresh import RefreshJobs
from fashiondeck.jobs.timetable import Timetable, keeping
from fashiondeck.services import services
from hutch import Module, Role
from hutch.contributions import Service
from hutch_lock import lock_module
from hutch_metrics import Timing
from hutch_queue import queue_module

_daily = queue_module(refresh.QUEUE, analytics.QUEUE, keep_completed=timedelta(days=7))
_chunks = queue_module(embeddings.QUEUE, most_completed=10_000)

jobs = Module(
    "fashiondeck.jobs",
    imports=[
        services,
        lock_module(),
        _daily,
        _chunks,
    ],
    providers=[
        RefreshJobs,
        EmbedJobs,
        AnalyticsJobs,
        ProductRefreshProducer,
        AnalyticsProducer,
        Timetable,
    ],
    exports=[
        ProductRefreshProducer,
        AnalyticsProducer,
        Timetable,
        _daily,
    ],
    contributions=[Service("timetable", keeping, roles=frozenset({Role.WORKER}))],
    interceptors=[Timing],
)
