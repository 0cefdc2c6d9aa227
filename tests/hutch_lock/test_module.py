"""The module as an app sees it."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest

import hutch_lock
from hutch import Module, bind
from hutch.discovery import Discovery
from hutch.errors import NotStarted
from hutch.testing import testing
from hutch_lock import Contents, IdempotencyKey, Locks, LockSettings, LockTaken, Once, lock_module
from hutch_lock.claims import Claims
from hutch_lock.in_memory import MemoryClaims
from hutch_lock.on_redis import RedisClaims
from hutch_redis import Redis, RedisSettings, redis_module

MINUTE = timedelta(minutes=1)


@dataclass
class Bot:
    locks: Locks
    once: Once
    contents: Contents


bot = Module("bot", imports=[lock_module()], providers=[Bot], exports=[Bot, Locks])


def test_is_the_same_module_each_time() -> None:
    assert lock_module() is lock_module()
    assert lock_module().exports == (Locks, Once, Contents, IdempotencyKey)


def test_public_names() -> None:
    assert sorted(hutch_lock.__all__) == [
        "Claims", "Contents", "DuplicateContent", "Held", "IdempotencyKey", "InProgress",
        "InvalidLock", "LockError", "LockLost", "LockSettings", "LockTaken", "LockUnavailable",
        "Locks", "Name", "Once", "OtherFingerprint", "Outcome", "ResultNotKept", "Taken",
        "content_hash", "lock_module",
    ]  # fmt: skip


async def test_in_tests_it_is_in_memory_and_opens_no_redis() -> None:
    async with testing(bot) as t:
        with pytest.raises(NotStarted):
            t.app.get(Redis, redis_module())
        assert isinstance(t.app.get(Claims, lock_module()), MemoryClaims)
        assert await t.get(Bot).once.run("a", _seven, keep=MINUTE) == 7
        assert (await t.client.get("/health/ready")).status_code == 200


async def _seven() -> int:
    return 7


async def test_the_setting_chooses_redis(redis_url: str, redis_prefix: str) -> None:
    redis = RedisSettings.model_validate({"url": redis_url, "prefix": redis_prefix})
    overrides = (
        bind(RedisSettings).value(redis),
        bind(LockSettings).value(LockSettings(backend="redis")),
    )
    async with testing(bot, *overrides) as t:
        assert isinstance(t.app.get(Claims, lock_module()), RedisClaims)
        assert (await t.client.get("/health/ready")).status_code == 200
        async with t.get(Locks).hold("a", ttl=MINUTE):
            pass


async def test_without_redis_it_is_not_ready(unused_tcp_port: int) -> None:
    redis = RedisSettings.model_validate({"url": f"redis://127.0.0.1:{unused_tcp_port}"})
    overrides = (
        bind(RedisSettings).value(redis),
        bind(LockSettings).value(LockSettings(backend="redis")),
    )
    async with testing(bot, *overrides) as t:
        assert (await t.client.get("/health/ready")).status_code == 503


async def test_what_came_of_it_is_counted() -> None:
    async with testing(bot) as t:
        locks, once = t.get(Bot).locks, t.get(Bot).once
        async with locks.hold("a", ttl=MINUTE):
            with pytest.raises(LockTaken):
                await asyncio.wait_for(_enter(locks), 5)
        for _ in range(3):
            await once.run("a", _seven, keep=MINUTE)
        readings = await t.app.get(Discovery).metrics()
        found = {(r.name, r.labels[0][1]): r.value for r, _ in readings if r.value}
        assert found == {
            ("hutch_lock_total", "held"): 1,
            ("hutch_lock_total", "taken"): 1,
            ("hutch_once_total", "done"): 1,
            ("hutch_once_total", "repeated"): 2,
        }
        assert all(text for _, text in readings)


async def _enter(locks: Locks) -> None:
    async with locks.hold("a", ttl=MINUTE):
        raise AssertionError
