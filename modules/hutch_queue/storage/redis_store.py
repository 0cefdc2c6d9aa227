"""The store on Redis: each transition is one Lua script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from redis.asyncio import Redis as Client

from hutch_queue.storage.store import (
    DUE,
    Beat,
    Claim,
    Counts,
    Ended,
    Entry,
    Follower,
    Group,
    Keeping,
    Limits,
    Notice,
    State,
    Stored,
    Turn,
)
from hutch_redis import AWAY, Redis, Script, Tag, cannot_serve, load_script

T = TypeVar("T")
Arg = str | bytes | int

_SETS: dict[State, str] = {
    "waiting": "wait",
    "delayed": "delayed",
    "active": "active",
    "completed": "complete",
    "failed": "failed",
}
_TOTALS = ("complete", "failed", "retry", "snooze")

_enqueue = load_script("hutch_queue", "enqueue")
_turn = load_script("hutch_queue", "turn")
_beat = load_script("hutch_queue", "beat")
_join = load_script("hutch_queue", "join")
_move = load_script("hutch_queue", "move")
_tick = load_script("hutch_queue", "tick")


class RedisStore:
    """Holds the jobs in Redis; see ``Store``.

    Args:
        client: Runs the commands: one that fails fast for producers, one that waits for workers.
        clock: The time in microseconds, for tests; else the server's own.
    """

    away: tuple[type[Exception], ...] = AWAY

    def __init__(
        self, redis: Redis, client: Client, clock: Callable[[], int] | None = None
    ) -> None:
        self._redis = redis
        self._client: Any = client  # its types know neither pipelines nor what is awaited
        self._clock = clock
        self._bases: dict[str, str] = {}

    def base(self, queue: str) -> str:
        """Return what all keys of a queue begin with."""
        if queue not in self._bases:
            self._bases[queue] = self._redis.key("q", Tag(queue)) + ":"
        return self._bases[queue]

    def refuses(self, error: Exception) -> bool:
        """Tell whether the server is full, or takes no writes for another reason."""
        return cannot_serve(error)

    async def patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Repeat a call until Redis answers."""
        return await self._redis.patiently(call)

    async def enqueue(
        self, batches: Sequence[tuple[str, Sequence[Entry], int]], groups: Sequence[Group] = ()
    ) -> list[list[int] | int]:
        """Store jobs of several queues in one step."""
        calls = [(queue, [most, *_entry_args(entries)]) for queue, entries, most in batches]
        if len(calls) == 1 and not groups:
            return [await self._run(_enqueue, *calls[0])]
        now = self._now()
        async with self._client.pipeline(transaction=True) as pipe:
            for group in groups:
                # A plain command: where memory is full, it makes the server refuse them all.
                pipe.hset(f"{self.base(group.queue)}groups", mapping=_group_fields(group))
            for queue, args in calls:
                # The source, not its digest: were it unknown, EXEC would run the others.
                pipe.eval(_enqueue.source, 1, self.base(queue), now, *args)
            replies: list[Any] = await pipe.execute()
        return replies[len(groups) :]

    async def turn(
        self, queue: str, worker: str, ended: Sequence[Ended], free: int, keep: Keeping
    ) -> Turn | None:
        """End jobs and claim others."""
        args: list[Arg] = [worker, free, keep.completed, keep.failed]
        for end in ended:
            args += end.id, end.attempt, end.kind, end.due, end.text, len(end.followers)
            for follower in end.followers:
                args += _follower_args(follower)
        reply = await self._run(_turn, queue, args)
        if reply == b"gone":
            return None
        refused, claims, look, tick = reply
        found = [
            Claim(claims[i].decode(), int(claims[i + 1]), int(claims[i + 2]), claims[i + 3])
            for i in range(0, len(claims), 4)
        ]
        return Turn([id.decode() for id in refused], found, _seconds(look), _seconds(tick))

    async def beat(
        self, queue: str, worker: str, lease: int, info: str, keep: Keeping, deaths: int
    ) -> Beat | None:
        """Extend a worker's lease."""
        args: list[Arg] = [worker, lease, info, keep.completed_ms, keep.failed_ms, deaths]
        reply = await self._run(_beat, queue, args)
        if reply == b"gone":
            return None
        aborting, quiet = reply
        return Beat(dict(_pairs(aborting)), bool(quiet))

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
        args: list[Arg] = [worker, lease, info, limits.concurrency, limits.rate, limits.period]
        args += [len(was), *was, *(value for pair in held for value in pair)]
        return {id.decode() for id in await self._run(_join, queue, args)}

    async def move(self, queue: str, operation: str, *args: str | int) -> list[str] | int:
        """Do what ``lua/move.lua`` lists."""
        reply = await self._run(_move, queue, [operation, *args])
        return int(reply) if isinstance(reply, int) else [id.decode() for id in reply]

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
        args: list[Arg] = [name, was, "" if due is None else due, text]
        args += _entry_args(entries)
        return bool(await self._run(_tick, queue, args))

    async def wait(self, queues: Sequence[str], seconds: float) -> str | None:
        """Wait until one of the queues has something."""
        keys = {f"{self.base(queue)}wake".encode(): queue for queue in queues}
        found = await self._client.blpop(list(keys), max(seconds, 0.01))
        return keys[found[0]] if found else None

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[AsyncIterator[Sequence[Notice]]]:
        """Hear of the jobs that end, or will be tried again, from here on."""
        pattern = f"{self._redis.keys.prefix}q:*:ended"
        blocking: Any = self._redis.blocking
        async with blocking.pubsub() as pubsub:
            await pubsub.psubscribe(pattern)
            await pubsub.get_message(timeout=None)  # the server's word that it listens
            yield _notices(pubsub)

    async def counts(self, queue: str) -> Counts:
        """Count a queue's jobs."""
        base = self.base(queue)
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.zcard(f"{base}wait").zcard(f"{base}delayed").hlen(f"{base}active")
            pipe.zcard(f"{base}complete").zcard(f"{base}failed")
            pipe.hmget(f"{base}meta", ["paused", *_TOTALS])
            waiting, delayed, active, completed, failed, meta = await pipe.execute()
        paused, *totals = meta
        counted = {kind: int(total or 0) for kind, total in zip(_TOTALS, totals, strict=True)}
        return Counts(waiting, delayed, active, completed, failed, paused is not None, counted)

    async def ids(self, queue: str, state: State, offset: int, limit: int) -> list[str]:
        """List ids: waiting in the order in which they run, delayed by time, ended newest first."""
        key, last = self.base(queue) + _SETS[state], offset + limit - 1
        if state == "active":
            found = sorted(await self._client.hkeys(key))[offset : last + 1]
        else:
            newest_first = state in ("completed", "failed")
            found = await self._client.zrange(key, offset, last, desc=newest_first)
        return [id.decode() for id in found]

    async def read(self, queue: str, ids: Sequence[str]) -> list[Stored | None]:
        """Read jobs."""
        if not ids:
            return []
        base = self.base(queue)
        async with self._client.pipeline(transaction=True) as pipe:
            for name in ("jobs", "active", "tries", "aborting", "progress", "errors", "log"):
                pipe.hmget(base + name, list(ids))
            for name in ("wait", "delayed", "complete", "failed"):
                pipe.zmscore(base + name, list(ids))
            columns = await pipe.execute()
        return [_stored(id, *row) for id, row in zip(ids, zip(*columns, strict=True), strict=True)]

    async def workers(self, queue: str) -> dict[str, str]:
        """List what the workers tell about themselves whose lease has not run out."""
        base = self.base(queue)
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.hgetall(f"{base}info").zrange(f"{base}workers", 0, -1, withscores=True)
            told, leases = await pipe.execute()
        now = await self.now()
        return {name.decode(): told[name].decode() for name, until in leases if until > now}

    async def now(self) -> int:
        """Return the store's time in epoch ms."""
        if self._clock is not None:
            return self._clock() // 1000
        seconds, microseconds = await self._client.time()
        return int(seconds * 1000 + microseconds // 1000)

    async def due(self, queue: str, now: int) -> list[str]:
        """List the schedules that are due by a time in epoch ms, the first hundred."""
        key = f"{self.base(queue)}due"
        found = await self._client.zrange(key, "-inf", now, byscore=True, offset=0, num=DUE)
        return [name.decode() for name in found]

    async def schedules(
        self, queue: str, names: Sequence[str] | None = None
    ) -> dict[str, tuple[str, int | None]]:
        """List text and next tick in epoch ms of the queue's schedules, or of some of them."""
        base = self.base(queue)
        if names is None:
            names = [name.decode() for name in await self._client.hkeys(f"{base}schedules")]
        if not names:
            return {}
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.hmget(f"{base}schedules", names).zmscore(f"{base}due", names)
            texts, dues = await pipe.execute()
        return {
            name: (text.decode(), None if due is None else int(due))
            for name, text, due in zip(names, texts, dues, strict=True)
            if text is not None
        }

    async def _run(self, script: Script, queue: str, args: Iterable[Arg]) -> Any:
        return await script(self._client, [self.base(queue)], [self._now(), *args])

    def _now(self) -> Arg:
        return "" if self._clock is None else self._clock()


def _entry_args(entries: Iterable[Entry]) -> Iterator[Arg]:
    for entry in entries:
        yield entry.id
        yield entry.due
        yield entry.priority
        yield entry.mode
        yield entry.window
        yield entry.record


def _follower_args(follower: Follower) -> Iterator[Arg]:
    entry = follower.entry or Entry(follower.group, "")
    return iter((follower.base, *_entry_args([entry])))


def _group_fields(group: Group) -> dict[str, Arg]:
    fields: dict[str, Arg] = {group.id: group.count}
    for name, entry in (("then", group.then), ("otherwise", group.otherwise)):
        if entry:
            fields[f"{group.id}:{name}"] = f"{entry.id} {entry.priority} {entry.record}"
    return fields


def _pairs(flat: Sequence[bytes]) -> Iterator[tuple[str, str]]:
    for i in range(0, len(flat), 2):
        yield flat[i].decode(), flat[i + 1].decode()


def _stored(id: str, *row: Any) -> Stored | None:
    record, active, tries, aborting, progress, errors, log, order, due, completed, failed = row
    if record is None:
        return None
    attempt, excused, worker = 0, 0, None
    if tries:
        attempt, excused, _ = map(int, tries.split(b":"))
    if active:
        held, _, worker = active.decode().partition(":")
        attempt = int(held)
    return Stored(
        id,
        _state(active, due, completed, failed),
        record,
        worker=worker,
        order=None if order is None else int(order),
        due=None if due is None else int(due),
        ended=_first(completed, failed),
        attempt=attempt,
        excused=excused,
        aborting=_text(aborting),
        progress=_text(progress),
        errors=_text(errors) or "",
        log=_text(log) or "",
    )


def _state(active: Any, due: Any, completed: Any, failed: Any) -> State:
    if active:
        return "active"
    if completed is not None:
        return "completed"
    if failed is not None:
        return "failed"
    return "waiting" if due is None else "delayed"


def _seconds(milliseconds: int) -> float | None:
    return None if milliseconds < 0 else milliseconds / 1000


def _first(*times: float | None) -> int | None:
    return next((int(time) for time in times if time is not None), None)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


async def _notices(pubsub: Any) -> AsyncIterator[Sequence[Notice]]:
    async for message in pubsub.listen():
        if message["type"] == "pmessage":
            base = message["channel"].decode().removesuffix("ended")
            lines = message["data"].decode().split("\n")
            yield [Notice(base, line[:1], line[1:]) for line in lines]
