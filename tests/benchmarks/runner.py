"""Run coroutines of a started app again and again on one uvloop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import uvloop
from tests.benchmarks.measure import Work

from hutch import App, Role
from hutch.running import Running


class Runner:
    """A started app and the loop it runs on."""

    def __init__(self, app: App) -> None:
        """Prepare; the app starts on entry."""
        self._app = app
        self._loop = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self._stack = AsyncExitStack()
        self.running: Running

    def __enter__(self) -> Self:
        """Start the app."""
        context = self._app.started(Role.ALL)
        self.running = self._loop.run(self._stack.enter_async_context(context))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the app and the loop."""
        self._loop.run(self._stack.aclose())
        self._loop.close()

    def repeat(self, operation: Callable[[], Awaitable[object]], times: int) -> Work:
        """Return what runs an operation so many times, one after the other."""

        async def loop() -> None:
            for _ in range(times):
                await operation()

        return lambda: self._loop.run(loop())
