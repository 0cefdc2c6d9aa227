"""The module: Redis for everybody who imports it."""

from functools import cache

from hutch import Module, bind
from hutch.contributions import Health
from hutch_redis.roles import Redis, open_redis, probe
from hutch_redis.settings import RedisSettings


@cache
def redis_module() -> Module:
    """Return the module that provides ``Redis``; each call returns the same module."""
    return Module(
        "redis",
        providers=[RedisSettings, bind(Redis).open(open_redis)],
        exports=[Redis],
        contributions=[Health("redis", probe)],
    )
