"""One processor for each queue."""

from datetime import timedelta

from hutch import Module
from hutch.settings import load
from hutch_database import database_module
from hutch_lock import lock_module
from hutch_metrics import metrics_module
from hutch_outbox import outbox_module
from hutch_queue import queue_module
from hutch_ratelimit import ratelimit_module
from xbot.jobs.analytics import AnalyticsJobs
from xbot.jobs.changes import Changes
from xbot.jobs.pending import PendingJobs
from xbot.jobs.schedule import Scheduling
from xbot.jobs.sync import SyncJobs
from xbot.jobs.waiting import SnoozeWhileAway
from xbot.services import domain
from xbot.settings import XbotSettings

CAPACITY = load(XbotSettings).queue_capacity

queues = queue_module("pending_posts", "sync_to_supabase", capacity=CAPACITY)
often = queue_module(
    "analytics_processing", capacity=CAPACITY, keep_completed=timedelta(hours=1), most_failed=1000
)

jobs = Module(
    "jobs",
    imports=[
        database_module(),
        domain,
        lock_module(),
        metrics_module(),
        often,
        outbox_module(),
        queues,
        ratelimit_module(),
    ],
    providers=[SnoozeWhileAway, AnalyticsJobs, Changes, PendingJobs, Scheduling, SyncJobs],
    exports=[Changes, Scheduling, queues],
)
