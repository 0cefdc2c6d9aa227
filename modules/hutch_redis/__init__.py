"""Redis for Hutch: clients by role, keys, Lua scripts and an embedded server."""

from hutch_redis.embedded import EmbeddedServer
from hutch_redis.errors import EmbeddedError, InvalidKey, InvalidScript, RedisRefused
from hutch_redis.keys import Keys, Tag
from hutch_redis.module import redis_module
from hutch_redis.patience import AWAY
from hutch_redis.roles import Redis, open_redis
from hutch_redis.scripts import Script, load_script
from hutch_redis.settings import RedisSettings

__all__ = [
    "AWAY",
    "EmbeddedError",
    "EmbeddedServer",
    "InvalidKey",
    "InvalidScript",
    "Keys",
    "Redis",
    "RedisRefused",
    "RedisSettings",
    "Script",
    "Tag",
    "load_script",
    "open_redis",
    "redis_module",
]
