"""Admin: what operators look at and do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import get_args

import structlog

from hutch_queue.admin.job_info import JobInfo, read_job
from hutch_queue.admin.stats import QueueStats, Totals
from hutch_queue.admin.worker_info import WorkerInfo, read_worker
from hutch_queue.errors import InvalidOption, JobGone, QueueBusy, QueueUnavailable, UnknownWorker
from hutch_queue.names import Queues
from hutch_queue.produce.record import tail
from hutch_queue.storage.store import MOST, Counts, State
from hutch_queue.storage.stores import Stores
from hutch_queue.worker.attempts import now

MOST_SEARCHED = 5000
"""How many jobs one search looks at."""
PAGE = 100
"""How many records one trip of a search reads."""

STATES: tuple[State, ...] = get_args(State)
_SETS = {"waiting": "wait", "delayed": "delayed", "completed": "complete", "failed": "failed"}
_EVENTS = {
    "promote": "job promoted",
    "replay": "job replayed",
    "delete": "job discarded",
    "abort": "job is to be aborted",
}

_log = structlog.get_logger(__name__)


class QueueAdmin:
    """Looks into queues, and moves what is in them.

    Every method raises ``UnknownQueue`` for a queue that no module declares, and
    ``QueueUnavailable`` where the queue's server does not answer.
    """

    def __init__(self, stores: Stores, queues: Queues) -> None:
        self._store = stores.fast
        self._queues = queues

    def names(self) -> list[str]:
        """List the declared queues, sorted."""
        return self._queues.names()

    async def stats(self, queue: str) -> QueueStats:
        """Count a queue's jobs by state."""
        counts = await self._counts(queue)
        waiting, paused = (0, counts.waiting) if counts.paused else (counts.waiting, 0)
        return QueueStats(
            waiting, counts.active, counts.delayed, counts.completed, counts.failed, paused
        )

    async def totals(self, queue: str) -> Totals:
        """Count how runs ended ever since, whether or not their records are kept."""
        found = (await self._counts(queue)).totals
        return Totals(found["complete"], found["failed"], found["retry"], found["snooze"])

    async def is_paused(self, queue: str) -> bool:
        """Tell whether workers may take no jobs of the queue."""
        return (await self._counts(queue)).paused

    async def latency(self, queue: str) -> float:
        """Return for how many seconds the job that runs next could have run; 0 if none waits."""
        found = await self.jobs(queue, "waiting", limit=1)
        if not found or (since := found[0].waiting_since) is None:
            return 0.0
        with self._reached():
            now = await self._store.now()
        return max(0.0, now / 1000 - since.timestamp())

    async def jobs(
        self, queue: str, state: State, *, offset: int = 0, limit: int = 100
    ) -> list[JobInfo]:
        """List jobs: waiting in the order in which they run, delayed by time, ended newest first.

        Args:
            queue: The queue's name.
            state: Those of a paused queue are ``waiting``.
            offset: How many of them to leave out.
            limit: How many to return, 500 at most; may be fewer where others move them.

        Raises:
            InvalidOption: There is no such state, or no such page.
        """
        name = self._known(queue)
        _check_page(state, offset, limit)
        with self._reached():
            ids = await self._store.ids(name, state, offset, limit)
            found = await self._store.read(name, ids)
        return [read_job(name, stored) for stored in found if stored and stored.state == state]

    async def find(self, queue: str, state: State, text: str, *, limit: int = 100) -> list[JobInfo]:
        """List jobs whose id, name, arguments or error contain a text, in capitals or not.

        Looks at the first 5,000 of the state, in the order of ``jobs``.

        Raises:
            InvalidOption: There is no such state, or the limit is not 1 to 500.
        """
        _check_page(state, 0, limit)
        wanted, found = text.casefold(), list[JobInfo]()
        for offset in range(0, MOST_SEARCHED, PAGE):
            page = await self.jobs(queue, state, offset=offset, limit=PAGE)
            found += [info for info in page if wanted in _text_of(info)]
            if len(found) >= limit or not page:
                break
        return found[:limit]

    async def job(self, queue: str, id: str) -> JobInfo:
        """Return one job.

        Raises:
            JobGone: The queue has no job with that id.
        """
        name = self._known(queue)
        with self._reached():
            [stored] = await self._store.read(name, [id])
        if stored is None:
            raise JobGone(
                f"there is no job {id!r} in {queue}: it was removed, or it ended and its record "
                "is kept no longer."
            )
        return read_job(name, stored)

    async def workers(self, queue: str) -> list[WorkerInfo]:
        """List the queue's living workers, by name."""
        name = self._known(queue)
        with self._reached():
            found = await self._store.workers(name)
        return [read_worker(worker, told) for worker, told in sorted(found.items())]

    async def pause(self, queue: str) -> None:
        """Let no worker take jobs of the queue; those that run go on."""
        await self._move(queue, "pause")
        _log.info("queue paused", queue=queue)

    async def resume(self, queue: str) -> None:
        """Let workers take jobs of the queue again."""
        await self._move(queue, "resume")
        _log.info("queue resumed", queue=queue)

    async def quiet(self, queue: str, worker: str, *, quiet: bool = True) -> None:
        """Let one worker take no more jobs of the queue, or take them again.

        A busy worker hears of it within a second, an idle one at its next sign of life.

        Raises:
            UnknownWorker: The queue has no living worker of that name.
        """
        if worker not in {info.name for info in await self.workers(queue)}:
            raise UnknownWorker(
                f"{queue} has no living worker {worker!r}; a worker has another name after its "
                "connection broke."
            )
        await self._move(queue, "quiet" if quiet else "noisy", worker)
        _log.info("worker is to be quiet" if quiet else "worker may work", worker=worker)

    async def promote(self, queue: str, *ids: str) -> list[str]:
        """Let delayed jobs run now; return those that were delayed."""
        return await self._each(queue, "promote", ids)

    async def replay(self, queue: str, *ids: str) -> list[str]:
        """Run ended jobs anew, with all their attempts; return those that had ended.

        They keep their ids, their arguments and the history of their errors.
        """
        return await self._each(queue, "replay", ids)

    async def replay_all(self, queue: str) -> int:
        """Run all failed jobs anew, the oldest first; return how many those were.

        Those that fail in the meantime stay failed.
        """
        newest_first = await self._ids(queue, "failed")
        return len(await self.replay(queue, *reversed(newest_first)))

    async def discard(self, queue: str, *ids: str) -> list[str]:
        """Remove jobs that do not run, with their records; return those that were removed."""
        return await self._each(queue, "delete", ids)

    async def abort(self, queue: str, *ids: str, reason: str = "Aborted.") -> list[str]:
        """Stop jobs for good: they fail without another attempt; return those that were live.

        A running one is cancelled by its worker, which hears of it within a second.
        """
        ending = tail("aborted", completed=now(), error=reason)
        return await self._each(queue, "abort", ids, reason, ending)

    async def drain(self, queue: str, state: State = "waiting") -> int:
        """Remove all jobs in a state; return how many those were.

        Raises:
            InvalidOption: The state is ``active``, or there is no such state.
        """
        if state not in _SETS:
            raise InvalidOption(f"drain: state={state!r}; it can be {', '.join(_SETS)}.")
        removed, found = 0, MOST
        while found == MOST:
            found = await self._count(queue, "drain", _SETS[state], MOST)
            removed += found
        _log.info("queue drained", queue=queue, state=state, jobs=removed)
        return removed

    async def obliterate(self, queue: str, *, force: bool = False) -> None:
        """Remove all there is of a queue: its jobs, records, schedules, counters, its pause.

        Stop its workers first: a schedule is stored again when a worker starts. Groups of
        other queues count its jobs as failed, those of its own are gone with it.

        Args:
            queue: The queue's name.
            force: Also while jobs run; nobody will know of them when they end.

        Raises:
            QueueBusy: Jobs run, and ``force`` is off; nothing is removed.
        """
        running = await self._count(queue, "obliterate", int(force))
        if running:
            raise QueueBusy(
                f"the queue {queue!r} has {running} running job(s): stop its workers first, "
                "or use force."
            )
        _log.warning("queue obliterated", queue=queue)

    async def _ids(self, queue: str, state: State) -> list[str]:
        name, offset = self._known(queue), 0
        found = dict[str, None]()  # a job that ends meanwhile moves others to the next page
        with self._reached():
            while ids := await self._store.ids(name, state, offset, MOST):
                found |= dict.fromkeys(ids)
                offset += len(ids)
        return list(found)

    async def _counts(self, queue: str) -> Counts:
        name = self._known(queue)
        with self._reached():
            return await self._store.counts(name)

    async def _each(self, queue: str, operation: str, ids: Sequence[str], *first: str) -> list[str]:
        self._known(queue)
        changed = list[str]()
        for start in range(0, len(ids), MOST):
            found = await self._move(queue, operation, *first, *ids[start : start + MOST])
            assert isinstance(found, list)
            for id in found:
                _log.info(_EVENTS[operation], job_id=id, queue=queue)
            changed += found
        return changed

    async def _count(self, queue: str, operation: str, *args: str | int) -> int:
        found = await self._move(queue, operation, *args)
        assert isinstance(found, int)
        return found

    async def _move(self, queue: str, operation: str, *args: str | int) -> list[str] | int:
        name = self._known(queue)
        with self._reached():
            return await self._store.move(name, operation, *args)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except self._store.away as error:
            raise QueueUnavailable(
                f"Redis did not answer ({type(error).__name__}); what was to be changed may be "
                "changed or not: look again."
            ) from error

    def _known(self, queue: str) -> str:
        return self._queues[queue].name


def _check_page(state: State, offset: int, limit: int) -> None:
    if state not in STATES:
        raise InvalidOption(f"state={state!r}; it can be {', '.join(STATES)}.")
    if offset < 0 or not 0 < limit <= MOST:
        raise InvalidOption(f"offset={offset}, limit={limit}; use 0 or more, and 1 to {MOST}.")


def _text_of(info: JobInfo) -> str:
    arguments = json.dumps(info.arguments, ensure_ascii=False)
    return "\n".join((info.id, info.name, arguments, info.error or "")).casefold()
