"""What users write with jobs and bindings; both type checkers accept every line."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pydantic import BaseModel

from hutch import Inject, Module, Settings, bind
from hutch.testing import testing
from hutch_queue import (
    Call,
    Handle,
    JobContext,
    Queue,
    cron,
    delays,
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
    @cron("0 4 * * 0")
    @job
    async def digest(self, session: Inject[Session] = injected) -> None: ...

    @job(backoff=fixed(5))
    async def remind(self, order: Order) -> str:
        return order.email

    @job(backoff=delays([5, 25, 125]))
    async def clean(self) -> None: ...


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


async def test_unit(order: Order, context: JobContext) -> None:
    number: int = await Emails(ConsoleMailer()).confirm(order, copy=True, context=context)
    assert number == order.id


async def test_shop(order: Order) -> None:
    async with testing(shop, bind(Mailer).value(ConsoleMailer())) as app:
        assert Emails.confirm(order, copy=True) in app.enqueued
        await app.drain()
