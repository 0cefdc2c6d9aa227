"""The module: the switch, and the service that announces what has run out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from hutch.binding import bind
from hutch.contributions import Command, Health, Metrics, Reading, Service
from hutch.module import Module
from hutch.settings import CoreSettings
from hutch_pause.announcer import Announcer, announcing
from hutch_pause.in_memory import MemorySwitch
from hutch_pause.on_redis import RedisSwitch
from hutch_pause.port import PauseSwitch
from hutch_pause.settings import PauseSettings
from hutch_pubsub import Events, RedisEvents, pubsub_module
from hutch_redis import Backend, Redis, redis_module, usual_backend


@cache
def pause_module() -> Module:
    """Return the module that gives its importers the ``PauseSwitch``; always the same one."""
    return Module(
        "pause",
        imports=[redis_module(), pubsub_module()],
        providers=[
            PauseSettings,
            Announcer,
            bind(PauseSwitch).choose(backend, memory=in_memory, redis=on_redis),
        ],
        exports=[PauseSwitch],
        contributions=[
            Service("pause-announcer", announcing),
            # Messages wait while it fails; the app can still serve.
            Health("pause", probe, required=False),
            Metrics(
                read_pauses,
                {
                    "hutch_pause_all": "1 while all are paused.",
                    "hutch_pause_subjects": "Subjects that are paused.",
                },
            ),
            Command("pause", "hutch_pause.cli:app", "Look at pauses, begin and end them."),
        ],
    )


def backend(settings: PauseSettings, core: CoreSettings) -> Backend:
    """Name the backend: the setting's, else memory in tests and Redis anywhere else."""
    return usual_backend(settings.backend, core)


def in_memory(settings: PauseSettings, events: Events) -> MemorySwitch:
    """Return the switch of this process."""
    return MemorySwitch(settings, events=events)


def on_redis(redis: Redis, settings: PauseSettings, events: Events) -> RedisSwitch:
    """Return the switch on Redis, whose scripts tell the pauses if the events are on its server."""
    heard = isinstance(events, RedisEvents) and redis.pubsub is redis.state
    return RedisSwitch(redis, settings, events=None if heard else events)


async def probe(switch: PauseSwitch) -> str:
    """Tell what is paused; fails when nobody knows."""
    found = await switch.overview()
    if found.all_since:
        return f"all paused since {found.all_since:%Y-%m-%dT%H:%M:%SZ}"
    return f"{found.subjects} paused"


async def read_pauses(switch: PauseSwitch) -> Iterable[Reading]:
    """Read the figures."""
    found = await switch.overview()
    return (
        Reading("hutch_pause_all", float(found.all_since is not None)),
        Reading("hutch_pause_subjects", found.subjects),
    )
