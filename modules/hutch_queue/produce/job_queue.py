"""The queue behind the port: checks calls, stores jobs, waits for results."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

import structlog
from typing_extensions import Unpack

from hutch_queue.admin.backlog import Remembering
from hutch_queue.declare.calls import Call
from hutch_queue.declare.options import Options
from hutch_queue.errors import InvalidOption, QueueFull, QueueUnavailable
from hutch_queue.port import Handle
from hutch_queue.produce.intake import Intake, NewJob
from hutch_queue.produce.record import read_record, write_record
from hutch_queue.produce.results import Results
from hutch_queue.storage.store import MOST, Entry, Group
from hutch_queue.storage.stores import Stores

R = TypeVar("R")
Batch = tuple[str, list[Entry], int]

_log = structlog.get_logger(__name__)


class JobQueue:
    """Stores jobs; see ``Queue``."""

    def __init__(
        self, stores: Stores, intake: Intake, results: Results, calls: Remembering
    ) -> None:
        self._store = stores.fast
        self._calls = calls
        self._intake = intake
        self._results = results

    async def enqueue(self, call: Call[R], /, **options: Unpack[Options]) -> Handle[R]:
        """Store a job; see ``Queue.enqueue``."""
        new = self._intake.accept(call.with_options(**options) if options else call)
        [handle] = await self._store_all([new])
        return handle

    async def enqueue_all(self, calls: Iterable[Call[R]], /) -> list[Handle[R]]:
        """Store several jobs; see ``Queue.enqueue_all``."""
        return await self._store_all([self._intake.accept(call) for call in calls])

    async def chain(self, *calls: Call[Any]) -> Handle[Any]:
        """Store jobs that run one after the other; see ``Queue.chain``."""
        if not calls:
            raise InvalidOption("chain(): give at least one call.")
        first, *others = [self._intake.accept(call) for call in calls]
        for new in others:
            _refuse_timing(new, "chain")
        then = [read_record(write_record(new)) for new in others]
        handle, *_ = await self._store_all([first], {"then": then} if then else {})
        if not others:
            return handle
        *before, last = first, *others
        result = partial(self._results.of, last, before=before)
        return Handle(last.id, last.queue.name, handle.created, result)

    async def group(
        self,
        calls: Iterable[Call[R]],
        *,
        then: Call[Any] | None = None,
        otherwise: Call[Any] | None = None,
    ) -> list[Handle[R]]:
        """Store jobs that run side by side; see ``Queue.group``."""
        members = [self._intake.accept(call) for call in calls]
        good = self._intake.accept(then) if then else None
        bad = self._intake.accept(otherwise) if otherwise else None
        group = _group(members, good, bad)
        extra = {"group": [self._store.base(group.queue), group.id]} if group else {}
        return await self._store_all(members, extra, [group] if group else [], capped=False)

    async def _store_all(
        self,
        jobs: Sequence[NewJob],
        extra: dict[str, Any] | None = None,
        groups: Sequence[Group] = (),
        *,
        capped: bool = True,
    ) -> list[Handle[Any]]:
        handles: list[Handle[Any]] = []
        trip = self._write(jobs[:MOST], extra, capped=capped)
        for start in range(0, len(jobs), MOST):
            sending = self._send(trip, groups, start)
            if following := jobs[start + MOST : start + 2 * MOST]:
                # The next trip is written while this one is under way.
                writing = self._write_meanwhile(following, extra, capped=capped)
                created, trip = await asyncio.gather(sending, writing)
            else:
                created = await sending
            handles += self._handles(jobs[start : start + MOST], created)
        return handles

    def _write(
        self, jobs: Sequence[NewJob], extra: dict[str, Any] | None, *, capped: bool
    ) -> dict[str, Batch]:
        batches: dict[str, Batch] = {}
        for new in jobs:
            queue = new.queue
            batch = batches.get(queue.name)
            if batch is None:
                most = queue.capacity if capped else 0
                batch = batches[queue.name] = (queue.name, [], most)
            batch[1].append(new.entry(write_record(new, extra)))
            self._calls.remember(new)
        return batches

    async def _write_meanwhile(
        self, jobs: Sequence[NewJob], extra: dict[str, Any] | None, *, capped: bool
    ) -> dict[str, Batch]:
        return self._write(jobs, extra, capped=capped)

    async def _send(
        self, trip: dict[str, Batch], groups: Sequence[Group], before: int
    ) -> dict[str, list[int]]:
        """Store a trip; return for each queue which of its jobs are new."""
        jobs = sum(len(entries) for _, entries, _ in trip.values())
        try:
            replies = await self._store.enqueue(list(trip.values()), groups)
        except self._store.away as error:
            raise QueueUnavailable(
                f"Redis did not answer ({type(error).__name__}), so {jobs} job(s) may not "
                "be stored: enqueue again, with a key where twice would be too many."
            ) from error
        except Exception as error:
            if not self._store.refuses(error):
                raise
            raise QueueUnavailable(
                f"Redis takes no writes ({error}), so {jobs} job(s) are not stored. Where its "
                "memory is full, let workers run, keep fewer records of ended jobs, or raise "
                "maxmemory."
            ) from error
        return dict(zip(trip, _stored(trip.values(), replies, before), strict=True))

    def _handles(self, jobs: Sequence[NewJob], created: dict[str, list[int]]) -> list[Handle[Any]]:
        flags = {queue: iter(found) for queue, found in created.items()}
        log = _log.bind()
        handles: list[Handle[Any]] = []
        for new in jobs:
            is_new = bool(next(flags[new.queue.name]))
            event = "job queued" if is_new else "job is queued already"
            log.info(event, job_id=new.id, queue=new.queue.name, job=new.call.name)
            handles.append(self._handle(new, created=is_new))
        return handles

    def _handle(self, new: NewJob, *, created: bool) -> Handle[Any]:
        return Handle(new.id, new.queue.name, created, partial(self._results.of, new))


def _stored(
    batches: Iterable[Batch], replies: Sequence[list[int] | int], before: int
) -> list[list[int]]:
    tried = list(zip(batches, replies, strict=True))
    flags = [reply for reply in replies if isinstance(reply, list)]
    for (queue, entries, most), waiting in tried:
        if isinstance(waiting, int):
            stored = before + sum(map(len, flags))
            raise QueueFull(
                f"the queue {queue!r} is full: {waiting} jobs wait and {len(entries)} more would "
                f"be above its capacity of {most}. {stored} job(s) of this call are stored; "
                "try the others later, or start more workers."
            )
    return flags


def _refuse_timing(new: NewJob, where: str) -> None:
    for option in ("key", "delay", "at", "expires"):
        if option in new.call.options:
            raise InvalidOption(
                f"{new.call.name}: {where}() takes no `{option}` for a job that follows others: "
                "it is stored once those have ended."
            )


def _group(
    members: Sequence[NewJob], then: NewJob | None, otherwise: NewJob | None
) -> Group | None:
    if not 0 < len(members) <= MOST:
        raise InvalidOption(f"group(): {len(members)} calls; a group has 1 to {MOST}.")
    for new in members:
        if new.keyed:
            raise InvalidOption(
                f"{new.call.name}: group() takes no `key`: where it is taken there is no job "
                "that the group could wait for."
            )
    for callback in (then, otherwise):
        if callback:
            _refuse_timing(callback, "group")
    if then and otherwise and then.queue.name != otherwise.queue.name:
        raise InvalidOption("group(): `then` and `otherwise` must be jobs of one queue.")
    told = then or otherwise
    if told is None:
        return None
    return Group(told.queue.name, told.id, len(members), _callback(then), _callback(otherwise))


def _callback(new: NewJob | None) -> Entry | None:
    return new.entry(write_record(new)) if new else None
