"""Tallies, on both backends: a step counts once, whoever takes it and however often."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from hutch import Module
from hutch.discovery import Discovery
from hutch.testing import testing
from hutch_redis import InvalidKey, KeyClass, Redis, RedisSettings, open_redis
from kit.tallies import Step, Tallies, TalliesUnavailable, tallies_module
from kit.tallies.in_memory import MemoryTallies
from kit.tallies.on_redis import RedisTallies

WON, LOST, MARK = ("bandit", "tea", "alpha"), ("bandit", "tea", "beta"), ("learn", "last")


@pytest.fixture(params=["memory", "redis"])
def tallies(request: pytest.FixtureRequest) -> Tallies:
    if request.param == "memory":
        return MemoryTallies()
    return RedisTallies(request.getfixturevalue("redis"))


def step(after: str, to: str, won: int = 1, lost: int = 0) -> Step:
    return Step(MARK, after, to, {WON: won, LOST: lost})


async def test_nothing_is_counted_at_first(tallies: Tallies) -> None:
    assert await tallies.read([WON, LOST]) == [0, 0]
    assert await tallies.read([]) == []
    assert await tallies.mark(MARK) == ""


@pytest.mark.req("XB-44")
async def test_a_step_counts_once(tallies: Tallies) -> None:
    assert await tallies.advance(step("", "a", won=2, lost=1))
    assert not await tallies.advance(step("", "a", won=2, lost=1))
    assert await tallies.advance(step("a", "b", won=3))
    assert not await tallies.advance(step("a", "c", won=9))
    assert await tallies.read([WON, LOST]) == [5, 1]
    assert await tallies.mark(MARK) == "b"


@pytest.mark.req("XB-44")
async def test_of_many_who_take_a_step_at_once_one_does(tallies: Tallies) -> None:
    taken = await asyncio.gather(*(tallies.advance(step("", f"{n}")) for n in range(20)))
    assert sum(taken) == 1
    assert await tallies.read([WON]) == [1]


@pytest.mark.parametrize("name", [("bandit", "x" * 600), ("bandit", ""), ()])
async def test_a_name_that_no_key_can_be_made_of_is_refused(
    tallies: Tallies, name: tuple[str, ...]
) -> None:
    for call in (
        tallies.read([WON, name]),
        tallies.mark(name),
        tallies.advance(Step(name, "", "a", {WON: 1})),
        tallies.advance(Step(MARK, "", "a", {WON: 1, name: 1})),
    ):
        with pytest.raises(InvalidKey):
            await call
    assert await tallies.read([WON]) == [0]
    assert await tallies.mark(MARK) == ""


async def test_a_server_that_is_away_is_told() -> None:
    settings = RedisSettings.model_validate({"url": "redis://127.0.0.1:1", "prefix": "app:"})
    async with asynccontextmanager(open_redis)(settings) as redis:
        tallies = RedisTallies(redis)
        for call in (tallies.read([WON]), tallies.mark(MARK), tallies.advance(step("", "a"))):
            with pytest.raises(TalliesUnavailable, match=r"not answer \(ConnectionError\)"):
                await call


async def test_a_key_for_each_counter_and_none_ends(redis: Redis) -> None:
    await RedisTallies(redis).advance(step("", "a"))
    for name in (WON, LOST, MARK):
        assert await redis.state.ttl(redis.key(*name)) == -1


async def test_modules_with_other_patterns_share_the_counters() -> None:
    one, other = (Module(p, imports=[tallies_module(f"{p}:*")]) for p in ("bandit", "learn"))
    whole = Module("whole", imports=[one, other, tallies_module("bandit:*")])
    async with testing(whole) as t:
        assert t.app.get(Tallies, one) is t.app.get(Tallies, other) is t.get(Tallies)
        declared = t.app.get(Discovery).declared(KeyClass)
        ours = {found.pattern: found.life for found in declared if found.pattern != "fence"}
        assert ours.items() >= {"bandit:*": "none", "learn:*": "none"}.items()
        readings = await t.client.get("/health/ready")
        assert readings.status_code == 200
