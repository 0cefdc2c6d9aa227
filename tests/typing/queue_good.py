"""What users write with jobs and bindings; both type checkers accept every line."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pydantic import BaseModel

from hutch import Inject, Module, Settings, bind
from hutch.testing import testing
from hutch_queue import (
    Call,
    ChunkItem,
    Handle,
    JobContext,
    Queue,
    ScheduleInfo,
    Schedules,
    Snooze,
    chunk,
    cron,
    delays,
    every,
    exponential,
    fixed,
    injected,
    job,
    processor,
    queue_module,
)


class Order(BaseModel):
    id: int
    email: str


class ShopSettings(Settings, section="typedshop"):
    mailer: str = "console"
    url: str = "sqlite://"


class Database:
    def __init__(self, url: str) -> None:
        self.url = url


class Session:
    def __init__(self, database: Database) -> None:
        self.database = database


class Mailer(Protocol):
    async def send(self, to: str, text: str) -> None: ...


class ConsoleMailer:
    async def send(self, to: str, text: str) -> None:
        del to, text


class SmtpMailer:
    def __init__(self, settings: ShopSettings) -> None:
        self.settings = settings

    async def send(self, to: str, text: str) -> None:
        del to, text


async def database(settings: ShopSettings) -> AsyncIterator[Database]:
    yield Database(settings.url)


def mailer(settings: ShopSettings) -> str:
    return settings.mailer


@processor("emails", concurrency=10)
@dataclass
class Emails:
    mailer: Mailer

    @job(attempts=3, backoff=exponential(1, factor=2), timeout=30, name="confirm-order")
    async def confirm(
        self, order: Order, *, copy: bool = False, context: Inject[JobContext] = injected
    ) -> int:
        await self.mailer.send(order.email, f"order {order.id}, attempt {context.attempt}")
        return order.id

    @cron("0 3 * * *", tz="Europe/Berlin")
    @cron("0 4 * * 0", missed="skip")
    @every(timedelta(minutes=5), overlap=False)
    @job
    async def digest(self, session: Inject[Session] = injected) -> None: ...

    @job(backoff=fixed(5))
    async def remind(self, order: Order) -> str:
        return order.email

    @job(backoff=delays([5, 25, 125]), priority=-10, no_retry=(LookupError, ValueError))
    async def clean(self) -> None: ...

    @job
    def render(self, order: Order) -> bytes:
        return order.email.encode()

    @job(attempts=1)
    def render_all(self, context: Inject[JobContext] = injected) -> list[str]:
        return [context.id]

    @job
    async def wait(self, order: Order, context: Inject[JobContext] = injected) -> None:
        await context.progress({"order": order.id})
        await context.log(f"attempt {context.attempt}, start {context.fence}")
        raise Snooze(timedelta(minutes=5))


@processor("vectors")
class Vectors:
    @chunk(size=32, attempts=2, backoff=fixed(5), no_retry=(LookupError,))
    async def embed(self, items: Sequence[ChunkItem[Order, list[float]]]) -> None:
        for item in items:
            number: int = item.value.id
            item.complete([float(number), float(item.context.attempt)])

    @chunk(size=10)
    async def index(
        self, items: Sequence[ChunkItem[str, None]], session: Inject[Session] = injected
    ) -> None:
        del session
        for item in items:
            item.fail(ValueError(item.value))


shop = Module(
    "shop",
    imports=[queue_module("emails")],
    providers=[
        ShopSettings,
        Emails,
        bind(Database).open(database),
        bind(Session).to(Session).per_request(),
        bind(Mailer).choose(mailer, console=ConsoleMailer, smtp=SmtpMailer),
    ],
    exports=[Mailer, Queue],
)


async def produce(queue: Queue, order: Order) -> None:
    handle: Handle[int] = await queue.enqueue(
        Emails.confirm(order), key=f"order-{order.id}", delay=timedelta(minutes=5)
    )
    number: int = await handle.result(timeout=5)
    later = await queue.enqueue(Emails.remind(order), at=datetime(2030, 1, 1, tzinfo=UTC))
    text: str = await later.result()
    await queue.enqueue_all(Emails.confirm(each) for each in [order])
    await queue.enqueue_all([Emails.confirm(order, copy=True), Emails.digest()])
    call: Call[int] = Emails.confirm(order)
    del number, text, call


async def plan(schedules: Schedules, order: Order) -> list[str]:
    call = Emails.remind(order).with_options(priority=-10)
    planned: ScheduleInfo = await schedules.put("7", call, every=timedelta(days=1), runs=3)
    await schedules.put("digest", Emails.digest(), cron="0 3 * * *", tz="UTC", missed="skip")
    assert planned.next is None or not planned.paused
    return [schedule.name for schedule in await schedules.list("emails")]


async def produce_more(queue: Queue, order: Order) -> None:
    picture: Handle[bytes] = await queue.enqueue(Emails.render(order), priority=50, attempts=2)
    body: bytes = await picture.result()
    await queue.enqueue(Emails.render_all(), expires=timedelta(hours=1), timeout=5)
    vector: Handle[list[float]] = await queue.enqueue(Vectors.embed(order), key="o", replace=True)
    numbers: list[float] = await vector.result()
    await queue.enqueue(Vectors.index("shoe"), key="shoe", unique_for=timedelta(hours=1))
    last = await queue.chain(Emails.render(order), Emails.remind(order))
    await last.result()
    calls = [Vectors.embed(order).with_options(priority=10, backoff=fixed(1)) for _ in range(3)]
    handles: list[Handle[list[float]]] = await queue.group(
        calls, then=Emails.clean(), otherwise=Emails.digest()
    )
    del body, numbers, handles


async def test_unit(order: Order, context: JobContext) -> None:
    number: int = await Emails(ConsoleMailer()).confirm(order, copy=True, context=context)
    assert number == order.id
    picture: bytes = await Emails(ConsoleMailer()).render(order)
    items: list[ChunkItem[Order, list[float]]] = [ChunkItem(order), ChunkItem(order, context)]
    await Vectors().embed(items)
    result: list[float] | None = items[0].result
    del picture, result


async def test_shop(order: Order) -> None:
    async with testing(shop, bind(Mailer).value(ConsoleMailer())) as app:
        assert Emails.confirm(order, copy=True) in app.enqueued
        await app.drain()
