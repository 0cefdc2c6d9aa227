"""The HTTP client of every adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2


@asynccontextmanager
async def http_client(read_timeout: float) -> AsyncIterator[httpx2.AsyncClient]:
    """Open a client.

    It neither retries nor follows redirects: what is sent must not be sent a second time.

    Args:
        read_timeout: Seconds to wait for an answer.
    """
    timeout = httpx2.Timeout(connect=5.0, write=10.0, pool=5.0, read=read_timeout)
    async with httpx2.AsyncClient(timeout=timeout, follow_redirects=False) as client:
        yield client
