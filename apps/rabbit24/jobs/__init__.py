"""One processor for each queue."""

from hutch import Module
from hutch.contributions import Service
from hutch.roles import Role
from hutch_pubsub import pubsub_module
from hutch_queue import queue_module
from rabbit24.jobs.analytics import AnalyticsJobs
from rabbit24.jobs.content import ContentJobs
from rabbit24.jobs.distribution import (
    ConnectionJobs,
    DispatchJobs,
    DispatchOrders,
    ScheduledJobs,
)
from rabbit24.jobs.embedding import EmbeddingJobs
from rabbit24.jobs.health import Heart, beating
from rabbit24.jobs.news import News
from rabbit24.jobs.publish import PublishJobs
from rabbit24.jobs.schedule import ScheduleJobs
from rabbit24.jobs.tokens import TokenJobs
from rabbit24.services import cached, domain, limited

contents = queue_module(
    "publish",
    "schedule",
    "analytics",
    "content:analyze",
    "embedding:generate",
    "token:refresh",
    most_completed=1000,
)
distribution = queue_module(
    "distribution:dispatch",
    "distribution:scheduled",
    "distribution:token-refresh",
    most_completed=100,
    most_failed=500,
)

PROCESSORS = [
    AnalyticsJobs, ConnectionJobs, ContentJobs, DispatchJobs, EmbeddingJobs, PublishJobs,
    ScheduledJobs, ScheduleJobs, TokenJobs,
]  # fmt: skip

jobs = Module(
    "jobs",
    imports=[cached, contents, distribution, domain, limited, pubsub_module()],
    providers=[DispatchOrders, Heart, News, *PROCESSORS],
    exports=[contents, DispatchOrders, Heart, *PROCESSORS],
    contributions=[Service("heart", beating, roles=frozenset({Role.WORKER}))],
)
