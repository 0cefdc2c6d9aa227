"""Chunk run: one call of a task, for several jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog

from hutch_queue.declare.chunk_item import ChunkItem, parameter_of
from hutch_queue.errors import InvalidArguments
from hutch_queue.produce.record import NOTHING
from hutch_queue.worker.run import (
    STOPPING,
    Attempt,
    Completed,
    Outcome,
    fail,
    failed,
    refuse_stop,
    storable,
    within,
)
from hutch_queue.worker.work import Task

Item = ChunkItem[Any, Any]

_log = structlog.get_logger(__name__)


class ChunkRun:
    """Runs several attempts in one call, in one scope; each has an outcome of its own."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._items: list[Item] = []
        self._timeouts: list[float] = []
        self._error: BaseException | None = None
        self._waiting = 0
        self._call: asyncio.Task[None] | None = None

    def add(self, attempt: Attempt) -> Callable[[], Awaitable[Outcome]]:
        """Take a job into the call; return what waits for its outcome."""
        self._waiting += 1
        with attempt.context():
            _log.info("job started")
            try:
                arguments = self._task.job.codec.decode(attempt.payload)
            except InvalidArguments as error:
                return partial(_known, fail(error))
        item: Item = ChunkItem(arguments["value"], attempt.job)
        self._items.append(item)
        self._timeouts.append(attempt.timeout)
        return partial(self._outcome, item, attempt)

    def start(self) -> asyncio.Task[None]:
        """Call the method; the call is cancelled when no outcome is waited for any more."""
        self._call = asyncio.create_task(self._run(), name=f"chunk of {self._task.queue}")
        return self._call

    def leave(self, _: asyncio.Task[Any]) -> None:
        """Note that an outcome is known, or not wanted any more."""
        self._waiting -= 1
        if not self._waiting and self._call:
            self._call.cancel()

    async def _run(self) -> None:
        if not self._items:
            return
        arguments = {parameter_of(self._task.job.function): self._items}
        try:
            await within(self._task, self._items[0].context, min(self._timeouts), arguments)
        except STOPPING as error:
            refuse_stop(error)
            self._error = error

    async def _outcome(self, item: Item, attempt: Attempt) -> Outcome:
        assert self._call
        try:
            await asyncio.shield(self._call)
        except asyncio.CancelledError:
            # What was marked is done, whatever it is cancelled for.
            if not item.marked:
                raise
        with attempt.context():
            error = item.error if item.marked else self._error
            if error is not None:
                return failed(self._task, attempt, error)
            _log.info("job completed")
            return Completed(storable(self._task, item.result) if item.marked else NOTHING)


async def _known(outcome: Outcome) -> Outcome:
    return outcome
