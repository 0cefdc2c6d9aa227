"""Metrics: what the queues tell those who watch them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from hutch.contributions import Reading
from hutch_queue.admin.admin import QueueAdmin

HELP = {
    "hutch_queue_jobs": "Jobs of a queue by state.",
    "hutch_queue_attempts_total": "Runs of a queue's jobs by how they ended, ever since.",
    "hutch_queue_latency_seconds": "How long the job that runs next has been waiting.",
    "hutch_queue_workers": "Living workers of a queue.",
}


async def read_metrics(admin: QueueAdmin) -> Iterable[Reading]:
    """Read the figures of all queues."""
    readings: list[Reading] = []
    for queue in admin.names():
        stats, totals = await admin.stats(queue), await admin.totals(queue)
        readings += _labelled("hutch_queue_jobs", queue, "state", stats)
        readings += _labelled("hutch_queue_attempts_total", queue, "outcome", totals)
        label = (("queue", queue),)
        latency, workers = await admin.latency(queue), await admin.workers(queue)
        readings.append(Reading("hutch_queue_latency_seconds", latency, label))
        readings.append(Reading("hutch_queue_workers", len(workers), label))
    return readings


def _labelled(name: str, queue: str, label: str, figures: Any) -> Iterator[Reading]:
    for value, figure in asdict(figures).items():
        yield Reading(name, figure, (("queue", queue), (label, value)))
