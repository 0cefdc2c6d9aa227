"""The module: backends, health, metrics."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from hutch import Module, bind
from hutch.contributions import Health
from hutch.discovery import Discovery
from hutch.settings import CoreSettings, Profile
from hutch.testing import testing as started
from hutch_pause import (
    InvalidPause,
    MemorySwitch,
    PauseEvent,
    PauseSettings,
    PauseSwitch,
    pause_module,
)
from hutch_pause.module import backend, probe
from hutch_pause.state import Gate, PauseState
from hutch_pubsub import (
    Channel,
    Events,
    EventsUnavailable,
    Message,
    PubsubSettings,
    pubsub_module,
)
from hutch_pubsub.in_memory import MemoryEvents
from hutch_redis import EmbeddedServer, RedisSettings
from hutch_redis.testing import temporary_server

app_of = Module("app", imports=[pause_module()], exports=[PauseSwitch])


def test_the_backend_is_the_settings_else_memory_in_tests() -> None:
    def chosen(named: Any, profile: Profile) -> str:
        return backend(PauseSettings(backend=named), CoreSettings(profile=profile))

    assert chosen(None, Profile.TEST) == "memory"
    assert chosen(None, Profile.PRODUCTION) == "redis"
    assert chosen("memory", Profile.PRODUCTION) == "memory"
    assert chosen("redis", Profile.TEST) == "redis"


async def test_in_memory_no_redis_is_opened() -> None:
    async with started(app_of, services=True) as app:
        assert isinstance(app.get(PauseSwitch), MemorySwitch)
        names = [health.name for health, _ in app.get(Discovery).callables(Health)]
        assert "pause" in names
        assert "redis" not in names


async def test_health_and_metrics_tell_what_is_paused(start: Any) -> None:
    async with start(app_of) as app:
        switch = app.get(PauseSwitch)
        await switch.pause("c1", duration=timedelta(minutes=1))
        assert await probe(switch) == "1 paused"
        await switch.pause_all()
        assert (await probe(switch)).startswith("all paused since 20")
        figures = {
            reading.name: reading.value
            for reading, meaning in await app.get(Discovery).metrics()
            if meaning and reading.name.startswith("hutch_pause")
        }
    assert figures == {"hutch_pause_all": 1, "hutch_pause_subjects": 1}


async def test_a_template_that_cannot_work_stops_the_start() -> None:
    settings = bind(PauseSettings).value(PauseSettings(subject_key="PAUSE"))
    with pytest.raises(InvalidPause, match="one of its parts must be"):
        async with started(app_of, settings):
            pass


def test_an_answer_cannot_be_taken_for_yes_by_mistake() -> None:
    for answer in (PauseState("running"), Gate(PauseState("running"))):
        with pytest.raises(TypeError, match=r"ask \.allowed"):
            bool(answer)


class Deaf(MemoryEvents):
    async def publish(self, topic: Any, value: Any, /) -> None:
        raise EventsUnavailable("nobody hears")


async def test_a_pause_in_memory_holds_also_where_nobody_can_be_told() -> None:
    switch = MemorySwitch(PauseSettings(), events=Deaf())
    await switch.pause_all()
    assert not await switch.still_allowed("c1")


PAUSES = Channel("events:pause", PauseEvent).of()


async def test_events_on_another_server_hear_pauses(
    valkey: EmbeddedServer, redis_prefix: str
) -> None:
    async with temporary_server() as other:
        values = {"url": valkey.url, "pubsub": other.url, "prefix": redis_prefix, "timeout": 10}
        await _hears(RedisSettings.model_validate(values), pubsub="redis")


async def test_events_in_memory_hear_pauses_on_redis(redis_url: str, redis_prefix: str) -> None:
    values = {"url": redis_url, "prefix": redis_prefix, "timeout": 10}
    await _hears(RedisSettings.model_validate(values), pubsub="memory")


async def _hears(redis: RedisSettings, *, pubsub: Any) -> None:
    parts = Module("parts", imports=[app_of, pubsub_module()], exports=[PauseSwitch, Events])
    bound = (
        bind(RedisSettings).value(redis),
        bind(PauseSettings).value(PauseSettings(backend="redis")),
        bind(PubsubSettings).value(PubsubSettings(backend=pubsub)),
    )
    async with started(parts, *bound) as app:
        async with app.get(Events).subscribe(PAUSES) as stream:
            await app.get(PauseSwitch).pause("c1", reason="complaint")
            async with asyncio.timeout(10):
                heard = await anext(aiter(stream))
        assert isinstance(heard, Message)
        assert (heard.value.subject, heard.value.reason) == ("c1", "complaint")
