"""Redis away, stuck or full: nothing is allowed, and that is said soon."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from redis.exceptions import NoPermissionError
from tests.deadlines import fails_within, within
from tests.stuck_redis import WAYS, stuck_redis

from hutch_pause import PauseSettings, PauseUnavailable
from hutch_pause.module import probe
from hutch_pause.on_redis import RedisSwitch
from hutch_ratelimit import fixed_window
from hutch_redis import EmbeddedServer, Redis, RedisSettings, open_redis
from hutch_redis.testing import temporary_server

TEN = fixed_window(10, timedelta(minutes=1))


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmbeddedServer]:
    async with temporary_server() as server:
        yield server


@pytest.fixture
async def there(server: EmbeddedServer, redis_prefix: str) -> AsyncIterator[Redis]:
    settings = RedisSettings.model_validate({"url": server.url, "prefix": redis_prefix})
    async with asynccontextmanager(open_redis)(settings) as opened:
        yield opened


@pytest.fixture(params=WAYS)
async def stuck(
    server: EmbeddedServer, redis_prefix: str, request: pytest.FixtureRequest
) -> AsyncIterator[Redis]:
    """A server that takes connections and answers nothing, or too late."""
    async with stuck_redis(server, request.param) as found:
        settings = RedisSettings.model_validate({"url": found.url, "prefix": redis_prefix})
        async with asynccontextmanager(open_redis)(settings) as opened:
            with found.stuck():
                yield opened


@pytest.mark.req("SM-13", "C-54")
async def test_what_nobody_knows_is_not_allowed(stuck: Redis) -> None:
    switch = RedisSwitch(stuck, PauseSettings())
    state = await within(0.25, partial(switch.state, "c1"))
    assert (state.kind, state.allowed) == ("unknown", False)
    gate = await within(0.25, partial(switch.gate, "c1", TEN))
    assert (gate.state.kind, gate.allowed, gate.tripped) == ("unknown", False, False)
    assert not await switch.still_allowed("c1")


async def test_a_change_that_may_not_have_happened_is_an_error(stuck: Redis) -> None:
    switch = RedisSwitch(stuck, PauseSettings())
    for act in (
        partial(switch.pause, "c1"),
        partial(switch.resume, "c1"),
        switch.pause_all,
        switch.resume_all,
        switch.list,
        switch.overview,
        switch.announce,
        partial(probe, switch),
    ):
        error = await fails_within(0.25, PauseUnavailable, act)
        assert "what was asked may not have happened" in str(error)


async def test_a_full_server_lets_nothing_pass(there: Redis) -> None:
    client: Any = there.state
    switch = RedisSwitch(there, PauseSettings())
    await client.config_set("maxmemory", "1")
    try:
        assert (await switch.gate("c1", TEN)).state.kind == "unknown"
        with pytest.raises(PauseUnavailable, match="OutOfMemoryError"):
            await switch.pause("c1")
    finally:
        await client.config_set("maxmemory", "0")
    assert (await switch.gate("c1", TEN)).remaining == 9


@pytest.mark.req("C-54")
async def test_a_server_that_refuses_writes_lets_nothing_pass(there: Redis) -> None:
    client: Any = there.state
    switch = RedisSwitch(there, PauseSettings())
    await client.config_set("min-replicas-to-write", "1")
    try:
        assert (await switch.gate("c2", TEN)).state.kind == "unknown"
        for act in (switch.pause("c2"), switch.resume("c2"), switch.pause_all()):
            with pytest.raises(PauseUnavailable, match="NOREPLICAS"):
                await act
        # What is only read is still known.
        assert (await switch.state("c2")).kind == "running"
    finally:
        await client.config_set("min-replicas-to-write", "0")
    assert (await switch.gate("c2", TEN)).remaining == 9


async def test_an_error_of_another_kind_is_not_taken_for_redis_away(there: Redis) -> None:
    client: Any = there.state
    switch = RedisSwitch(there, PauseSettings())
    await client.execute_command("ACL", "SETUSER", "default", "-evalsha", "-eval")
    try:
        for act in (switch.state("c1"), switch.gate("c1", TEN), switch.pause("c1"), switch.list()):
            with pytest.raises(NoPermissionError):
                await act
    finally:
        await client.execute_command("ACL", "SETUSER", "default", "+@all")
