"""Stats on Redis: a hash for each day and hour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis.exceptions import RedisError

from hutch_metrics.errors import MetricsUnavailable
from hutch_metrics.stats import KEEP, Batch, Key
from hutch_redis import Redis, load_script

_add = load_script("hutch_metrics", "add")
_WRITER_SECONDS = 48 * 3600


class RedisStats:
    """Keeps counts in Redis, on the server of the state; see ``Stats``."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._client: Any = redis.state  # its types do not know what is awaited

    async def add(self, batch: Batch) -> int:
        """Add a batch in one step; the server knows the last one of each writer."""
        keys = [self._redis.key("stats", "writer", batch.writer)]
        args: list[str | int] = [batch.number, _WRITER_SECONDS]
        for period, counts in batch.counts.items():
            keys.append(self._redis.key("stats", *period))
            args += int(KEEP[period[0]].total_seconds()), len(counts)
            for name, by in counts.items():
                args += name, by
        try:
            return int(await _add(self._redis.state, keys, args))
        except (RedisError, OSError) as error:
            raise _unavailable("written", error) from error

    async def read(self, keys: Sequence[Key]) -> list[dict[str, int]]:
        """Return the counts of each period, in one round trip."""
        try:
            async with self._client.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.hgetall(self._redis.key("stats", *key))
                found = await pipe.execute()
        except (RedisError, OSError) as error:
            raise _unavailable("read", error) from error
        return [{name.decode(): int(count) for name, count in one.items()} for one in found]


def _unavailable(done: str, error: Exception) -> MetricsUnavailable:
    return MetricsUnavailable(
        f"counts cannot be {done}: Redis did not do it ({type(error).__name__}); is it away or "
        "full?"
    )
