"""The module: one queue for everybody who imports it, whatever queues they declare."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from hutch.binding import bind
from hutch.contributions import Command, Declare, Health, Metrics, Service
from hutch.module import Module
from hutch.roles import Role
from hutch.settings import CoreSettings
from hutch.testing import Backlog
from hutch_queue.admin.admin import QueueAdmin
from hutch_queue.admin.backlog import MemoryBacklog, NoBacklog, Remembering
from hutch_queue.declare.context import JobContext
from hutch_queue.declare.processors import Processor
from hutch_queue.errors import InvalidJob
from hutch_queue.metrics import HELP, read_metrics
from hutch_queue.names import QueueName, Queues, Rate
from hutch_queue.port import Queue
from hutch_queue.produce.handover import Handover
from hutch_queue.produce.intake import Intake
from hutch_queue.produce.job_queue import JobQueue
from hutch_queue.produce.notices import Notices, open_notices
from hutch_queue.produce.results import Results
from hutch_queue.saq.queue import SaqQueues
from hutch_queue.schedules.schedules import Schedules
from hutch_queue.schedules.ticker import Ticker
from hutch_queue.settings import QueueSettings
from hutch_queue.storage.redis_check import check_queue
from hutch_queue.storage.stores import Stores, in_memory, on_redis
from hutch_queue.worker.work import Work
from hutch_queue.worker.worker import Worker, work
from hutch_redis import Backend, RedisCheck, redis_module, usual_backend


def queue_module(
    *names: str,
    keep_completed: timedelta = timedelta(days=1),
    keep_failed: timedelta = timedelta(days=7),
    most_completed: int | None = None,
    most_failed: int | None = None,
    concurrency: int | None = None,
    rate: Rate | None = None,
    capacity: int = 0,
) -> Module:
    """Return a module that declares queues and gives its importers the ``Queue``.

    All such modules share one ``Queue``.

    Args:
        names: The queues' names.
        keep_completed: How long a completed job's record and result are kept.
        keep_failed: How long a failed job's record is kept.
        most_completed: How many completed jobs' records are kept; None is no limit.
        most_failed: How many failed jobs' records are kept; None is no limit.
        concurrency: How many jobs of a queue run at once in all workers; None is no limit.
        rate: How many jobs of a queue may start in which period, e.g.
            ``Rate(10, timedelta(minutes=1))``.
        capacity: How many jobs of a queue may wait, delayed ones included; 0 is no limit.

    Raises:
        InvalidJob: No name is given, one cannot be a queue's, or a limit makes no sense.
    """
    if not names:
        raise InvalidJob("queue_module(): name at least one queue, e.g. queue_module('emails').")
    queues = [
        QueueName(
            name,
            keep_completed,
            keep_failed,
            most_completed,
            most_failed,
            concurrency,
            rate,
            capacity,
        )
        for name in names
    ]
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
            Worker,
            Ticker,
            Results,
            QueueAdmin,
            Schedules,
            JobQueue,
            Handover,
            MemoryBacklog,
            NoBacklog,
            bind(JobContext).seed(),
            bind(Stores).choose(backend, memory=in_memory, redis=on_redis),
            bind(Notices).open(open_notices),
            bind(Queue).to(JobQueue),
            bind(Backlog).choose(backend, memory=MemoryBacklog, redis=NoBacklog),
            bind(Remembering).choose(backend, memory=MemoryBacklog, redis=NoBacklog),
            SaqQueues,
        ],
        exports=[Queue, Handover, QueueAdmin, Schedules, Backlog, SaqQueues, JobContext],
        contributions=[
            Health("queue", probe),
            Declare(RedisCheck("queue", check_queue)),
            Service("queue-worker", work, roles=frozenset({Role.WORKER}), discovers=(Processor,)),
            Metrics(read_metrics, HELP),
            Command("queues", "hutch_queue.cli:app", "Look into queues, and move what is in them."),
        ],
    )


def backend(settings: QueueSettings, core: CoreSettings) -> Backend:
    """Name the backend: the setting's, else memory in tests and Redis anywhere else."""
    return usual_backend(settings.backend, core)


async def probe(admin: QueueAdmin) -> str:
    """Tell how many jobs wait; fails when the depths cannot be read."""
    waiting = {queue: (await admin.stats(queue)).waiting for queue in admin.names()}
    return ", ".join(f"{queue}: {count} waiting" for queue, count in waiting.items())
