"""The module: Redis for everybody who imports it."""

from functools import cache

from hutch import Module, bind
from hutch.contributions import Command, Declare, Health, Metrics
from hutch_redis.faults import HELP
from hutch_redis.key_class import KeyClass
from hutch_redis.roles import Redis, open_redis, probe, read_faults
from hutch_redis.settings import RedisSettings


@cache
def redis_module() -> Module:
    """Return the module that provides ``Redis``; each call returns the same module."""
    return Module(
        "redis",
        providers=[RedisSettings, bind(Redis).open(open_redis)],
        exports=[Redis],
        contributions=[
            Health("redis", probe),
            Metrics(read_faults, HELP),
            Declare(KeyClass("health", "short")),
            Declare(KeyClass("health:*", "short")),
            Command("redis", "hutch_redis.cli:app", "Test Redis; list, clean and audit keys."),
        ],
    )
