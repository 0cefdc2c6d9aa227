"""Ticker: enqueues the next run of every job that runs by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog

from hutch_queue.crontab import Cron
from hutch_queue.intake import Intake, NewJob
from hutch_queue.work import Task, Work

PAUSE = 5.0
"""Seconds before a run that could not be stored is tried again."""

_log = structlog.get_logger(__name__)
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
            following = cron.next(max(tick, datetime.now(UTC)))
            key = f"cron:{task.name}:{following:%Y%m%dT%H%M%SZ}"
            try:
                await store(self._intake.accept(task.call(), key=key, at=following))
            except Exception as error:
                # A store that refuses, as when it is full, must not end all schedules.
                _log.error("scheduled job is not stored", job=task.name, error=type(error).__name__)
                await asyncio.sleep(PAUSE)
                continue
            tick = following
            await asyncio.sleep((tick - datetime.now(UTC)).total_seconds())
