"""The module: backends, named limits, health, metrics."""

from datetime import timedelta
from typing import Any

import pytest

from hutch import App, Module, bind
from hutch.contributions import Command, Health
from hutch.discovery import Discovery
from hutch.settings import CoreSettings, Profile
from hutch.testing import testing as started
from hutch_ratelimit import (
    InvalidLimit,
    LimiterUnavailable,
    Limits,
    MemoryLimiter,
    RateLimiter,
    RateLimitSettings,
    UnknownLimit,
    fixed_window,
    per_day,
    ratelimit_module,
)
from hutch_ratelimit.in_memory import FEWEST
from hutch_ratelimit.module import backend, probe
from hutch_ratelimit.on_redis import RedisLimiter
from hutch_ratelimit.tally import Tally
from hutch_redis import Redis, RedisSettings

PLATFORMS = {"twitter": 50, "linkedin": 100, "facebook": 50, "instagram": 25}
platforms = ratelimit_module(**{name: per_day(most) for name, most in PLATFORMS.items()})


def app_with(*modules: Module) -> Module:
    return Module("app", imports=modules, exports=[RateLimiter, Limits])


@pytest.mark.req("R24-30")
@pytest.mark.parametrize(("platform", "most"), PLATFORMS.items())
async def test_the_last_post_of_a_day_passes_and_the_next_does_not(
    start: Any, platform: str, most: int
) -> None:
    async with start(app_with(platforms)) as app:
        counter = app.get(Limits)[platform].at("ratelimit", "u1", platform)
        passed = [(await app.get(RateLimiter).take(counter)).allowed for _ in range(most + 1)]
    assert passed == [True] * most + [False]


@pytest.mark.req("R24-35")
async def test_an_unknown_name_is_an_error_that_lists_the_known_ones() -> None:
    async with started(app_with(platforms)) as app:
        with pytest.raises(UnknownLimit) as raised:
            app.get(Limits)["myspace"]
    assert str(raised.value) == (
        "no limit is called 'myspace'; there are: facebook, instagram, linkedin, twitter. "
        "Declare it, e.g. ratelimit_module(myspace=per_day(50))."
    )


@pytest.mark.req("XB-08", "XB-09", "C-37")
async def test_a_setting_changes_the_number_of_a_limit(start: Any) -> None:
    async with start(app_with(platforms), limits={"twitter": 7}) as app:
        assert app.get(Limits)["twitter"] == per_day(7)
        assert app.get(Limits)["facebook"] == per_day(50)


@pytest.mark.req("C-37")
def test_numbers_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_RATELIMIT__LIMITS", '{"posting": 100}')
    assert RateLimitSettings().limits == {"posting": 100}


async def test_a_setting_for_a_limit_that_is_not_there_stops_the_start() -> None:
    settings = bind(RateLimitSettings).value(RateLimitSettings(limits={"twiter": 7}))
    with pytest.raises(UnknownLimit) as raised:
        async with started(app_with(platforms), settings, services=True):
            pass
    assert "HUTCH_RATELIMIT__LIMITS has 'twiter', which no module declares" in str(raised.value)


async def test_a_limit_may_be_declared_twice_alike_but_not_differently() -> None:
    async with started(app_with(platforms, ratelimit_module(twitter=per_day(50)))) as app:
        assert app.get(Limits).names() == sorted(PLATFORMS)
    async with started(app_with(platforms, ratelimit_module(twitter=per_day(51)))) as app:
        with pytest.raises(InvalidLimit) as raised:
            app.get(Limits)["twitter"]
    assert "'twitter' is declared as 50 a day and as 51 a day" in str(raised.value)


def test_the_backend_is_the_settings_else_memory_in_tests() -> None:
    def chosen(named: Any, profile: Profile) -> str:
        core = CoreSettings(profile=profile)
        return backend(RateLimitSettings(backend=named), core)

    assert chosen(None, Profile.TEST) == "memory"
    assert chosen(None, Profile.PRODUCTION) == "redis"
    assert chosen("memory", Profile.PRODUCTION) == "memory"
    assert chosen("redis", Profile.TEST) == "redis"


async def test_in_memory_no_redis_is_opened() -> None:
    async with started(app_with(ratelimit_module()), services=True) as app:
        assert isinstance(app.get(RateLimiter), MemoryLimiter)
        names = [health.name for health, _ in app.get(Discovery).callables(Health)]
        assert "ratelimit" in names
        assert "redis" not in names


async def test_the_modules_share_one_limiter(start: Any) -> None:
    other = Module("other", imports=[ratelimit_module(x=per_day(1))], exports=[RateLimiter])
    async with start(app_with(platforms, ratelimit_module(), other)) as app:
        assert app.get(RateLimiter) is app.app.get(RateLimiter, other)


async def test_metrics_count_decisions(start: Any) -> None:
    async with start(app_with(ratelimit_module())) as app:
        counter = fixed_window(1, timedelta(minutes=1)).at("a")
        for _ in range(3):
            await app.get(RateLimiter).take(counter)
        found = {
            dict(reading.labels)["outcome"]: reading.value
            for reading, meaning in await app.get(Discovery).metrics()
            if reading.name == "hutch_ratelimit_decisions_total" and meaning
        }
    assert found == {"allowed": 1, "refused": 2, "away": 0}


async def test_the_probe_fails_when_nothing_can_be_counted(
    redis: Redis, unused_tcp_port: int
) -> None:
    assert await probe(RedisLimiter(redis, Tally())) == "counting"
    away = RedisSettings.model_validate({"url": f"redis://127.0.0.1:{unused_tcp_port}"})
    settings = RateLimitSettings(backend="redis", when_away="open")
    overrides = bind(RedisSettings).value(away), bind(RateLimitSettings).value(settings)
    async with started(app_with(ratelimit_module()), *overrides) as app:
        with pytest.raises(LimiterUnavailable, match="Redis did not answer"):
            await probe(app.get(RateLimiter))


@pytest.mark.parametrize("token", [None, "job"])
async def test_counters_in_memory_that_are_over_are_forgotten(token: str | None) -> None:
    now = [10**15]
    limiter = MemoryLimiter(clock=lambda: now[0])
    limit = fixed_window(1, timedelta(seconds=1))
    for number in range(5000):
        await limiter.take(limit.at("user", number), token=token)
        now[0] += 10_000
    held = len(limiter._cells) + len(limiter._tokens)  # pyright: ignore[reportPrivateUsage]
    assert held < 1500


@pytest.mark.parametrize("before", range(FEWEST - 3, FEWEST + 1))
async def test_forgetting_what_is_over_loses_no_unit_of_the_call_that_does_it(
    before: int,
) -> None:
    limiter = MemoryLimiter(clock=lambda: 10**15)
    limit = fixed_window(1, timedelta(hours=1))
    for number in range(before):
        await limiter.take(limit.at("user", number))
    counters = [limit.at("new", number) for number in range(3)]
    assert await limiter.take(*counters)
    assert [(await limiter.peek(counter)).allowed for counter in counters] == [False] * 3


def test_an_app_of_it_has_the_command() -> None:
    found = App(app_with(platforms)).contributed(Command)
    assert "limits" in {command.name for command in found}
