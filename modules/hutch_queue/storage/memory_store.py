"""The store in memory: the model of the Lua scripts, line by line, for one process.

What ``lua/*.lua`` does to Redis is done here to Python's own containers; a test runs
both side by side. The names are those of the scripts.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import time
from bisect import bisect_left, insort
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

from hutch_queue.storage.store import (
    DUE,
    HEAD_START,
    MOST,
    Beat,
    Claim,
    Counts,
    Ended,
    Entry,
    Group,
    Keeping,
    Limits,
    Notice,
    State,
    Stored,
    Turn,
)

T = TypeVar("T")

MOST_ERRORS = 32768
MOST_LOG = 16384

_HEAD = re.compile(r'\{"queued":(\d+)(?:,"priority":(-?\d+))?')


class SortedSet:
    """Ids by score, as Redis keeps them: equal scores in the order of the ids' bytes."""

    def __init__(self) -> None:
        self._scores: dict[str, float] = {}
        self._order: list[tuple[float, bytes]] = []

    def __len__(self) -> int:
        return len(self._scores)

    def __contains__(self, id: str) -> bool:
        return id in self._scores

    def add(self, id: str, score: float) -> None:
        """Put an id at a score, in place of the one it had."""
        self.remove(id)
        self._scores[id] = score
        insort(self._order, (score, id.encode()))

    def remove(self, id: str) -> bool:
        """Take an id out; tell whether it was there."""
        score = self._scores.pop(id, None)
        if score is None:
            return False
        del self._order[bisect_left(self._order, (score, id.encode()))]
        return True

    def score(self, id: str) -> float | None:
        """Return an id's score."""
        return self._scores.get(id)

    def first(self, count: int | None = None) -> list[str]:
        """List the ids of the lowest scores."""
        return [id.decode() for _, id in self._order[:count]]

    def lowest(self) -> float | None:
        """Return the lowest score."""
        return self._order[0][0] if self._order else None

    def up_to(self, score: float, count: int | None = None) -> list[str]:
        """List the ids whose score is this or lower."""
        end = bisect_left(self._order, (score, b"\xff" * 8))
        return [id.decode() for _, id in self._order[:end][:count]]


@dataclass(slots=True)
class Places:
    """All there is of one queue; the names are those of its keys in Redis."""

    jobs: dict[str, str] = field(default_factory=dict[str, str])
    wait: SortedSet = field(default_factory=SortedSet)
    delayed: SortedSet = field(default_factory=SortedSet)
    active: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    tries: dict[str, tuple[int, int, int]] = field(default_factory=dict[str, tuple[int, int, int]])
    complete: SortedSet = field(default_factory=SortedSet)
    failed: SortedSet = field(default_factory=SortedSet)
    workers: SortedSet = field(default_factory=SortedSet)
    info: dict[str, str] = field(default_factory=dict[str, str])
    meta: dict[str, int] = field(default_factory=dict[str, int])
    errors: dict[str, str] = field(default_factory=dict[str, str])
    progress: dict[str, str] = field(default_factory=dict[str, str])
    log: dict[str, str] = field(default_factory=dict[str, str])
    aborting: dict[str, str] = field(default_factory=dict[str, str])
    unique: SortedSet = field(default_factory=SortedSet)
    groups: dict[str, Group] = field(default_factory=dict[str, Group])
    left: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    schedules: dict[str, str] = field(default_factory=dict[str, str])
    due: SortedSet = field(default_factory=SortedSet)
    starts: SortedSet = field(default_factory=SortedSet)
    wake: bool = False
    came: dict[str, int] = field(default_factory=dict[str, int])
    """In which order the jobs came, over all queues; tests ask."""
    just_ended: set[str] = field(default_factory=set[str])


class MemoryStore:
    """Holds the jobs of one process; see ``Store``.

    Args:
        clock: The time in microseconds.
    """

    away: tuple[type[Exception], ...] = ()

    def __init__(self, clock: Callable[[], int] | None = None) -> None:
        self._clock = clock or (lambda: time.time_ns() // 1000)
        self._queues: dict[str, Places] = {}
        self._listeners: set[asyncio.Queue[list[Notice]]] = set()
        self._woken = asyncio.Event()
        self._numbers = count()

    def base(self, queue: str) -> str:
        """Return the queue's own name: there are no keys."""
        return queue

    def places(self, base: str) -> Places:
        """Return what there is of a queue."""
        return self._queues.setdefault(base, Places())

    def refuses(self, error: Exception) -> bool:
        """Tell that it never does."""
        return False

    async def patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call it: memory is never away."""
        return await call()

    async def enqueue(
        self, batches: Sequence[tuple[str, Sequence[Entry], int]], groups: Sequence[Group] = ()
    ) -> list[list[int] | int]:
        """Store jobs of several queues in one step."""
        now = self._clock()
        for group in groups:
            q = self.places(group.queue)
            q.groups[group.id] = group
            q.left[group.id] = (group.count, 0)
        return [
            self._enqueue(self.places(queue), entries, most, now)
            for queue, entries, most in batches
        ]

    def _enqueue(self, q: Places, entries: Sequence[Entry], most: int, now: int) -> list[int] | int:
        waiting = len(q.wait) + len(q.delayed)
        if most > 0 and waiting + len(entries) > most:
            return waiting
        return self._add_all(q, entries, now)

    async def turn(
        self, queue: str, worker: str, ended: Sequence[Ended], free: int, keep: Keeping
    ) -> Turn | None:
        """End jobs and claim others."""
        now, q = self._clock(), self.places(queue)
        if worker not in q.workers:
            return None
        refused = self._finish(queue, worker, ended, keep, now)
        looks = self._promote(q, now)
        claims = self._claim(q, worker, free, now, looks)
        ticks = [int(time) for time in (q.due.lowest(),) if time is not None]
        return Turn(refused, claims, _until(looks, now), _until(ticks, now))

    def _finish(
        self, queue: str, worker: str, ended: Sequence[Ended], keep: Keeping, now: int
    ) -> list[str]:
        q, refused, mine = self.places(queue), list[str](), list[Ended]()
        for end in ended:
            if q.active.get(end.id) != (end.attempt, worker):
                refused.append(end.id)
                continue
            mine.append(end)
            del q.active[end.id]
            _count(q, end.kind)
            if end.kind in ("complete", "failed"):
                over = q.complete if end.kind == "complete" else q.failed
                _close(q, end.id, over, end.text, now)
                q.just_ended.add(end.id)
        for end in mine:
            if end.kind in ("complete", "failed"):
                self._follow(end, now)
            else:
                self._again(q, end, now)
        q.just_ended.clear()
        if mine:
            _trim(q, q.complete, keep.completed)
            _trim(q, q.failed, keep.failed)
        self._tell([Notice(queue, end.kind[0], end.id) for end in mine if end.kind != "snooze"])
        return refused

    def _again(self, q: Places, end: Ended, now: int) -> None:
        _, excused, deaths = q.tries.get(end.id, (0, 0, 0))
        snoozed = end.kind == "snooze"
        q.tries[end.id] = (end.attempt, excused + snoozed, deaths)
        if not snoozed:
            _note_error(q, end.id, end.text)
        if snoozed and end.due == 0:
            _put_back(q, end.id)
        else:
            due = end.due if end.due > 0 else now // 1000 - end.due
            _put_later(q, end.id, due, _priority_of(q.jobs[end.id]), now)

    def _follow(self, end: Ended, now: int) -> None:
        for follower in end.followers:
            to = self.places(follower.base)
            if follower.entry is None:
                self._leave_group(to, follower.group, end.kind == "complete", now)
            else:
                self._add(to, follower.entry, now)
                self._wake(to)

    def _promote(self, q: Places, now: int) -> list[int]:
        for id in q.delayed.up_to(now // 1000, DUE):
            q.delayed.remove(id)
            _put_last(q, id, _priority_of(q.jobs[id]), now)
        return [int(time) for time in (q.delayed.lowest(),) if time is not None]

    def _claim(self, q: Places, worker: str, free: int, now: int, looks: list[int]) -> list[Claim]:
        most = self._allowed(q, now)
        claims = list[Claim]()
        for id in q.wait.first(int(min(free, most))):
            q.wait.remove(id)
            attempt, excused, _ = q.tries.get(id, (0, 0, 0))
            q.active[id] = (attempt + 1, worker)
            claims.append(Claim(id, attempt + 1, excused, q.jobs[id].encode()))
            if "rate" in q.meta:
                q.starts.add(f"{id}:{attempt + 1}:{now}", now // 1000)
        if not q.wait:
            q.wake = False
        elif most > len(claims):
            self._wake(q)
        elif "paused" not in q.meta and len(q.starts) >= q.meta.get("rate", math.inf):
            looks.append(int(q.starts.lowest() or 0) + q.meta["period"])
        return claims

    def _allowed(self, q: Places, now: int) -> float:
        if "paused" in q.meta:
            return 0
        most = math.inf
        if "concurrency" in q.meta:
            most = max(0, q.meta["concurrency"] - len(q.active))
        if "rate" in q.meta:
            period = q.meta["period"]
            for start in q.starts.up_to(now // 1000 - period):
                q.starts.remove(start)
            most = max(0, min(most, q.meta["rate"] - len(q.starts)))
        return most

    async def beat(
        self, queue: str, worker: str, lease: int, info: str, keep: Keeping, deaths: int
    ) -> Beat | None:
        """Extend a worker's lease."""
        now, q = self._clock(), self.places(queue)
        if worker not in q.workers:
            return None
        q.workers.add(worker, now // 1000 + lease)
        q.info[worker] = info
        self._recover(queue, now, deaths)
        for over, kept in ((q.complete, keep.completed_ms), (q.failed, keep.failed_ms)):
            _forget(q, over.up_to(now // 1000 - kept, MOST))
        for id in q.unique.up_to(now // 1000):
            q.unique.remove(id)
        mine = {
            id: reason
            for id, reason in q.aborting.items()
            if id in q.active and q.active[id][1] == worker
        }
        return Beat(mine, f"quiet:{worker}" in q.meta)

    def _recover(self, queue: str, now: int, deaths: int) -> None:
        q = self.places(queue)
        dead = set(q.workers.up_to(now // 1000))
        for name in dead:
            q.workers.remove(name)
            q.info.pop(name, None)
            q.meta.pop(f"quiet:{name}", None)
        for id, (attempt, holder) in list(q.active.items()):
            if holder in dead:
                self._bury(queue, id, attempt, now, deaths)
        if dead:
            self._wake(q)

    def _bury(self, queue: str, id: str, attempt: int, now: int, most: int) -> None:
        q = self.places(queue)
        _, excused, deaths = q.tries.get(id, (0, 0, 0))
        deaths += 1
        del q.active[id]
        if deaths < most:
            told = "Its worker died, or was not heard of for too long."
            line = {"attempt": attempt, "at": now // 1000, "error": told}
            _note_error(q, id, json.dumps(line, separators=(",", ":")))
            q.tries[id] = (attempt, excused + 1, deaths)
            _put_back(q, id)
            return
        error = f"Its worker died {deaths} times."
        tail = _tail(attempts=attempt, completed=now // 1000, status="failed", error=error)
        self._fail(queue, id, tail, now)

    def _fail(self, queue: str, id: str, tail: str, now: int) -> None:
        q = self.places(queue)
        record = q.jobs[id]
        _close(q, id, q.failed, tail, now)
        _count(q, "failed")
        self._tell([Notice(queue, "f", id)])
        self._leave_group_of(record, now)

    async def join(
        self,
        queue: str,
        worker: str,
        lease: int,
        info: str,
        limits: Limits,
        was: Sequence[str] = (),
        held: Sequence[tuple[str, int]] = (),
    ) -> set[str]:
        """Come as a worker."""
        now, q = self._clock(), self.places(queue)
        q.meta.setdefault("schema", 1)
        for name in ("concurrency", "rate", "period"):
            q.meta[name] = getattr(limits, name)
            if not q.meta[name]:
                del q.meta[name]
        q.workers.add(worker, now // 1000 + lease)
        q.info[worker] = info
        known = {name for name in was if q.workers.remove(name)}
        for name in known:
            q.info.pop(name, None)
            if q.meta.pop(f"quiet:{name}", None):
                q.meta[f"quiet:{worker}"] = 1
        holds, kept = dict(held), set[str]()
        for id, (attempt, holder) in list(q.active.items()):
            if holder in known:
                if holds.get(id) == attempt:
                    q.active[id] = (attempt, worker)
                    kept.add(id)
                else:
                    self._return_unseen(q, id, attempt)
        return kept

    def _return_unseen(self, q: Places, id: str, attempt: int) -> None:
        _, excused, deaths = q.tries.pop(id, (0, 0, 0))
        del q.active[id]
        if attempt > 1:
            q.tries[id] = (attempt - 1, excused, deaths)
        _put_back(q, id)
        self._wake(q)

    async def move(self, queue: str, operation: str, *args: Any) -> list[str] | int:
        """Do what ``lua/move.lua`` lists."""
        q, now = self.places(queue), self._clock()
        each: dict[str, Callable[[str], bool]] = {
            "promote": lambda id: self._promote_one(q, id, now),
            "replay": lambda id: self._replay(q, id, now),
            "delete": lambda id: self._delete(q, id, now),
        }
        if operation in each:
            return self._each(q, args, each[operation])
        if operation == "abort":
            reason, tail, *ids = args
            return self._each(q, ids, lambda id: self._abort(queue, id, reason, tail, now))
        found: list[str] | int = getattr(self, f"_do_{operation}")(q, *args)
        return found

    def _each(self, q: Places, ids: Iterable[str], change: Callable[[str], bool]) -> list[str]:
        changed = [id for id in ids if change(id)]
        if q.wait:
            self._wake(q)
        return changed

    def _promote_one(self, q: Places, id: str, now: int) -> bool:
        if not q.delayed.remove(id):
            return False
        _put_last(q, id, _priority_of(q.jobs[id]), now)
        return True

    def _delete(self, q: Places, id: str, now: int) -> bool:
        record = q.jobs.get(id)
        if record is None or id in q.active:
            return False
        if not _is_closed(record):
            self._leave_group_of(record, now)
        _forget(q, [id])
        return True

    def _abort(self, queue: str, id: str, reason: str, tail: str, now: int) -> bool:
        q = self.places(queue)
        if id in q.active:
            q.aborting[id] = reason
            return True
        if not (q.wait.remove(id) or q.delayed.remove(id)):
            return False
        self._fail(queue, id, tail, now)
        return True

    def _do_note(self, q: Places, name: str, id: str, attempt: int, worker: str, text: str) -> int:
        if q.active.get(id) != (int(attempt), worker):
            return 0
        if name == "log":
            q.log[id] = _last_lines(f"{q.log[id]}\n{text}" if id in q.log else text, MOST_LOG)
        else:
            q.progress[id] = text
        return 1

    def _do_drain(self, q: Places, name: str, most: int) -> int:
        ids = getattr(q, name).first(int(most))
        for id in ids:
            self._delete(q, id, self._clock())
        return len(ids)

    def _do_pause(self, q: Places) -> int:
        q.meta["paused"] = 1
        return 1

    def _do_resume(self, q: Places) -> int:
        q.meta.pop("paused", None)
        self._wake(q)
        return 1

    def _do_quiet(self, q: Places, worker: str) -> int:
        if worker not in q.workers:
            return 0
        q.meta[f"quiet:{worker}"] = 1
        return 1

    def _do_noisy(self, q: Places, worker: str) -> int:
        q.meta.pop(f"quiet:{worker}", None)
        return 1

    def _do_obliterate(self, q: Places, force: int) -> int:
        if q.active and not int(force):
            return len(q.active)
        for base, places in list(self._queues.items()):
            if places is q:
                del self._queues[base]
        for id in (*q.wait.first(), *q.delayed.first(), *q.active):
            self._leave_group_of(q.jobs[id], self._clock())
        return 0

    async def tick(
        self,
        queue: str,
        name: str,
        was: str,
        due: int | None,
        text: str,
        entries: Sequence[Entry] = (),
    ) -> bool:
        """Change a schedule and enqueue its run, if nobody changed it."""
        q, now = self.places(queue), self._clock()
        if q.schedules.get(name, "") != was:
            return False
        if text:
            q.schedules[name] = text
        else:
            q.schedules.pop(name, None)
        if not text or due is None:
            q.due.remove(name)
        else:
            q.due.add(name, due)
            self._wake(q)
        self._add_all(q, entries, now)
        return True

    async def wait(self, queues: Sequence[str], seconds: float) -> str | None:
        """Wait until one of the queues has something."""
        deadline = time.monotonic() + seconds
        while True:
            for queue in queues:
                if (q := self.places(queue)).wake:
                    q.wake = False
                    return queue
            self._woken.clear()
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    await self._woken.wait()
            except TimeoutError:
                return None

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[AsyncIterator[Sequence[Notice]]]:
        """Hear of the jobs that end, or will be tried again, from here on."""
        heard = asyncio.Queue[list[Notice]]()
        self._listeners.add(heard)

        async def notices() -> AsyncIterator[Sequence[Notice]]:
            while True:
                yield await heard.get()

        try:
            yield notices()
        finally:
            self._listeners.discard(heard)

    async def counts(self, queue: str) -> Counts:
        """Count a queue's jobs."""
        q = self.places(queue)
        sizes = (len(q.wait), len(q.delayed), len(q.active), len(q.complete), len(q.failed))
        totals = {kind: q.meta.get(kind, 0) for kind in ("complete", "failed", "retry", "snooze")}
        return Counts(*sizes, "paused" in q.meta, totals)

    async def ids(self, queue: str, state: State, offset: int, limit: int) -> list[str]:
        """List ids: waiting in the order in which they run, delayed by time, ended newest first."""
        q = self.places(queue)
        match state:
            case "active":
                found = sorted(q.active, key=str.encode)
            case "waiting" | "delayed":
                found = (q.wait if state == "waiting" else q.delayed).first()
            case _:
                found = (q.complete if state == "completed" else q.failed).first()[::-1]
        return found[offset : offset + limit]

    async def read(self, queue: str, ids: Sequence[str]) -> list[Stored | None]:
        """Read jobs."""
        return [_stored(self.places(queue), id) for id in ids]

    async def workers(self, queue: str) -> dict[str, str]:
        """List what the workers tell about themselves whose lease has not run out."""
        q, now = self.places(queue), self._clock()
        dead = q.workers.up_to(now // 1000)
        return {name: info for name, info in q.info.items() if name not in dead}

    async def now(self) -> int:
        """Return the store's time in epoch ms."""
        return self._clock() // 1000

    async def due(self, queue: str, now: int) -> list[str]:
        """List the schedules that are due by a time in epoch ms, the first hundred."""
        return self.places(queue).due.up_to(now, DUE)

    async def schedules(
        self, queue: str, names: Sequence[str] | None = None
    ) -> dict[str, tuple[str, int | None]]:
        """List text and next tick in epoch ms of the queue's schedules, or of some of them."""
        q = self.places(queue)
        found = dict[str, tuple[str, int | None]]()
        for name in q.schedules if names is None else names:
            if name in q.schedules:
                due = q.due.score(name)
                found[name] = q.schedules[name], None if due is None else int(due)
        return found

    def _add_all(self, q: Places, entries: Sequence[Entry], now: int) -> list[int]:
        stored = [self._add(q, entry, now) for entry in entries]
        if any(stored):
            self._wake(q)
        return stored

    def _add(self, q: Places, entry: Entry, now: int) -> int:
        if entry.window > 0:
            open_until = q.unique.score(entry.id)
            if open_until is not None and open_until > now // 1000:
                return 0
        if entry.id in q.jobs and not self._make_room(q, entry, now):
            return 0
        q.jobs[entry.id] = entry.record
        q.came[entry.id] = next(self._numbers)
        if entry.window > 0:
            q.unique.add(entry.id, now // 1000 + entry.window)
        due = entry.due
        if due < 0:
            due = now // 1000 - due
        elif entry.id in q.just_ended:
            due = max(due, now // 1000 + 1)
        _put_later(q, entry.id, due, entry.priority, now)
        return 1

    def _make_room(self, q: Places, entry: Entry, now: int) -> bool:
        if entry.mode == "once" or entry.id in q.active:
            return False
        record = q.jobs[entry.id]
        if not _is_closed(record):
            if entry.mode != "replace":
                return False
            self._leave_group_of(record, now)
        _forget(q, [entry.id])
        return True

    def _leave_group(self, q: Places, id: str, ok: bool, now: int) -> None:
        if id not in q.groups:
            return
        left, failed = q.left[id]
        left, failed = left - 1, failed + (not ok)
        q.left[id] = (left, failed)
        if left > 0:
            return
        group = q.groups.pop(id)
        del q.left[id]
        callback = group.otherwise if failed else group.then
        if callback:
            record = re.sub(r'^\{"queued":\d+', f'{{"queued":{now // 1000}', callback.record)
            self._add(q, Entry(callback.id, record, priority=callback.priority), now)
            self._wake(q)

    def _leave_group_of(self, record: str, now: int) -> None:
        if group := _group_of(record):
            self._leave_group(self.places(group[0]), group[1], False, now)

    def _return_to_group_of(self, record: str, failed: bool) -> None:
        if group := _group_of(record):
            q, id = self.places(group[0]), group[1]
            if id in q.left:
                left, failures = q.left[id]
                q.left[id] = (left + 1, failures - failed)

    def _replay(self, q: Places, id: str, now: int) -> bool:
        failed = q.failed.remove(id)
        if not failed and not q.complete.remove(id):
            return False
        record, _, rest = q.jobs[id].rpartition("\n")
        tail, record = json.loads("{" + rest[1:]), record + "}"
        if tail.get("error") is not None:
            line = {
                "attempt": tail["attempts"],
                "at": tail["completed"],
                "error": tail["error"],
            }
            _note_error(q, id, json.dumps(line, separators=(",", ":")))
        q.jobs[id] = record
        self._return_to_group_of(record, failed)
        _put_last(q, id, _priority_of(record), now)
        return True

    def _wake(self, q: Places) -> None:
        q.wake = True
        self._woken.set()

    def _tell(self, notices: list[Notice]) -> None:
        if notices:
            for heard in self._listeners:
                heard.put_nowait(notices)


def _until(times: list[int], now: int) -> float | None:
    return max(0, min(times) - now // 1000) / 1000 if times else None


def _priority_of(record: str) -> int:
    head = _HEAD.match(record)
    return int(head[2] or 0) if head else 0


def _put_last(q: Places, id: str, priority: int, now: int) -> None:
    order = max(now, q.meta.get("last", 0) + 1)
    q.meta["last"] = order
    q.wait.add(id, order - priority * HEAD_START)


def _put_back(q: Places, id: str) -> None:
    head = _HEAD.match(q.jobs[id])
    queued = int(head[1]) if head else 0
    q.wait.add(id, queued * 1000 - _priority_of(q.jobs[id]) * HEAD_START)


def _put_later(q: Places, id: str, due: int, priority: int, now: int) -> None:
    if due > now // 1000:
        q.delayed.add(id, due)
    else:
        _put_last(q, id, priority, now)


def _is_closed(record: str) -> bool:
    return "\n" in record


def _group_of(record: str) -> list[str] | None:
    if '"group":[' not in record:
        return None
    meta: dict[str, Any] = json.loads(record).get("meta", {})
    return meta.get("group")


def _note_error(q: Places, id: str, line: str) -> None:
    q.errors[id] = _last_lines(f"{q.errors[id]}\n{line}" if id in q.errors else line, MOST_ERRORS)


def _last_lines(text: str, most: int) -> str:
    while len(text.encode()) > most and "\n" in text:
        text = text.partition("\n")[2]
    return text


def _forget(q: Places, ids: Iterable[str]) -> None:
    for id in ids:
        for table in (q.jobs, q.tries, q.errors, q.progress, q.log, q.aborting, q.came):
            table.pop(id, None)
        for place in (q.wait, q.delayed, q.complete, q.failed):
            place.remove(id)


def _close(q: Places, id: str, over: SortedSet, tail: str, now: int) -> None:
    q.jobs[id] = f"{q.jobs[id][:-1]}\n{tail}"
    over.add(id, now // 1000)
    for table in (q.tries, q.progress, q.aborting):
        table.pop(id, None)


def _tail(**ending: Any) -> str:
    return "," + json.dumps(ending, separators=(",", ":"))[1:]


def _trim(q: Places, over: SortedSet, keep: int) -> None:
    if keep >= 0 and len(over) > keep:
        _forget(q, over.first(min(len(over) - keep, MOST)))


def _count(q: Places, kind: str) -> None:
    q.meta[kind] = q.meta.get(kind, 0) + 1


def _stored(q: Places, id: str) -> Stored | None:
    if id not in q.jobs:
        return None
    attempt, excused, _ = q.tries.get(id, (0, 0, 0))
    worker = None
    if id in q.active:
        attempt, worker = q.active[id]
    order, due = q.wait.score(id), q.delayed.score(id)
    completed, failed = q.complete.score(id), q.failed.score(id)
    state: State = "waiting" if due is None else "delayed"
    if worker is not None:
        state = "active"
    elif completed is not None:
        state = "completed"
    elif failed is not None:
        state = "failed"
    ended = completed if completed is not None else failed
    return Stored(
        id,
        state,
        q.jobs[id].encode(),
        worker=worker,
        order=None if order is None else int(order),
        due=None if due is None else int(due),
        ended=None if ended is None else int(ended),
        attempt=attempt,
        excused=excused,
        aborting=q.aborting.get(id),
        progress=q.progress.get(id),
        errors=q.errors.get(id, ""),
        log=q.log.get(id, ""),
    )
