"""Threads: where jobs that are no coroutines run."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial, wraps
from threading import Thread
from typing import Any, TypeVar

import structlog

R = TypeVar("R")

_log = structlog.get_logger(__name__)


def threaded(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """Make a function one that is awaited and runs in a thread."""

    @wraps(function)
    async def run(*args: Any, **kwargs: Any) -> Any:
        result = await in_thread(partial(function, *args, **kwargs))
        # A decorator may hide that the function below it is async.
        return await result if inspect.isawaitable(result) else result

    return run


async def in_thread(function: Callable[[], R]) -> R:
    """Run a function in a thread of its own, with the caller's context.

    Nothing ends a thread from outside: when the caller is cancelled, this still waits for
    the function, so that what it uses is not closed under it. A second time lets it go.
    """
    ended: Future[R] = Future()
    run = partial(copy_context().run, function)
    # Not of a pool: one that never ends would keep the process from ending.
    Thread(target=_settle, args=(ended, run), name="hutch job", daemon=True).start()
    waiting = asyncio.wrap_future(ended)
    waiting.add_done_callback(_see)
    try:
        await asyncio.wait([waiting])
    except asyncio.CancelledError:
        _log.warning("job shall stop, but its thread goes on until the function returns")
        await asyncio.wait([waiting])
        raise
    return waiting.result()


def _see(ended: asyncio.Future[Any]) -> None:
    """Look at the error of a function that nobody waits for, or asyncio complains."""
    if not ended.cancelled():
        ended.exception()


def _settle(ended: Future[R], run: Callable[[], R]) -> None:
    try:
        ended.set_result(run())
    except StopIteration as error:
        # As in a coroutine, which cannot let it through either.
        stopped = RuntimeError("the job raised StopIteration")
        stopped.__cause__ = error
        ended.set_exception(stopped)
    except BaseException as error:
        ended.set_exception(error)
