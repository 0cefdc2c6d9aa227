"""What happens when Redis is away, hangs or is full."""

from dataclasses import replace
from functools import partial

import pytest
from redis.asyncio import Redis as Client
from tests.deadlines import fails_within
from tests.hutch_session.conftest import Clock, opened, started
from tests.stuck_redis import WAYS, stuck_redis

from hutch import Module, bind
from hutch.testing import testing
from hutch_redis import Redis, RedisSettings
from hutch_redis.testing import temporary_server
from hutch_session import Sessions, SessionsUnavailable, session_module
from hutch_session.on_redis import RedisStore
from hutch_session.profiles import Profiles
from hutch_session.store import Store


@pytest.mark.parametrize("way", WAYS)
async def test_while_the_server_is_away_nobody_is_logged_in_or_out(way: str) -> None:
    async with temporary_server() as server, stuck_redis(server, way) as found:
        settings = RedisSettings.model_validate({"url": found.url})
        async with opened(settings) as t:
            sessions = t.get(Sessions)
            made = await sessions.create({"a": 1}, user="u1")
            changed = replace(made, data={"a": 2})
            with found.stuck():
                for call in (
                    partial(sessions.create),
                    partial(sessions.load, made.id),
                    partial(sessions.save, changed),
                    partial(sessions.rotate, made),
                    partial(sessions.end, made),
                    partial(sessions.of, "u1"),
                    partial(sessions.end_one, "u1", made.handle),
                    partial(sessions.end_all, "u1"),
                ):
                    error = await fails_within(0.25, SessionsUnavailable, call)
                    assert str(error).startswith("the sessions' server did not answer (")


async def test_a_full_server_is_read_and_not_written() -> None:
    async with temporary_server() as server:
        settings = RedisSettings.model_validate({"url": server.url})
        clock = Clock()

        def store(redis: Redis, profiles: Profiles) -> Store:
            return RedisStore(redis, profiles, clock)

        async with started(
            clock, bind(Store).to(store), bind(RedisSettings).value(settings)
        )() as lab:
            made = await lab.begin(a=1)
            changed = replace(made, data={"a": 2})
            async with Client.from_url(server.url) as client:
                await client.config_set("maxmemory", "1")
            lab.forward(61)
            assert (await lab.find(made)).data == {"a": 1}
            for waiting in (lab.begin(), lab.sessions.save(changed), lab.sessions.rotate(made)):
                with pytest.raises(SessionsUnavailable, match="OutOfMemoryError"):
                    await waiting
            assert (await lab.find(made)).data == {"a": 1}
            await lab.sessions.end(made)
            assert await lab.is_gone(made)


async def test_with_the_memory_backend_no_redis_is_opened() -> None:
    settings = RedisSettings.model_validate({"url": "redis://127.0.0.1:1"})
    root = Module("lab", imports=[session_module()], exports=[Sessions])
    async with testing(root, bind(RedisSettings).value(settings)) as t:
        made = await t.get(Sessions).create(user="u1")
        assert await t.get(Sessions).load(made.id)
        assert (await t.client.get("/health/ready")).status_code == 200
