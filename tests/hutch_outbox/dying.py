"""A process that dies on the way of a job: ``python -m tests.hutch_outbox.dying WHERE KEY``.

WHERE is ``committed`` (the row is there, nobody has looked) or ``stored`` (the queue has the
job, the row is not deleted). It prints the job's id first. An empty KEY is none.
"""

import asyncio
import os
import signal
import sys
from typing import Any, NoReturn

from tests.hutch_outbox.shop import Orders, shop

from hutch import App
from hutch_database import Database
from hutch_outbox import Outbox
from hutch_queue import Handover


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


async def main(where: str, key: str) -> None:
    if where == "stored":
        store = Handover.store

        async def store_and_die(self: Handover, prepared: Any) -> list[bool]:
            assert await store(self, prepared) == [True, True]
            die()

        Handover.store = store_and_die  # type: ignore[method-assign]
    async with App(shop).started(services=False) as app:
        outbox = app.get(Outbox)
        async with app.get(Database).session() as session:
            calls = [Orders.confirm(1), Orders.confirm(2)]
            if key:
                calls = [call.with_options(key=f"{key}{call.arguments}") for call in calls]
            await outbox.enqueue_all(session, calls)
        print("committed", flush=True)
        if where == "stored":
            await outbox.relay()
        die()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
