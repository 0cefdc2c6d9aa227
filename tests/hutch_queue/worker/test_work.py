"""What is refused when the worker starts, before it takes a job."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import structlog
from tests.hutch_queue.conftest import Configured

from hutch import Module
from hutch.errors import SettingsError
from hutch.settings import CoreSettings, Profile, load
from hutch_queue import (
    ChunkItem,
    InvalidJob,
    Queue,
    QueueError,
    UnknownQueue,
    chunk,
    cron,
    job,
    processor,
    queue_module,
)
from hutch_queue.contract import Start
from hutch_queue.contracts.lab import Journal, Lab, lab
from hutch_queue.module import backend
from hutch_queue.settings import QueueSettings

ANY_CRON: Any = cron
ANY_CHUNK: Any = chunk


@processor("a")
class First:
    @job(name="same")
    async def run(self) -> None: ...


@processor("a")
class Twin:
    @job(name="same")
    async def run(self) -> None: ...


@processor("a", concurrency=3)
class Wider:
    @job
    async def run(self) -> None: ...


@processor("b")
class Elsewhere:
    @job
    async def run(self) -> None: ...


@processor("a")
class Needy:
    @ANY_CRON("* * * * *")
    @job
    async def tick(self, order: int) -> None: ...


@processor("a")
class Foreign:
    @job
    async def run(self, client: InvalidJob) -> None: ...


@processor("a")
class Many:
    @chunk(size=2)
    async def run(self, items: Sequence[ChunkItem[int, None]]) -> None: ...


@processor("a")
class NoItems:
    @ANY_CHUNK(size=2)
    async def run(self, items: list[int]) -> None: ...


@processor("a")
class TwoItems:
    @ANY_CHUNK(size=2)
    async def run(self, items: Sequence[ChunkItem[int, None]], more: int) -> None: ...


@pytest.fixture
def start(on_memory: Any) -> Start:
    return on_memory()


@pytest.mark.parametrize(
    ("classes", "error", "reason"),
    [
        ([First, Twin], InvalidJob, "two jobs of the queue 'a' are named 'same': First.run and Tw"),
        ([First, Wider], InvalidJob, "Wider wants concurrency=3 for the queue 'a', another proc"),
        ([Elsewhere], UnknownQueue, "no module declares the queue 'b'; declared: a. Import queue_"),
        ([Needy], InvalidJob, "a schedule of Needy.tick: nobody passes `order` at a tick; give "),
        ([Foreign], InvalidJob, "Foreign.run: arguments and results travel as JSON, but: "),
        (
            [First, Many],
            InvalidJob,
            "the queue 'a' has a @chunk and other jobs: same, Many.run. A chunk has its queue for",
        ),
        ([NoItems], InvalidJob, "@chunk NoItems.run: it takes the items and nothing else but wh"),
        ([TwoItems], InvalidJob, "@chunk TwoItems.run: it takes the items and nothing else but wh"),
    ],
)
async def test_processors_that_cannot_work_are_refused(
    start: Start, classes: Sequence[type[Any]], error: type[QueueError], reason: str
) -> None:
    module = Module("wrong", imports=[queue_module("a")], providers=classes)
    with pytest.raises(error) as refusal:
        async with start(module):
            pass
    assert str(refusal.value).startswith(reason)


async def test_a_queue_cannot_be_kept_in_two_ways(start: Start) -> None:
    one, other = queue_module("a"), queue_module("a", keep_failed=timedelta(days=1))
    module = Module("torn", imports=[one, other], providers=[First], exports=[Queue])
    with pytest.raises(InvalidJob, match="'a' is declared twice with different retention"):
        async with start(module):
            pass


def test_records_are_kept_at_least_a_second() -> None:
    with pytest.raises(InvalidJob, match=r"queue_module\('a', keep_completed=\.\.\.\)"):
        queue_module("a", keep_completed=timedelta(0))


@pytest.mark.parametrize(
    ("chosen", "profile", "expected"),
    [
        (None, Profile.TEST, "memory"),
        (None, Profile.DEVELOPMENT, "redis"),
        (None, Profile.PRODUCTION, "redis"),
        ("redis", Profile.TEST, "redis"),
        ("memory", Profile.PRODUCTION, "memory"),
    ],
)
def test_the_backend_is_the_settings_or_follows_the_profile(
    chosen: Any, profile: Profile, expected: str
) -> None:
    assert backend(QueueSettings(backend=chosen), CoreSettings(profile=profile)) == expected


async def test_a_setting_says_how_many_run_at_once_whatever_the_processor_says(
    on_memory: Configured,
) -> None:
    async with on_memory(concurrency=2)(lab) as app:
        journal = app.get(Journal)
        handles = await app.get(Queue).enqueue_all([Lab.wait() for _ in range(5)])
        await journal.until(2)
        journal.gate.set()
        for handle in handles:
            await handle.result()
        assert journal.peak == 2


def test_that_setting_has_a_further_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BULLMQ_CONCURRENCY", "2")
    assert load(QueueSettings).concurrency == 2
    monkeypatch.setenv("BULLMQ_CONCURRENCY", "0")
    with pytest.raises(SettingsError, match=r"HUTCH_QUEUE__CONCURRENCY='0' \(BULLMQ_CONCURRENCY"):
        load(QueueSettings)


async def test_a_queue_without_a_processor_is_told_when_the_worker_starts(start: Start) -> None:
    module = Module("jobs", imports=[queue_module("a", "b", "c")], providers=[First])
    with structlog.testing.capture_logs() as lines:
        async with start(module):
            pass
    told = [line["queue"] for line in lines if line["event"].startswith("nobody here runs")]
    assert told == ["b", "c"]
