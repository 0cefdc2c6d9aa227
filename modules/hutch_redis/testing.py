"""Helpers for tests against a real server; they need no test framework."""

import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from redis.asyncio import Redis as Client

from hutch_redis.embedded import EmbeddedServer


@asynccontextmanager
async def temporary_server() -> AsyncIterator[EmbeddedServer]:
    """Run an embedded server whose data is thrown away."""
    with tempfile.TemporaryDirectory(prefix="hutch-") as folder:
        async with EmbeddedServer(folder) as server:
            yield server


def unique_prefix() -> str:
    """Return a prefix that no other test uses."""
    return f"test-{secrets.token_hex(6)}:"


async def keys_outside(client: Client, *prefixes: str) -> list[str]:
    """List the server's keys that are under none of the prefixes, sorted."""
    scan = cast(
        "AsyncIterator[bytes]",
        client.scan_iter(count=1000),  # pyright: ignore[reportUnknownMemberType]
    )
    names = [name.decode() async for name in scan]
    return sorted(name for name in names if not name.startswith(prefixes))
