"""Load: the jobs that a consumer has, from their claim until the store knows of their end."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import Any

import structlog

from hutch_queue.storage.store import Claim, Ended
from hutch_queue.worker.attempts import Attempts, Held
from hutch_queue.worker.running import Running
from hutch_queue.worker.tasks import let_go

LAST = 5.0
"""Seconds that a stopping consumer waits for jobs it cancelled, and for a store that is away."""
AGAIN = 1.0
"""Seconds that it waits for those which it has to cancel a second time."""

_log = structlog.get_logger(__name__)


class Load:
    """The jobs of one consumer.

    Attributes:
        running: Those in work, by id.
        chunks: The calls under way that take several of them each.
        ended: What the store is to be told.
        sent: What it is being told, a list for each turn under way.
        counts: How many have ended in which way.
        news: Set when one ends, and by whoever has something else for the consumer.
    """

    def __init__(self, queue: str, attempts: Attempts) -> None:
        self._queue = queue
        self._attempts = attempts
        self.running: dict[str, Running] = {}
        self.chunks: set[asyncio.Task[None]] = set()
        self.ended: list[Ended] = []
        self.sent: list[list[Ended]] = []
        self.counts = {"complete": 0, "failed": 0, "retry": 0, "snooze": 0}
        self.news = asyncio.Event()

    def watch(self, held: Held, task: asyncio.Task[Ended]) -> None:
        """Take a job that runs."""
        running = self.running[held.claim.id] = Running(held, task)
        task.add_done_callback(lambda _: self._done(running))

    def watch_chunk(self, call: asyncio.Task[None]) -> None:
        """Take a call that runs."""
        self.chunks.add(call)
        call.add_done_callback(self._chunk_done)

    def holds(self) -> list[tuple[str, int]]:
        """List ids and attempts of the jobs that are its own as far as it knows."""
        claims = [run.held.claim for run in self.running.values() if run.reason != "lost"]
        jobs: list[Claim | Ended] = [*claims, *self.ended, *chain(*self.sent)]
        return [(job.id, job.attempt) for job in jobs]

    def keep(self, kept: set[str]) -> None:
        """Stop and forget all but these: others have them."""
        ended = [*chain(*self.sent), *self.ended]
        self.ended = [end for end in ended if end.id in kept]
        for sent in self.sent:
            sent.clear()  # whose turn comes to nothing
        for id, running in self.running.items():
            if id not in kept:
                _log.warning("job is stopped: it was lost", job_id=id, queue=self._queue)
                running.cancel("lost")

    async def hand_back(self) -> None:
        """Stop all that run. One that refuses to end is handed back all the same."""
        left = list(self.running.values())
        for running in left:
            running.cancel("stopped")
        tasks: list[asyncio.Task[Any]] = [*self.chunks, *(running.task for running in left)]
        await _wait(tasks, LAST)
        for task in tasks:
            task.cancel()  # a second time lets go what runs in a thread
        await _wait(tasks, AGAIN)
        for running in self.running.values():
            self._let_go(running)
        for call in self.chunks:
            _log.error("chunk refuses to end, and is left alone", queue=self._queue)
            let_go(call)

    def _let_go(self, running: Running) -> None:
        _log.error(
            "job refuses to end, and is handed back",
            job_id=running.held.claim.id,
            job=running.held.record.get("function"),
            queue=self._queue,
        )
        let_go(running.task)
        self.ended.append(running.held.end("snooze"))

    def _chunk_done(self, call: asyncio.Task[None]) -> None:
        self.chunks.discard(call)
        self.news.set()

    def _done(self, running: Running) -> None:
        id = running.held.claim.id
        # One that was lost may meanwhile run here anew.
        if self.running.get(id) is running:
            del self.running[id]
        if running.reason != "lost":
            ended = self._end_of(running)
            self.counts[ended.kind] += 1
            self.ended.append(ended)
        self.news.set()

    def _end_of(self, running: Running) -> Ended:
        held, task = running.held, running.task
        if task.cancelled():
            return self._cancelled(running)
        if (error := task.exception()) is not None:
            # Ours, not the job's: the record cannot be read, or the like.
            _log.error("worker failed", job_id=held.claim.id, error=type(error).__name__)
            return self._attempts.fail(held, f"{type(error).__name__}: {error}")
        return task.result()

    def _cancelled(self, running: Running) -> Ended:
        id = running.held.claim.id
        if running.reason == "aborted":
            _log.warning("job is aborted", job_id=id, queue=self._queue)
            return self._attempts.fail(running.held, running.told, status="aborted")
        _log.warning("job is handed back", job_id=id, queue=self._queue)
        return running.held.end("snooze")


async def _wait(tasks: list[asyncio.Task[Any]], seconds: float) -> None:
    if pending := [task for task in tasks if not task.done()]:
        await asyncio.wait(pending, timeout=seconds)
