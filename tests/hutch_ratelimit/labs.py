"""Both backends under a clock that stands."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hutch_ratelimit import MemoryLimiter, RateLimiter
from hutch_ratelimit.on_redis import RedisLimiter
from hutch_ratelimit.tally import Tally
from hutch_redis import Redis

START = datetime(2026, 3, 1, 12, 0, 7, 500_000, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MemoryLab:
    """The counters of this process; see ``hutch_ratelimit.lab.Lab``."""

    limiter: RateLimiter

    def __init__(self) -> None:
        self._now = START
        self.limiter = MemoryLimiter(clock=self.clock)

    def clock(self) -> int:
        return (self._now - EPOCH) // timedelta(microseconds=1)

    def now(self) -> datetime:
        return self._now

    async def move(self, time: timedelta) -> None:
        self._now += time

    async def move_to(self, moment: datetime) -> None:
        await self.move(moment - self._now)


class RedisLab(MemoryLab):
    """Counters on a real server: time goes by for its keys' lives, too."""

    def __init__(self, redis: Redis) -> None:
        super().__init__()
        self.redis = redis
        self.limiter = RedisLimiter(redis, Tally(), clock=self.clock)

    async def move(self, time: timedelta) -> None:
        await super().move(time)
        client: Any = self.redis.state
        async for key in client.scan_iter(match=self.redis.keys.prefix + "*", count=1000):
            left = await client.pttl(key)
            # What the test itself took is not to count; ends are at full or half seconds.
            left = 500 * round(left / 500) if left >= 1000 else left
            left -= time // timedelta(milliseconds=1)
            await (client.pexpire(key, left) if left > 0 else client.delete(key))
