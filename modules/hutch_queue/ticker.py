"""Ticker: enqueues the next run of every job that runs by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from hutch_queue.crontab import Cron
from hutch_queue.intake import Intake, NewJob
from hutch_queue.work import Task, Work

Store = Callable[[NewJob], Awaitable[object]]


class Ticker:
    """Enqueues each run ahead of its time, under a key that is the same in every worker."""

    def __init__(self, work: Work, intake: Intake) -> None:
        self._work = work
        self._intake = intake

    async def run(self, store: Store) -> None:
        """Go on until cancelled.

        Args:
            store: Stores a job unless one with its key was ever stored.
        """
        async with asyncio.TaskGroup() as group:
            for desk in self._work.desks.values():
                for task, cron in desk.schedules():
                    group.create_task(self._follow(task, cron, store))

    async def _follow(self, task: Task, cron: Cron, store: Store) -> None:
        tick = datetime.now(UTC)
        while True:
            # A sleep may end early by the clock: never the same tick twice.
            tick = cron.next(max(tick, datetime.now(UTC)))
            key = f"cron:{task.name}:{tick:%Y%m%dT%H%M%SZ}"
            await store(self._intake.accept(task.call(), key=key, at=tick))
            await asyncio.sleep((tick - datetime.now(UTC)).total_seconds())
