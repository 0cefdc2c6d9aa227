"""A process that holds a lock: ``python holder.py URL PREFIX hold|race NAME COUNT``."""

import asyncio
import sys
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from hutch_lock.leftovers import Leftovers
from hutch_lock.locks import ClaimedLocks
from hutch_lock.on_redis import RedisClaims
from hutch_lock.tally import Tally
from hutch_redis import RedisSettings, open_redis

MINUTE = timedelta(minutes=1)


async def hold(locks: ClaimedLocks, name: str) -> None:
    async with locks.hold(name, ttl=timedelta(seconds=0.5)):
        print("held", flush=True)
        await asyncio.Event().wait()


async def race(locks: ClaimedLocks, name: str, count: int) -> None:
    for _ in range(count):
        async with locks.hold(name, ttl=timedelta(seconds=10), wait=MINUTE) as held:
            print("in", held.fence, flush=True)
            await asyncio.sleep(0)
            print("out", held.fence, flush=True)


async def main(url: str, prefix: str, what: str, name: str, count: str) -> None:
    values = {"url": url, "prefix": prefix, "timeout": 10}
    settings = RedisSettings.model_validate(values)
    async with asynccontextmanager(open_redis)(settings) as redis:
        claims = RedisClaims(redis)
        locks = ClaimedLocks(claims, Leftovers(claims), Tally())
        await (hold(locks, name) if what == "hold" else race(locks, name, int(count)))


# What it prints is read by the test.
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
asyncio.run(main(*sys.argv[1:]))
