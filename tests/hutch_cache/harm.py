"""An app whose server can be harmed."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from redis.asyncio import Redis as Client
from tests.hutch_cache.conftest import on_server

from hutch import Module
from hutch.testing import Testing
from hutch_cache import Cache, cache_module
from hutch_cache.contract.lab import ALL, Item
from hutch_redis.testing import unique_prefix

CUP = Item(id=1, name="cup")
shop = Module("shop", imports=[cache_module(*ALL)], exports=[Cache])


@asynccontextmanager
async def app_on(url: str, timeout: float | None = None) -> AsyncIterator[Testing]:
    async with on_server(shop, url, unique_prefix(), timeout=timeout) as app:
        yield app


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def free(url: str) -> bool:
    """Tell whether no claim is left behind."""
    async with Client.from_url(url) as client:
        names = [name async for name in client.scan_iter("*cache-claim*")]
    return not names
