"""Events within one process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator

from rabbit24.events.port import Listening


class MemoryEvents:
    """Hands messages to the listeners of this process."""

    def __init__(self) -> None:
        """Begin with no listeners."""
        self._listeners: defaultdict[tuple[str, ...], set[asyncio.Queue[str]]] = defaultdict(set)

    async def tell(self, channel: tuple[str, ...], message: str) -> None:
        """Tell everybody who listens to the channel."""
        for listener in self._listeners.get(channel, ()):
            listener.put_nowait(message)

    async def listen(self, channel: tuple[str, ...]) -> AsyncGenerator[str | Listening]:
        """Hear the channel until the generator is closed."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._listeners[channel].add(queue)
        try:
            yield Listening()
            while True:
                yield await queue.get()
        finally:
            self._listeners[channel].discard(queue)
            if not self._listeners[channel]:
                del self._listeners[channel]
