"""A small app that publishes: its accounts and posts in memory, one queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel

from hutch import Module, bind
from hutch_database import Database, database_module
from hutch_queue import Queue, cron, exponential, job, processor, queue_module
from kit.files import files_module
from kit.platforms import NeedsReauth, Published, Tokens
from kit.publishing import (
    Account,
    Accounts,
    Deferred,
    Gate,
    Outgoing,
    PublicationNotFound,
    Publications,
    Publisher,
    Stuck,
    publishing_module,
)

ATTEMPTS = 3


@dataclass
class Book(Accounts, Gate):
    """What the app knows, and until when its gate is closed."""

    accounts: dict[str, Account] = field(default_factory=dict[str, Account])
    tokens: dict[str, Tokens] = field(default_factory=dict[str, Tokens])
    posts: dict[str, Outgoing] = field(default_factory=dict[str, Outgoing])
    closed_until: datetime | None = None
    asked: list[str] = field(default_factory=list[str])

    async def get(self, account_id: str) -> Account:
        if account_id not in self.accounts:
            raise NeedsReauth(f"The account {account_id!r} is not connected: connect it.")
        return self.accounts[account_id]

    async def load(self, account_id: str) -> Tokens:
        return self.tokens[account_id]

    async def save(self, account_id: str, tokens: Tokens) -> None:
        self.tokens[account_id] = tokens

    async def admit(self, account: Account, publication_id: str) -> datetime | None:
        self.asked.append(publication_id)
        return self.closed_until


class Order(BaseModel):
    post_id: str
    account_id: str


@processor("press", concurrency=5)
@dataclass
class PressJobs:
    queue: Queue
    book: Book
    publisher: Publisher
    stuck: Stuck

    @job(name="print", attempts=ATTEMPTS, backoff=exponential(1), no_retry=(PublicationNotFound,))
    async def publish(self, order: Order) -> str | None:
        outcome = await self.publisher.publish(self.book.posts[order.post_id])
        if isinstance(outcome, Deferred):
            raise outcome.snooze()
        return outcome.id if isinstance(outcome, Published) else None

    @cron("* * * * * */10")
    @job(attempts=1)
    async def sweep(self) -> None:
        for row in await self.stuck.find():
            await self.enqueue(row.post_id, row.account_id)

    async def enqueue(self, post_id: str, account_id: str) -> None:
        order = Order(post_id=post_id, account_id=account_id)
        await self.queue.enqueue(PressJobs.publish(order), key=f"{post_id}-{account_id}")


@dataclass
class Approvals:
    """Plans a post in a transaction, and enqueues its job."""

    database: Database
    publications: Publications
    jobs: PressJobs
    book: Book

    async def plan(self, post: Outgoing) -> None:
        self.book.posts[post.post_id] = post
        account = await self.book.get(post.account_id)
        async with self.database.session() as session:
            await self.publications.plan(session, post.post_id, [account])

    async def approve(self, post: Outgoing) -> None:
        await self.plan(post)
        await self.jobs.enqueue(post.post_id, post.account_id)


accounts = Module(
    "accounts",
    providers=[Book, bind(Accounts).alias(Book), bind(Gate).alias(Book)],
    exports=[Accounts, Gate, Book],
)
publishing = publishing_module(accounts)
press = Module(
    "press",
    imports=[accounts, publishing, database_module(), files_module(), queue_module("press")],
    providers=[PressJobs, Approvals],
    exports=[publishing, accounts, files_module(), Approvals],
)
