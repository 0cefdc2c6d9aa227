"""Backends: whether the apps' modules keep what they have on Redis or in memory."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

MODULES = (
    "cache",
    "lock",
    "metrics",
    "pause",
    "pubsub",
    "queue",
    "ratelimit",
    "session",
    "tallies",
)


def all_in_memory() -> dict[str, str]:
    """Return the settings that put every module's backend into memory."""
    return {_variable(name): "memory" for name in MODULES}


def roles(env: Mapping[str, str]) -> tuple[str, ...]:
    """Say which processes an app needs: memory is shared by nobody, so there is one then."""
    known = {**os.environ, **env}
    in_memory = any(known.get(_variable(name)) == "memory" for name in MODULES)
    return ("all",) if in_memory else ("web", "worker")


def _variable(module: str) -> str:
    return f"HUTCH_{module.upper()}__BACKEND"


@dataclass(slots=True)
class Vacancy:
    """Stands where Redis would be, and counts who comes.

    Attributes:
        url: Its address.
        connections: How many came.
    """

    url: str = ""
    connections: int = 0

    def come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Count somebody, and send them away."""
        self.connections += 1
        writer.close()


@asynccontextmanager
async def vacancy() -> AsyncGenerator[Vacancy]:
    """Listen where no Redis is."""
    found = Vacancy()
    listener = await asyncio.start_server(found.come, "127.0.0.1", 0)
    async with listener:
        found.url = f"redis://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        yield found
