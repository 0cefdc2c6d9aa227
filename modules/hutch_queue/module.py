"""The module: one queue for everybody who imports it, whatever queues they declare."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import cache

from hutch.binding import bind
from hutch.contributions import Declare, Health, Metrics, Reading, Service
from hutch.module import Module
from hutch.roles import Role
from hutch.settings import CoreSettings, Profile
from hutch.testing import Backlog
from hutch_queue.context import JobContext
from hutch_queue.errors import InvalidJob
from hutch_queue.in_memory import MemoryQueue
from hutch_queue.intake import Intake
from hutch_queue.memory_worker import MemoryWorker
from hutch_queue.names import QueueName, Queues
from hutch_queue.on_redis import NoBacklog, RedisQueue, SaqQueues
from hutch_queue.port import Queue, QueueAdmin
from hutch_queue.processors import Processor
from hutch_queue.redis_worker import RedisWorker
from hutch_queue.settings import QueueSettings
from hutch_queue.ticker import Ticker
from hutch_queue.work import Work
from hutch_queue.worker import Worker, work
from hutch_redis import redis_module


def queue_module(
    *names: str,
    keep_completed: timedelta = timedelta(days=1),
    keep_failed: timedelta = timedelta(days=7),
) -> Module:
    """Return a module that declares queues and gives its importers the ``Queue``.

    All such modules share one ``Queue``.

    Args:
        names: The queues' names.
        keep_completed: How long a completed job's record and result are kept.
        keep_failed: How long a failed job's record is kept.

    Raises:
        InvalidJob: No name is given, or one cannot be a queue's.
    """
    if not names:
        raise InvalidJob("queue_module(): name at least one queue, e.g. queue_module('emails').")
    queues = [QueueName(name, keep_completed, keep_failed) for name in names]
    return Module(
        f"queue({', '.join(names)})",
        imports=[core_module()],
        exports=[core_module()],
        contributions=[Declare(queue) for queue in queues],
    )


@cache
def core_module() -> Module:
    """Return what all queue modules share."""
    return Module(
        "queue",
        imports=[redis_module()],
        providers=[
            QueueSettings,
            Queues,
            Intake,
            Work,
            Ticker,
            MemoryQueue,
            RedisQueue,
            bind(JobContext).seed(),
            bind(Queue).choose(backend, memory=MemoryQueue, redis=RedisQueue),
            bind(QueueAdmin).choose(backend, memory=MemoryQueue, redis=RedisQueue),
            bind(Backlog).choose(backend, memory=MemoryQueue, redis=NoBacklog),
            bind(SaqQueues).choose(backend, memory=no_saq_queues, redis=SaqQueues),
            bind(Worker).choose(backend, memory=MemoryWorker, redis=RedisWorker),
        ],
        exports=[Queue, QueueAdmin, Backlog, SaqQueues, JobContext],
        contributions=[
            Health("queue", probe),
            Service("queue-worker", work, roles=frozenset({Role.WORKER}), discovers=(Processor,)),
            Metrics(read_depths, {"hutch_queue_jobs": "Jobs of a queue by state."}),
        ],
    )


def backend(settings: QueueSettings, core: CoreSettings) -> str:
    """Name the backend: the setting's, else memory in tests and Redis anywhere else."""
    if settings.backend is not None:
        return settings.backend
    return "memory" if core.profile is Profile.TEST else "redis"


def no_saq_queues() -> SaqQueues:
    """Return none: the memory backend has no SAQ."""
    return SaqQueues(None)


async def probe(admin: QueueAdmin) -> str:
    """Tell how many jobs wait; fails when the depths cannot be read."""
    waiting = {queue: (await admin.stats(queue)).waiting for queue in admin.names()}
    return ", ".join(f"{queue}: {count} waiting" for queue, count in waiting.items())


async def read_depths(admin: QueueAdmin) -> Iterable[Reading]:
    """Read how many jobs each queue has."""
    readings: list[Reading] = []
    for queue in admin.names():
        stats = await admin.stats(queue)
        for state in ("waiting", "active", "scheduled"):
            labels = (("queue", queue), ("state", state))
            readings.append(Reading("hutch_queue_jobs", getattr(stats, state), labels))
    return readings
