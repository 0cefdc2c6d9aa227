"""Redis for Hutch: clients by role, keys, Lua scripts and an embedded server."""

from hutch_redis.backends import Backend, usual_backend
from hutch_redis.batches import Command, batch
from hutch_redis.embedded import EmbeddedServer
from hutch_redis.errors import (
    BatchFailed,
    CleaningRefused,
    EmbeddedError,
    InvalidKey,
    InvalidScript,
    RedisRefused,
)
from hutch_redis.key_class import KeyClass, Life
from hutch_redis.keys import Keys, Tag
from hutch_redis.module import redis_module
from hutch_redis.patience import AWAY, cannot_serve
from hutch_redis.redis_check import RedisCheck
from hutch_redis.roles import Redis, open_redis
from hutch_redis.scripts import Script, load_script
from hutch_redis.settings import RedisSettings

__all__ = [
    "AWAY",
    "Backend",
    "BatchFailed",
    "CleaningRefused",
    "Command",
    "EmbeddedError",
    "EmbeddedServer",
    "InvalidKey",
    "InvalidScript",
    "KeyClass",
    "Keys",
    "Life",
    "Redis",
    "RedisCheck",
    "RedisRefused",
    "RedisSettings",
    "Script",
    "Tag",
    "batch",
    "cannot_serve",
    "load_script",
    "open_redis",
    "redis_module",
    "usual_backend",
]
