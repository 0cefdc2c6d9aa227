"""Flights: loads that are under way in this process, one for each key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from hutch_cache.entry import Key

T = TypeVar("T")


class Flights:
    """Runs one load of a key at a time, for all who wait for it.

    A load is a task of its own: it goes on when the caller that began it is cancelled.

    Attributes:
        is_closed: Whether the app stops; what is still to be done must be quick.
    """

    def __init__(self) -> None:
        self._running: dict[Key[Any], asyncio.Task[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self.is_closed = False

    async def join(self, key: Key[T], load: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Wait for the load of a key; begin one if there is none."""
        task: asyncio.Task[T] = self._running.get(key) or self._begin(key, load)
        return await asyncio.shield(task)

    def begin(self, key: Key[Any], load: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """Begin a load in the background, unless there is one."""
        if key not in self._running:
            self._begin(key, load)

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run something in the background, and keep it until it ends."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def forget(self, concerned: Callable[[Key[Any]], bool]) -> None:
        """Let later callers begin anew, instead of waiting for the present loads of these keys."""
        for key in [key for key in self._running if concerned(key)]:
            del self._running[key]

    async def close(self) -> None:
        """Cancel all loads, and wait for their end and for what they do at it."""
        self.is_closed = True
        for task in self._tasks:
            task.cancel()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, key: Key[Any], load: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        task = self._running[key] = self.spawn(load())

        def land(task: asyncio.Task[T]) -> None:
            if self._running.get(key) is task:
                del self._running[key]

        task.add_done_callback(land)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # all who waited for it may have been cancelled
