"""The queues of three systems that Hutch must carry, with stand-ins for what they do."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from tests.hutch_queue.conftest import OpenByHand

from hutch import Module, Role
from hutch.testing import testing
from hutch_queue import (
    Call,
    ChunkItem,
    Handle,
    InvalidArguments,
    JobFailed,
    PayloadTooLarge,
    Queue,
    QueueAdmin,
    chunk,
    exponential,
    fixed,
    job,
    processor,
    queue_module,
)
from hutch_queue.contract import Start


class Payload(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True
    )


@dataclass
class Log:
    entries: list[Any] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)


# 24Rabbit: it publishes posts.


class PublishPost(Payload):
    post_id: str
    brand_profile_id: str
    social_account_id: str
    content: str
    media_urls: list[str] | None = None


class Schedule(Payload):
    schedule_id: str
    brand_profile_id: str


class Platform(StrEnum):
    TWITTER = "TWITTER"
    LINKEDIN = "LINKEDIN"
    FACEBOOK = "FACEBOOK"
    INSTAGRAM = "INSTAGRAM"


class Analytics(Payload):
    post_id: str
    platform_post_id: str
    platform: Platform


@processor("publish", concurrency=5)
@dataclass
class Publish:
    log: Log

    @job(name="publish-post", attempts=3, backoff=exponential(1))
    async def publish_post(self, data: PublishPost) -> str:
        self.log.entries.append(data)
        return data.post_id

    @job(attempts=3, backoff=exponential(1))
    async def refuse(self) -> None:
        raise ConnectionError("X is down")

    @job
    async def wait(self) -> None:
        self.log.entries.append(1)
        await self.log.gate.wait()
        self.log.entries.append(-1)


@processor("schedule")
@dataclass
class Schedules:
    log: Log

    @job
    async def run(self, data: Schedule) -> None:
        self.log.entries.append(data)


@processor("analytics")
@dataclass
class Collect:
    log: Log

    @job
    async def collect(self, data: Analytics) -> None:
        self.log.entries.append(data)


rabbit = Module(
    "rabbit",
    imports=[queue_module("publish", "schedule", "analytics")],
    providers=[Log, Publish, Schedules, Collect],
    exports=[Queue, QueueAdmin, Log],
)
POST = PublishPost(post_id="p1", brand_profile_id="b1", social_account_id="s1", content="Hello")
PLAN = Schedule(schedule_id="s1", brand_profile_id="b1")
READ = Analytics(post_id="p1", platform_post_id="x1", platform=Platform.TWITTER)


@pytest.mark.req("R24-06", "R24-07", "R24-08")
@pytest.mark.parametrize(
    ("call", "queue", "name", "payload"),
    [
        (
            Publish.publish_post(POST),
            "publish",
            "publish-post",
            {
                "postId": "p1",
                "brandProfileId": "b1",
                "socialAccountId": "s1",
                "content": "Hello",
                "mediaUrls": None,
            },
        ),
        (
            Schedules.run(PLAN),
            "schedule",
            "Schedules.run",
            {"scheduleId": "s1", "brandProfileId": "b1"},
        ),
        (
            Collect.collect(READ),
            "analytics",
            "Collect.collect",
            {"postId": "p1", "platformPostId": "x1", "platform": "TWITTER"},
        ),
    ],
)
async def test_payloads_of_24rabbit_travel_as_written(
    start: Start, call: Call[Any], queue: str, name: str, payload: Any
) -> None:
    async with start(rabbit) as app:
        handle = await app.get(Queue).enqueue(call)
        await handle.result()
        info = await app.get(QueueAdmin).job(queue, handle.id)
        assert (info.name, info.arguments) == (name, {"data": payload})
        assert app.get(Log).entries == [call.arguments["data"]]


@pytest.mark.req("R24-08", "R24-09", "X-19")
async def test_a_wrong_payload_is_refused_when_it_is_enqueued(start: Start) -> None:
    async with start(rabbit) as app:
        queue = app.get(Queue)
        publish: Any = Publish.publish_post
        collect: Any = Collect.collect
        with pytest.raises(InvalidArguments, match=r"argument `data.postId`: field required"):
            await queue.enqueue(publish({"content": "Hello"}))
        with pytest.raises(InvalidArguments, match=r"argument `data.platform`: .* 'INSTAGRAM'"):
            await queue.enqueue(
                collect({"postId": "p1", "platformPostId": "x1", "platform": "twitter"})
            )
        long = POST.model_copy(update={"content": "x" * 300_000})
        with pytest.raises(PayloadTooLarge, match="HUTCH_QUEUE__PAYLOAD_LIMIT allows 262144"):
            await queue.enqueue(Publish.publish_post(long))
        assert app.get(Log).entries == []


@pytest.mark.req("R24-11", "R24-12")
async def test_a_post_is_tried_three_times_after_one_and_two_seconds(hand: OpenByHand) -> None:
    async with hand(rabbit) as worker:
        handle = await worker.enqueue(Publish.refuse())
        assert await worker.waits(handle) == [1, 2]
        info = await worker.job(handle)
        assert (info.state, info.attempt, info.attempts) == ("failed", 3, 3)


@pytest.mark.req("R24-16")
async def test_five_posts_are_published_at_once_and_never_more(start: Start) -> None:
    async with start(rabbit) as app:
        log, admin = app.get(Log), app.get(QueueAdmin)
        handles = await app.get(Queue).enqueue_all([Publish.wait() for _ in range(20)])
        async with asyncio.timeout(10):
            while (await admin.stats("publish")).active < 5 or len(log.entries) < 5:
                await asyncio.sleep(0.01)
        log.gate.set()
        for handle in handles:
            await handle.result()
        at_once = [sum(log.entries[: end + 1]) for end in range(len(log.entries))]
        assert max(at_once) == 5


@pytest.mark.req("R24-20", "FD-26")
async def test_producers_and_processors_are_providers_of_their_own(start: Start) -> None:
    @dataclass
    class Producer:
        queue: Queue

        async def add(self, post: PublishPost) -> Handle[str]:
            return await self.queue.enqueue(Publish.publish_post(post))

    module = Module("web", imports=[rabbit], providers=[Producer], exports=[Producer, Log])
    async with start(module) as app:
        handle = await app.get(Producer).add(POST)
        assert await handle.result() == "p1"
        assert app.get(Log).entries == [POST]
    async with testing(module, role=Role.WEB) as app:
        # Without a worker's half there is the producer, and no processor's service.
        assert (await app.get(Producer).add(POST)).created


# The distribution of scheduled posts.


class Dispatch(Payload):
    schedule_id: int
    post_id: int
    target_id: int
    request_ai_assets: bool | None = None
    custom_message: str | None = None


class ScheduledPublish(Payload):
    schedule_id: int
    scheduled_for: datetime


class TokenRefresh(Payload):
    connection_id: int


@dataclass
class DistributionService:
    log: Log

    async def dispatch_schedule(self, schedule_id: int, options: dict[str, Any]) -> str:
        self.log.entries.append((schedule_id, options))
        if len(self.log.entries) < 2:
            raise ConnectionError("the target is down")
        return f"dispatched {schedule_id}"


@processor("distribution:dispatch")
@dataclass
class DispatchWorker:
    service: DistributionService
    log: Log

    @job(name="dispatch", attempts=4, backoff=exponential(5))
    async def dispatch(self, data: Dispatch) -> str:
        options = {
            "requestAiAssets": data.request_ai_assets,
            "customMessage": data.custom_message,
        }
        return await self.service.dispatch_schedule(data.schedule_id, options)

    @job(name="retry", attempts=4, backoff=exponential(5))
    async def retry(self, data: Dispatch) -> None:
        self.log.entries.append(("retry", data.schedule_id))
        raise ConnectionError("the target is down")


@processor("distribution:scheduled")
@dataclass
class ScheduledPublishWorker:
    queue: Queue
    log: Log

    @job(name="scheduled_publish", attempts=3, backoff=exponential(5))
    async def publish(self, data: ScheduledPublish) -> datetime:
        self.log.entries.append(data)
        await self.queue.enqueue(
            DispatchWorker.dispatch(Dispatch(schedule_id=data.schedule_id, post_id=1, target_id=2))
        )
        return data.scheduled_for


@processor("distribution:token-refresh")
@dataclass
class TokenRefreshWorker:
    log: Log

    @job(name="token_refresh", attempts=5)
    async def refresh(self, data: TokenRefresh) -> int:
        self.log.entries.append(data)
        return data.connection_id


distribution = Module(
    "distribution",
    imports=[
        queue_module("distribution:dispatch", most_completed=100, most_failed=500),
        queue_module("distribution:scheduled", "distribution:token-refresh"),
    ],
    providers=[
        Log, DistributionService, DispatchWorker, ScheduledPublishWorker, TokenRefreshWorker,
    ],
    exports=[Queue, QueueAdmin, Log],
)  # fmt: skip
ORDER = Dispatch(schedule_id=7, post_id=1, target_id=2, custom_message="Hi")


async def add_scheduled_publish_job(
    queue: Queue, data: ScheduledPublish, when: datetime
) -> Handle[datetime]:
    call = ScheduledPublishWorker.publish(data)
    return await queue.enqueue(call, key=f"scheduled:{data.schedule_id}", at=when, replace=True)


@pytest.mark.req("SD-11", "SD-12", "SD-13", "SD-15")
async def test_the_queues_and_jobs_of_the_distribution(start: Start) -> None:
    async with start(distribution, services=False) as app:
        queue, admin = app.get(Queue), app.get(QueueAdmin)
        assert admin.names() == [
            "distribution:dispatch", "distribution:scheduled", "distribution:token-refresh",
        ]  # fmt: skip
        when = datetime(2030, 1, 1, 12, tzinfo=UTC)
        found: list[tuple[str, Any]] = []
        calls: list[Call[Any]] = [
            DispatchWorker.dispatch(ORDER),
            DispatchWorker.retry(ORDER),
            ScheduledPublishWorker.publish(ScheduledPublish(schedule_id=7, scheduled_for=when)),
            TokenRefreshWorker.refresh(TokenRefresh(connection_id=3)),
        ]
        for call in calls:
            handle = await queue.enqueue(call)
            info = await admin.job(handle.queue, handle.id)
            found.append((info.name, info.arguments["data"]))
        order = {
            "scheduleId": 7,
            "postId": 1,
            "targetId": 2,
            "requestAiAssets": None,
            "customMessage": "Hi",
        }
        assert found == [
            ("dispatch", order),
            ("retry", order),
            ("scheduled_publish", {"scheduleId": 7, "scheduledFor": "2030-01-01T12:00:00Z"}),
            ("token_refresh", {"connectionId": 3}),
        ]


@pytest.mark.req("SD-16")
async def test_a_dispatch_has_four_runs_unless_the_call_says_otherwise(hand: OpenByHand) -> None:
    async with hand(distribution) as worker:
        handle = await worker.enqueue(DispatchWorker.retry(ORDER))
        assert await worker.waits(handle) == [5, 10, 20]
        other = await worker.enqueue(DispatchWorker.retry(ORDER), attempts=3, backoff=fixed(2))
        assert await worker.waits(other) == [2, 2]


@pytest.mark.req("SD-14", "SD-18", "SD-19", "SD-26")
async def test_a_scheduled_post_is_published_once_at_its_last_time(hand: OpenByHand) -> None:
    async with hand(distribution) as worker:
        queue, now = worker.app.get(Queue), worker.clock.now
        for hours in (1, 1, 3):
            when = now + timedelta(hours=hours)
            data = ScheduledPublish(schedule_id=7, scheduled_for=when)
            handle = await add_scheduled_publish_job(queue, data, when)
            assert handle.created
        worker.clock.advance(3 * 3600 - 0.001)
        assert await worker.run("distribution:scheduled") == 0
        worker.clock.advance(0.001)
        assert await worker.run("distribution:scheduled") == 1
        assert await handle.result() == when
        assert worker.app.get(Log).entries == [data]
        assert (await worker.app.get(QueueAdmin).stats("distribution:dispatch")).waiting == 1
        past = ScheduledPublish(schedule_id=8, scheduled_for=now - timedelta(days=1))
        await add_scheduled_publish_job(queue, past, past.scheduled_for)
        assert await worker.run("distribution:scheduled") == 1


@pytest.mark.req("SD-25", "SD-27")
async def test_workers_call_the_service_and_raise_its_errors_again(hand: OpenByHand) -> None:
    async with hand(distribution) as worker:
        handle = await worker.enqueue(DispatchWorker.dispatch(ORDER))
        assert await worker.waits(handle) == [5]
        assert await handle.result() == "dispatched 7"
        options = {"requestAiAssets": None, "customMessage": "Hi"}
        assert worker.app.get(Log).entries == [(7, options)] * 2
        [failure] = (await worker.job(handle)).failures
        assert failure.error.endswith("ConnectionError: the target is down\n")
        refresh = await worker.enqueue(TokenRefreshWorker.refresh(TokenRefresh(connection_id=3)))
        assert await worker.run("distribution:token-refresh") == 1
        assert await refresh.result() == 3


# A bot that mirrors its posts into a database.


@processor("sync_to_supabase")
@dataclass
class Sync:
    log: Log

    @job(attempts=3, backoff=exponential(1), priority=50)
    async def sync(self, data: dict[str, int]) -> None:
        self.log.entries.append(data)
        raise ConnectionError("the database is down")

    @job(priority=0)
    async def note(self, number: int) -> None:
        self.log.entries.append(number)


@processor("analytics_processing")
@dataclass
class Analyse:
    @job(attempts=5, priority=25)
    async def analyse(self) -> None:
        raise ValueError


bot = Module(
    "bot",
    imports=[queue_module("sync_to_supabase", "analytics_processing")],
    providers=[Log, Sync, Analyse],
    exports=[Queue, QueueAdmin, Log],
)


@pytest.mark.req("XB-24", "XB-27", "XB-28")
async def test_items_have_priority_and_attempts_of_their_queue(hand: OpenByHand) -> None:
    async with hand(bot) as worker:
        before = datetime.now(UTC) - timedelta(seconds=1)
        item = await worker.enqueue(Sync.sync({"tweet": 1}))
        info = await worker.job(item)
        assert (info.id, info.name, info.arguments) == (
            item.id, "Sync.sync", {"data": {"tweet": 1}},
        )  # fmt: skip
        assert (info.priority, info.attempt, info.attempts) == (50, 0, 3)
        assert before < info.enqueued <= datetime.now(UTC)
        assert await worker.waits(item) == [1, 2]
        assert (await worker.job(item)).attempt == 3
        other = await worker.enqueue(Analyse.analyse())
        assert (await worker.job(other)).priority == 25
        assert await worker.waits(other) == [1, 2, 4, 8]


@pytest.mark.req("XB-22", "XB-23")
async def test_items_come_by_priority_and_equal_ones_in_their_order(hand: OpenByHand) -> None:
    async with hand(bot) as worker:
        queue = worker.app.get(Queue)
        await queue.enqueue_all([Sync.note(n) for n in range(1000)])
        for priority in range(0, 101, 10):
            await queue.enqueue(Sync.note(-priority), priority=priority)
        assert await worker.run("sync_to_supabase") == 1011
        first = [-priority for priority in range(100, 0, -10)]
        assert worker.app.get(Log).entries == [*first, *range(1000), 0]


# A shop assistant that knows products of marketplaces.

CATEGORIES = ("top", "shoes", "bags")


class Refresh(BaseModel):
    marketplace: Literal["amazon", "flipkart"]
    category: str
    limit: int


class Product(BaseModel):
    id: int
    title: str


@processor("product-refresh")
@dataclass
class ProductRefresh:
    log: Log

    @job(attempts=3, backoff=exponential(2), priority=-10)
    async def refresh(self, data: Refresh) -> None:
        self.log.entries.append(data)
        if data.category == "bags":
            raise ConnectionError("the marketplace is down")


@dataclass
class ProductRefreshProducer:
    queue: Queue

    async def add_refresh_job(self, data: Refresh) -> Handle[None]:
        return await self.queue.enqueue(ProductRefresh.refresh(data))

    async def add_bulk_refresh_jobs(
        self, marketplace: Literal["amazon", "flipkart"]
    ) -> list[Handle[None]]:
        return await self.queue.enqueue_all(
            ProductRefresh.refresh(Refresh(marketplace=marketplace, category=each, limit=100))
            for each in CATEGORIES
        )


@processor("embeddings", concurrency=1)
@dataclass
class Embeddings:
    log: Log

    @chunk(size=32, attempts=2, backoff=fixed(0))
    async def embed(self, items: Sequence[ChunkItem[Product, list[float]]]) -> None:
        self.log.entries.append(len(items))
        for item in items:
            if item.value.title:
                item.complete([float(item.value.id)])
            else:
                item.fail(ValueError("a product without a title"))


fashion = Module(
    "fashion",
    imports=[queue_module("product-refresh", "embeddings")],
    providers=[Log, ProductRefresh, ProductRefreshProducer, Embeddings],
    exports=[Queue, QueueAdmin, Log, ProductRefreshProducer],
)


@pytest.mark.req("FD-13", "FD-22")
async def test_a_refresh_is_tried_three_times(hand: OpenByHand) -> None:
    async with hand(fashion) as worker:
        data = Refresh(marketplace="amazon", category="bags", limit=100)
        handle = await worker.app.get(ProductRefreshProducer).add_refresh_job(data)
        assert (await worker.job(handle)).arguments == {"data": data.model_dump()}
        assert await worker.waits(handle) == [2, 4]
        assert worker.app.get(Log).entries == [data] * 3


@pytest.mark.req("FD-24")
async def test_many_refreshes_are_stored_together_or_not_at_all(
    hand: OpenByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hand(fashion) as worker:
        trips: list[int] = []
        enqueue = worker.store.enqueue

        async def counting(batches: Any, groups: Any = ()) -> Any:
            trips.append(sum(len(entries) for _, entries, _ in batches))
            return await enqueue(batches, groups)

        monkeypatch.setattr(worker.store, "enqueue", counting)
        producer = worker.app.get(ProductRefreshProducer)
        handles = await producer.add_bulk_refresh_jobs("amazon")
        assert [handle.created for handle in handles] == [True] * len(CATEGORIES)
        assert trips == [len(CATEGORIES)]
        refresh: Any = ProductRefresh.refresh
        wrong = [refresh({"marketplace": name, "category": "top", "limit": 1}) for name in "ab"]
        with pytest.raises(InvalidArguments, match=r"argument `data.marketplace`"):
            await worker.app.get(Queue).enqueue_all([ProductRefresh.refresh(REFRESH), *wrong])
        stats = await worker.app.get(QueueAdmin).stats("product-refresh")
        assert stats.waiting == len(CATEGORIES)


REFRESH = Refresh(marketplace="amazon", category="top", limit=100)


@pytest.mark.req("FD-15", "FD-16", "FD-17")
async def test_products_are_embedded_32_at_a_time_and_a_bad_one_fails_alone(start: Start) -> None:
    async with start(fashion) as app:
        queue, admin = app.get(Queue), app.get(QueueAdmin)
        await admin.pause("embeddings")
        products = [Product(id=n, title="" if n == 40 else f"Shoe {n}") for n in range(100)]
        handles = await queue.enqueue_all([Embeddings.embed(product) for product in products])
        await admin.resume("embeddings")
        for number, handle in enumerate(handles):
            if number == 40:
                with pytest.raises(JobFailed, match="a product without a title"):
                    await handle.result()
            else:
                assert await handle.result() == [float(number)]
        # The bad one had its second attempt in a call that came later.
        assert app.get(Log).entries == [32, 32, 32, 5]
        assert (await admin.job("embeddings", handles[40].id)).attempt == 2


@pytest.mark.req("FD-16", "X-17")
async def test_a_test_drains_chunks_of_the_same_size() -> None:
    async with testing(fashion) as app:
        calls = [Embeddings.embed(Product(id=n, title=f"Shoe {n}")) for n in range(100)]
        handles = await app.get(Queue).enqueue_all(calls)
        assert app.enqueued == calls
        assert await app.drain() == 100
        assert app.get(Log).entries == [32, 32, 32, 4]
        assert await handles[99].result() == [99.0]


@pytest.mark.req("X-17")
async def test_a_unit_test_calls_a_chunk_with_items_of_its_own() -> None:
    good, bad = ChunkItem(Product(id=1, title="Shoe")), ChunkItem(Product(id=2, title=""))
    await Embeddings(Log()).embed([good, bad])
    assert (good.result, good.error, good.marked) == ([1.0], None, True)
    assert isinstance(bad.error, ValueError)
    with pytest.raises(AttributeError, match=r"\.attempt was asked of a parameter that only a"):
        _ = bad.context.attempt


async def test_the_record_of_a_chunk_holds_one_value(hand: OpenByHand) -> None:
    async with hand(fashion) as worker:
        handle = await worker.enqueue(Embeddings.embed(Product(id=1, title="Shoe")))
        [stored] = await worker.store.read("embeddings", [handle.id])
        assert stored is not None
        assert json.loads(stored.record)["kwargs"] == {
            "data": {"value": {"id": 1, "title": "Shoe"}}
        }
