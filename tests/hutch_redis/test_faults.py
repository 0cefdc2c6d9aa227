"""Commands that failed are counted by the kind of their key."""

import os
import signal
from pathlib import Path

import pytest
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from hutch import Module, bind
from hutch.discovery import Discovery
from hutch.testing import Testing, testing
from hutch_redis import EmbeddedServer, Redis, RedisSettings, Script, redis_module

site = Module("site", imports=[redis_module()], exports=[Redis])
look = Script("look", "return redis.call('GET', KEYS[1])")


async def figures(t: Testing) -> dict[tuple[str, str], float]:
    found = await t.app.get(Discovery).metrics()
    assert all(text for _, text in found)
    return {(r.labels[0][1], r.labels[1][1]): r.value for r, _ in found}


@pytest.mark.req("XB-38")
async def test_failures_are_counted_by_the_first_part_of_the_key(
    tmp_path: Path, redis_prefix: str
) -> None:
    async with EmbeddedServer(tmp_path) as server:
        values = {"url": server.url, "prefix": redis_prefix}
        settings = RedisSettings.model_validate(values)
        async with testing(site, bind(RedisSettings).value(settings)) as t:
            redis = t.get(Redis)
            # the server does not know it at first, which is no failure
            await look(redis.state, [redis.key("lock", "a")])
            assert await figures(t) == {}
            await redis.state.set(redis.key("cache", "tweet", 7), "x")
            for _ in range(2):
                with pytest.raises(ResponseError):
                    await redis.state.incr(redis.key("cache", "tweet", 7))
            with pytest.raises(ResponseError):
                await redis.state.execute_command("NONSENSE")
            os.kill(server.pid, signal.SIGSTOP)
            try:
                with pytest.raises(RedisTimeoutError):
                    await redis.state.get(redis.key("session", "a"))
                with pytest.raises((RedisError, OSError)):
                    await look(redis.state, [redis.key("lock", "a")])
            finally:
                os.kill(server.pid, signal.SIGCONT)
            found = await figures(t)
            assert found["cache", "ResponseError"] == 2
            assert found["none", "ResponseError"] == 1
            assert found["session", "TimeoutError"] == 1
            assert sum(found[key] for key in found if key[0] == "lock") == 1
