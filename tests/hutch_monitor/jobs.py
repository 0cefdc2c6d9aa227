"""An app whose queues hold jobs that stand in each state, to be looked at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from saq.job import Job, Status
from saq.queue import Queue as SaqQueue
from saq.web.starlette import saq_web
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.hutch_monitor.apps import settings

from hutch import Binding, Module, bind
from hutch.testing import Testing, testing
from hutch_auth import AuthSettings
from hutch_monitor import MonitorSettings, monitor_module
from hutch_queue import QueueSettings, SaqQueues, job, processor, queue_module

NAMES = ("publish", "rabbit24:emails", "odd/ name?")
TEXT = "Dear Ada, <b>happy birthday</b>"
SCRIPT = {"innerHTML": "<img src=x onerror='document.title=\"broken in\"'>"}


@processor("publish")
class Publishing:
    @job
    async def publish(self, post_id: int, text: str) -> str:
        return text


@dataclass(frozen=True)
class Jobs:
    """The app, its queues, and one job in each state, all of the queue ``publish``."""

    t: Testing
    queues: dict[str, SaqQueue]
    waiting: Job
    active: Job
    failed: Job
    complete: Job

    async def state(self, job: Job) -> Status:
        """Look up what has become of a job."""
        queue = job.get_queue()
        found = await queue.job(job.key)
        assert found
        return found.status


def shop(path: str = "/monitor/saq") -> Module:
    monitor = monitor_module(queues=path)
    return Module("shop", imports=[queue_module(*NAMES), monitor], providers=[Publishing])


@asynccontextmanager
async def jobs(
    *bindings: Binding[Any], path: str = "/monitor/saq", **values: object
) -> AsyncIterator[Jobs]:
    """Start the app with a few jobs in its queues."""
    overrides = (
        bind(AuthSettings).value(settings()),
        bind(MonitorSettings).value(MonitorSettings.model_validate(values)),
        bind(QueueSettings).value(QueueSettings(backend="redis")),
        *bindings,
    )
    async with testing(shop(path), *overrides) as t:
        queues = {queue.name: queue for queue in t.get(SaqQueues).all()}
        yield await _filled(t, queues)


async def _filled(t: Testing, queues: dict[str, SaqQueue]) -> Jobs:
    publish = queues["publish"]
    active, failed, complete = [
        await taken(publish, key) for key in ("active", "failed", "complete")
    ]
    await failed.finish(Status.FAILED, error="ValueError: no")
    await complete.finish(Status.COMPLETE, result=TEXT)
    waiting = await add(publish, "waiting", post_id=17, text=TEXT)
    return Jobs(t, queues, waiting, active, failed, complete)


async def add(queue: SaqQueue, key: str, **data: Any) -> Job:
    """Store a job as the queue's backend does: its arguments under one keyword."""
    job = await queue.enqueue("Publishing.publish", key=key, data=data, ttl=600)
    assert job
    return job


async def taken(queue: SaqQueue, key: str) -> Job:
    """Store a job and take it, as a worker does."""
    await add(queue, key)
    job = await queue.dequeue(timeout=5)
    assert job
    assert job.key == key
    job.attempts += 1
    await job.update(status=Status.ACTIVE)
    return job


def stock(queues: list[SaqQueue]) -> Starlette:
    """Serve SAQ's web UI as it comes."""
    return Starlette(routes=[Mount("/monitor/saq", saq_web("/monitor/saq", queues))])
