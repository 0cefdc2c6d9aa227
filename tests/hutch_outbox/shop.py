"""The app that the tests run: orders, whose jobs note that they ran."""

import asyncio
from dataclasses import dataclass, field

from sqlalchemy import Column, Integer, MetaData, Table, insert

from hutch import Inject, Module
from hutch.context import current_context
from hutch_database import Database, database_module
from hutch_outbox import Outbox, outbox_module
from hutch_queue import JobContext, Queue, QueueAdmin, injected, job, processor, queue_module

CAPACITY = 5
order = Table("order", MetaData(), Column("number", Integer, primary_key=True))


@dataclass
class Journal:
    """What the jobs of one app did, in order."""

    entries: list[str] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def write(self, entry: str) -> None:
        self.entries.append(entry)
        async with self.changed:
            self.changed.notify_all()

    async def until(self, count: int, seconds: float = 30) -> list[str]:
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: len(self.entries) >= count)
        return self.entries


@processor("orders", concurrency=1)
@dataclass
class Orders:
    journal: Journal

    @job(attempts=1)
    async def confirm(self, number: int, text: str = "") -> None:
        await self.journal.write(str(number))

    @job
    async def trace(self, context: Inject[JobContext] = injected) -> None:
        await self.journal.write(f"{context.id} for {current_context().get('request_id')}")


@processor("narrow", concurrency=1)
@dataclass
class Narrow:
    journal: Journal

    @job
    async def squeeze(self, number: int) -> None:
        await self.journal.write(f"narrow {number}")


shop = Module(
    "shop",
    imports=[
        database_module(),
        outbox_module(),
        queue_module("orders"),
        queue_module("narrow", capacity=CAPACITY),
    ],
    providers=[Journal, Orders, Narrow],
    exports=[Database, Journal, Outbox, Queue, QueueAdmin],
)


async def place(database: Database, outbox: Outbox, number: int, *, then: str = "commit") -> None:
    """Write an order and its job in one transaction."""
    async with database.session() as session:
        await session.execute(insert(order).values(number=number))
        await outbox.enqueue(session, Orders.confirm(number))
        if then == "rollback":
            await session.rollback()
        if then == "raise":
            raise RuntimeError("on purpose")
