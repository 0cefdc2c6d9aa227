"""What happens when Redis is away, hangs or is full."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest
from redis.asyncio import Redis as Client
from tests.hutch_session.conftest import Clock, opened, started

from hutch import Module, bind
from hutch.testing import testing
from hutch_redis import Redis, RedisSettings
from hutch_redis.testing import temporary_server
from hutch_session import Sessions, SessionsUnavailable, session_module
from hutch_session.on_redis import RedisStore
from hutch_session.profiles import Profiles
from hutch_session.store import Store


# A call gives up after 0.2 seconds; the rest is for a busy machine.
@contextmanager
def faster_than(seconds: float) -> Iterator[None]:
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < seconds


async def test_while_the_server_is_away_nobody_is_logged_in_or_out() -> None:
    async with temporary_server() as server:
        settings = RedisSettings.model_validate({"url": server.url})
        async with opened(settings) as t:
            sessions = t.get(Sessions)
            made = await sessions.create({"a": 1}, user="u1")
            changed = replace(made, data={"a": 2})
            os.kill(server.pid, signal.SIGSTOP)
            try:
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
                    with faster_than(0.35), pytest.raises(SessionsUnavailable) as raised:
                        await call()
                    assert str(raised.value).startswith("the sessions' server did not answer (")
            finally:
                os.kill(server.pid, signal.SIGCONT)


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
