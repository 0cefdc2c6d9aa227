"""Events that vanish: told to whoever listens now; the truth is in the database."""

from rabbit24.events.in_memory import MemoryEvents
from rabbit24.events.on_redis import RedisEvents
from rabbit24.events.port import Events, Listening

__all__ = ["Events", "Listening", "MemoryEvents", "RedisEvents"]
