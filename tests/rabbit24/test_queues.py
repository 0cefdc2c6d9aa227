"""The queues are declared as the document has them: names, runs, pauses, retention."""

from datetime import timedelta
from typing import Any

import pytest
from tests.rabbit24.running import Person, Rabbit

from hutch.module import Module
from hutch_queue import QueueAdmin
from hutch_queue.names import QueueName
from rabbit24.jobs import contents, distribution
from rabbit24.jobs.analytics import AnalyticsJobs
from rabbit24.jobs.content import ContentJobs
from rabbit24.jobs.distribution import ConnectionJobs, DispatchJobs, ScheduledJobs
from rabbit24.jobs.embedding import EmbeddingJobs
from rabbit24.jobs.publish import PublishJobs
from rabbit24.jobs.schedule import ScheduleJobs
from rabbit24.jobs.tokens import TokenJobs

JOBS: list[tuple[Any, str, int, list[float]]] = [
    (PublishJobs.publish_post, "publish-post", 3, [1, 2]),
    (ScheduleJobs.fill, "fill-slot", 3, [1, 2]),
    (AnalyticsJobs.measure, "measure-post", 3, [1, 2]),
    (ContentJobs.analyze, "analyze-content", 3, [1, 2]),
    (EmbeddingJobs.generate, "generate-embedding", 3, [1, 2]),
    (TokenJobs.refresh, "refresh-token", 5, [5, 10, 20, 40]),
    (DispatchJobs.dispatch, "dispatch", 4, [5, 25, 125]),
    (ScheduledJobs.publish, "scheduled-publish", 3, [5, 25]),
    (ConnectionJobs.refresh, "token-refresh", 5, [5, 10, 20, 40]),
]


@pytest.mark.req("R24-11", "R24-12", "SD-11", "SD-16", "SD-18", "SD-20")
@pytest.mark.parametrize(("job", "name", "attempts", "pauses"), JOBS, ids=[job[1] for job in JOBS])
def test_runs_and_pauses(job: Any, name: str, attempts: int, pauses: list[float]) -> None:
    options = job.definition.options
    assert (options.name, options.attempts) == (name, attempts)
    assert [options.backoff(n) for n in range(1, attempts)] == pauses


def declared(module: Module) -> dict[str, QueueName]:
    values: list[Any] = [getattr(found, "value", None) for found in module.contributions]
    return {found.name: found for found in values if isinstance(found, QueueName)}


@pytest.mark.req("R24-13", "R24-14", "R24-15", "R24-26", "R24-27", "R24-28", "SD-12", "SD-17")
def test_what_is_kept_and_for_how_long() -> None:
    first, other = declared(contents), declared(distribution)
    assert set(first) == {
        "publish", "schedule", "analytics", "content:analyze", "embedding:generate",
        "token:refresh",
    }  # fmt: skip
    for queue in first.values():
        assert (queue.keep_completed, queue.keep_failed) == (timedelta(days=1), timedelta(days=7))
        assert (queue.most_completed, queue.most_failed) == (1000, None)
    assert set(other) == {
        "distribution:dispatch", "distribution:scheduled", "distribution:token-refresh",
    }  # fmt: skip
    for queue in other.values():
        assert (queue.most_completed, queue.most_failed) == (100, 500)


@pytest.mark.req("R24-17", "R24-18", "R24-19", "R24-53")
async def test_the_states_of_a_queue_can_be_seen_and_it_can_be_paused(
    rabbit: Rabbit, ada: Person
) -> None:
    x, admin = await ada.connect(), rabbit.t.get(QueueAdmin)
    await admin.pause("publish")
    await ada.approved("Hello", x)
    stats = await admin.stats("publish")
    assert (stats.paused, stats.waiting) == (1, 0)
    await admin.resume("publish")
    assert (await admin.stats("publish")).waiting == 1
    await rabbit.drain()
    stats = await admin.stats("publish")
    assert (stats.waiting, stats.active, stats.completed, stats.failed) == (0, 0, 1, 0)
