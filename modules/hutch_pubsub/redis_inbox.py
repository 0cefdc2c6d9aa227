"""The inbox on Redis: a stream and a consumer group; each step is one Lua script."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from redis.asyncio import Redis as Client
from redis.exceptions import OutOfMemoryError, ResponseError

from hutch_pubsub.inbox_spec import InboxSpec, milliseconds
from hutch_pubsub.storage import Added, Done, Entry, InboxStats, Shelf, Turn
from hutch_redis import AWAY, Redis, Script, load_script

T = TypeVar("T")
Arg = str | int

_add = load_script("hutch_pubsub", "add")
_turn = load_script("hutch_pubsub", "turn")
_tend = load_script("hutch_pubsub", "tend")
_beat = load_script("hutch_pubsub", "beat")
_replay = load_script("hutch_pubsub", "replay")


class RedisInbox:
    """Keeps inboxes in Redis streams; see ``InboxStore``.

    Args:
        client: Runs the commands: one that fails fast for producers, one that waits for consumers.
    """

    away: tuple[type[Exception], ...] = AWAY
    full: tuple[type[Exception], ...] = (OutOfMemoryError,)

    def __init__(self, redis: Redis, client: Client) -> None:
        self._redis = redis
        self._client: Any = client  # its types do not know what is awaited

    def key(self, spec: InboxSpec[Any], *more: str) -> str:
        """Return a key of an inbox; the stream's own without further parts."""
        return self._redis.key(*spec.name.split(":"), *more)

    async def patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Await a call until the server answers."""
        return await self._redis.patiently(call)

    async def open(self, spec: InboxSpec[Any]) -> None:
        """Make the stream and its group."""
        try:
            await self._client.xgroup_create(self.key(spec), spec.group, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    async def add(self, spec: InboxSpec[Any], entries: Sequence[Mapping[str, str]]) -> Added:
        """Add entries."""
        args: list[Arg] = []
        for entry in entries:
            args.append(len(entry) * 2)
            args.extend(part for pair in entry.items() for part in pair)
        ids, moved = await self._run(_add, spec, "", 0, args)
        return Added([id.decode() for id in ids], _counts(moved))

    async def turn(
        self, spec: InboxSpec[Any], consumer: str, done: Sequence[Done], want: int, lease: int
    ) -> Turn:
        """Settle and take."""
        plain = [one.id for one in done if one.kind == "ack" and not one.key]
        args: list[Arg] = [want, len(plain), *plain]
        for one in done:
            if one.kind != "ack" or one.key:
                args.extend((one.kind, one.id, one.key, one.reason, one.deliveries))
        reply = await self._run(_turn, spec, consumer, lease, args)
        entries, last, moved, gone, read = reply
        found = [Entry(id.decode(), _fields(fields)) for id, fields in read]
        return Turn(
            found or _entries(entries),
            last.decode(),
            _counts(moved),
            [id.decode() for id in gone],
        )

    async def tend(
        self, spec: InboxSpec[Any], consumer: str, cursor: str, want: int, lease: int
    ) -> Turn:
        """Take what others left behind."""
        reply = await self._run(_tend, spec, consumer, lease, [cursor, want])
        entries, following, moved, gone, length = reply
        return Turn(
            _entries(entries),
            moved=_counts(moved),
            gone=[id.decode() for id in gone],
            length=length,
            cursor=following.decode(),
        )

    async def beat(self, spec: InboxSpec[Any], consumer: str, ids: Sequence[str]) -> list[str]:
        """Renew leases."""
        return [id.decode() for id in await self._run(_beat, spec, consumer, 0, ids)]

    async def held(self, spec: InboxSpec[Any], consumer: str) -> dict[str, int]:
        """List what the group says the consumer has and was handed."""
        rows = await self._client.xpending_range(
            self.key(spec), spec.group, "-", "+", 10_000, consumer
        )
        counts = {row["message_id"].decode(): row["times_delivered"] for row in rows}
        return {id: count for id, count in counts.items() if count > 0}

    async def leave(self, spec: InboxSpec[Any], consumer: str) -> None:
        """Delete the consumer, unless entries are noted under its name."""
        key = self.key(spec)
        if not await self._client.xpending_range(key, spec.group, "-", "+", 1, consumer):
            await self._client.xgroup_delconsumer(key, spec.group, consumer)

    async def wait(self, spec: InboxSpec[Any], last: str, seconds: float) -> None:
        """Block until something is newer."""
        block = max(1, int(seconds * 1000))
        await self._client.xread({self.key(spec): last}, count=1, block=block)

    async def stats(self, spec: InboxSpec[Any]) -> InboxStats:
        """Count."""
        key = self.key(spec)
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.xlen(key).xlen(f"{key}:dead").xlen(f"{key}:review")
            pipe.xrange(key, count=1).time().xinfo_groups(key)
            found = await pipe.execute(raise_on_error=False)
        length, dead, review, oldest, (seconds, micros), groups = found
        group = _group(groups, spec.group)
        age = 0.0
        if oldest:
            age = max(0.0, seconds + micros / 1e6 - int(oldest[0][0].split(b"-")[0]) / 1000)
        pending, consumers = (group["pending"], group["consumers"]) if group else (0, 0)
        return InboxStats(length, pending, dead, review, age, consumers)

    async def page(self, spec: InboxSpec[Any], shelf: Shelf, after: str, limit: int) -> list[Entry]:
        """List entries of a shelf."""
        found = await self._client.xrange(self._shelf(spec, shelf), min=f"({after}", count=limit)
        return [
            Entry(id.decode(), {k.decode(): _text(v) for k, v in fields.items()}, 0)
            for id, fields in found
        ]

    async def replay(self, spec: InboxSpec[Any], shelf: Shelf, ids: Sequence[str]) -> list[str]:
        """Add entries anew."""
        more = (self._shelf(spec, shelf),)
        return [id.decode() for id in await self._run(_replay, spec, "", 0, ids, more)]

    async def discard(self, spec: InboxSpec[Any], shelf: Shelf, ids: Sequence[str]) -> list[str]:
        """Delete entries."""
        key = self._shelf(spec, shelf)
        async with self._client.pipeline(transaction=True) as pipe:
            for id in ids:
                pipe.xdel(key, id)
            deleted = await pipe.execute()
        return [id for id, was in zip(ids, deleted, strict=True) if was]

    def _shelf(self, spec: InboxSpec[Any], shelf: Shelf) -> str:
        return self.key(spec) if shelf == "waiting" else self.key(spec, shelf)

    async def _run(
        self,
        script: Script,
        spec: InboxSpec[Any],
        consumer: str,
        lease: int,
        args: Sequence[Arg],
        more: Sequence[str] = (),
    ) -> Any:
        key = self.key(spec)
        keys = [key, f"{key}:order", f"{key}:dead", f"{key}:review", f"{key}:seen", *more]
        shared = [spec.group, consumer, lease, *_rules(spec)]
        return await script(self._client, keys, [*shared, *args])


@lru_cache(maxsize=256)
def _rules(spec: InboxSpec[Any]) -> tuple[Arg, ...]:
    return (
        milliseconds(spec.max_age),
        spec.attempts,
        spec.order_field,
        spec.once_field,
        milliseconds(spec.once_for),
        milliseconds(spec.retry_after),
        spec.max_length or 0,
    )


def _entries(reply: Sequence[Any]) -> list[Entry]:
    return [Entry(id.decode(), _fields(fields), n) for id, n, fields in reply]


def _group(found: Any, name: str) -> dict[str, Any] | None:
    """Find a group; there are none where the stream is not there."""
    groups: list[dict[str, Any]] = [] if isinstance(found, Exception) else found
    return next((group for group in groups if group["name"].decode() == name), None)


def _fields(flat: Sequence[bytes]) -> dict[str, str]:
    try:
        texts = iter([part.decode() for part in flat])
    except UnicodeDecodeError:  # of another program
        texts = iter([_text(part) for part in flat])
    return dict(zip(texts, texts, strict=True))


def _text(part: bytes) -> str:
    return part.decode("utf-8", "replace")


def _counts(flat: Sequence[Any]) -> dict[str, int]:
    return {flat[i].decode(): int(flat[i + 1]) for i in range(0, len(flat), 2)}
