"""A dual store: tweets are written to Redis first, and reach the database by a job."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from hutch import Module
from hutch_database import Database, database_module
from hutch_outbox import Outbox, outbox_module
from hutch_queue import Queue, QueueAdmin, Snooze, exponential, job, processor, queue_module
from hutch_redis import Redis, redis_module

tables = MetaData()
tweet = Table("tweet", tables, Column("id", Integer, primary_key=True), Column("text", String))
AWAY = timedelta(milliseconds=200)


@dataclass
class Runs:
    """How often each job ran, and which."""

    ran: list[str] = field(default_factory=list)
    snoozed: int = 0


@processor("sync_to_supabase")
@dataclass
class Sync:
    database: Database
    runs: Runs

    @job(priority=50, attempts=3, backoff=exponential(1))
    async def store(self, id: int, text: str) -> None:
        """Write a tweet; a database that is away costs no attempt."""
        try:
            async with self.database.session() as session:
                dialect = postgresql if self.database.dialect == "postgresql" else sqlite
                insert = dialect.insert(tweet).values(id=id, text=text)
                await session.execute(insert.on_conflict_do_nothing())
        except (OSError, DBAPIError):
            self.runs.snoozed += 1
            raise Snooze(AWAY) from None
        self.runs.ran.append(f"store {id}")

    @job(priority=50, attempts=3, backoff=exponential(1))
    async def refuse(self) -> None:
        self.runs.ran.append("refuse")
        raise ValueError("on purpose")


@processor("analytics_processing")
@dataclass
class Analytics:
    runs: Runs

    @job(priority=25, attempts=5, backoff=exponential(1))
    async def count(self, id: int) -> None:
        self.runs.ran.append(f"count {id}")
        raise ValueError("on purpose")


@dataclass
class Tweets:
    """Writes to Redis and tells the database later."""

    redis: Redis
    queue: Queue

    async def write(self, id: int, text: str) -> None:
        await self.redis.state.set(self.redis.key("cache", "tweet", str(id)), text, ex=24 * 3600)
        await self.queue.enqueue(Sync.store(id, text), key=f"tweet-{id}")

    async def read(self, id: int) -> str | None:
        found = await self.redis.state.get(self.redis.key("cache", "tweet", str(id)))
        return found.decode() if found else None


dual = Module(
    "dual",
    imports=[
        database_module(),
        outbox_module(),
        redis_module(),
        queue_module("sync_to_supabase", "analytics_processing"),
    ],
    providers=[Runs, Sync, Analytics, Tweets],
    exports=[Database, Outbox, Queue, QueueAdmin, Runs, Tweets],
)
