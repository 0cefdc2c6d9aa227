"""A consumer in a process of its own: ``python -m tests.hutch_pubsub.crew COMMAND``.

``stall`` begins one message and never ends it. ``work`` notes each message in a list in Redis
until it is told to stop. ``produce FIRST COUNT`` adds so many messages.
"""

import asyncio
import signal
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from pydantic import BaseModel

from hutch import App, Module, Role
from hutch_pubsub import Inbox, InboxSpec, consumer, pubsub_module
from hutch_redis import Redis, redis_module


class Task(BaseModel):
    number: int
    worker: str = ""


TASKS = InboxSpec(
    "crew:tasks",
    Task,
    order_by="worker",
    retry_after=timedelta(milliseconds=1),
    max_length=12_000,
)
ORDERS = 97
STALL = sys.argv[1:] == ["stall"]


@dataclass
class Crew:
    redis: Redis

    @consumer(TASKS, concurrency=20)
    async def work(self, task: Task) -> None:
        if STALL:
            print("begun", flush=True)
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        # Patiently: a note that is made and not confirmed in time would be made again.
        await cast(Any, self.redis.blocking).rpush(self.redis.key("crew", "done"), task.number)


crew = Module(
    "crew",
    imports=[redis_module(), pubsub_module(TASKS)],
    providers=[Crew],
    exports=[Inbox, Redis],
)


async def main(command: str, *numbers: str) -> None:
    async with App(crew).started(Role.WORKER, services=command != "produce") as app:
        if command == "produce":
            first, count = map(int, numbers)
            for number in range(first, first + count):
                await app.get(Inbox).add(TASKS, Task(number=number, worker=f"w{number % ORDERS}"))
            return
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        print("ready", flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
