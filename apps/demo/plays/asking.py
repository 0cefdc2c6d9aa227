"""Asking: requests that are sent again until somebody answers, but not for ever."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2

from demo.processes import DemoError

PATIENCE = 60.0
"""Seconds after which nobody will answer any more."""
AGAIN = 0.2
UNAVAILABLE = 503


async def answer_to(
    client: httpx2.AsyncClient, method: str, url: str, **content: Any
) -> httpx2.Response:
    """Send a request; again while nobody answers, or a part of the app is away.

    Raises:
        DemoError: That is so for a minute.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await _answer(client, method, url, **content)
                if answer is not None:
                    return answer
                await asyncio.sleep(AGAIN)
    except TimeoutError:
        place = client.build_request(method, url).url
        raise DemoError(f"{method} {place} was not answered within {PATIENCE:g} s.") from None


async def _answer(
    client: httpx2.AsyncClient, method: str, url: str, **content: Any
) -> httpx2.Response | None:
    try:
        answer = await client.request(method, url, **content)
    except httpx2.TransportError:
        return None
    return None if answer.status_code == UNAVAILABLE else answer
