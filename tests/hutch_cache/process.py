"""A process of an app: asks the cache for each id on its standard input, many times at once."""

import asyncio
import sys
from contextlib import asynccontextmanager

import structlog

from hutch_cache import RedisStore
from hutch_cache.contract.lab import ITEM, Item, lab
from hutch_redis import RedisSettings, open_redis


async def main(url: str, prefix: str, times: int) -> None:
    settings = RedisSettings.model_validate({"url": url, "prefix": prefix, "timeout": 10})
    async with asynccontextmanager(open_redis)(settings) as redis, lab(RedisStore(redis)) as here:

        async def load(id: str) -> Item:
            if id == "hang":
                print("loading", flush=True)
                await asyncio.Event().wait()
            await redis.state.incr(redis.key("loads", id))
            await asyncio.sleep(0.02)  # the work that others wait for
            return Item(id=1, name=id)

        print("ready", flush=True)
        while id := (await asyncio.to_thread(sys.stdin.readline)).strip():
            asked = [here.cache.get_or_load(ITEM.key(id), lambda: load(id)) for _ in range(times)]
            names = [item.name for item in await asyncio.gather(*asked)]
            print(len(names), *set(names), flush=True)


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
