"""Events between processes, over Redis channels."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, cast

from hutch_redis import AWAY, Redis
from rabbit24.events.port import Listening


@dataclass(frozen=True, slots=True)
class RedisEvents:
    """Publishes to Redis and hears from it, again after each lost connection."""

    redis: Redis

    async def tell(self, channel: tuple[str, ...], message: str) -> None:
        """Tell everybody who listens to the channel.

        Raises:
            redis.exceptions.RedisError: Redis is away.
        """
        await cast(Any, self.redis.pubsub).publish(self.redis.key(*channel), message)

    async def listen(self, channel: tuple[str, ...]) -> AsyncGenerator[str | Listening]:
        """Hear the channel until the generator is closed."""
        while True:
            with suppress(*AWAY):
                # Closed here, or its connection would be held until the garbage is collected.
                async with aclosing(self._hear(self.redis.key(*channel))) as hearing:
                    async for heard in hearing:
                        yield heard

    async def _hear(self, channel: str) -> AsyncGenerator[str | Listening]:
        async with cast(Any, self.redis.blocking).pubsub() as subscription:
            await self.redis.patiently(lambda: subscription.subscribe(channel))
            async for message in subscription.listen():
                match message["type"]:
                    case "subscribe":
                        yield Listening()
                    case "message":
                        yield message["data"].decode()
                    case _:
                        pass
