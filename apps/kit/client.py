"""The HTTP client of every adapter: one way to make it, and one way to send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2

LARGEST = 16 * 1024 * 1024
"""Bytes of an answer that are kept, unpacked; more is an error."""

_FRAMING = ("content-encoding", "content-length", "transfer-encoding")


class AnswerTooLarge(httpx2.ReadError):
    """An answer has more than ``LARGEST`` bytes."""


@asynccontextmanager
async def http_client(read_timeout: float) -> AsyncIterator[httpx2.AsyncClient]:
    """Open a client.

    It neither retries nor follows redirects: what is sent must not be sent a second time.
    It keeps no cookies: one client serves many accounts, which must not know each other.

    Args:
        read_timeout: Seconds to wait for an answer.
    """
    timeout = httpx2.Timeout(connect=5.0, write=10.0, pool=5.0, read=read_timeout)
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    async with httpx2.AsyncClient(
        timeout=timeout, follow_redirects=False, cookies=no_cookies
    ) as client:
        yield client


async def send(
    http: httpx2.AsyncClient, request: httpx2.Request, auth: httpx2.Auth | None
) -> httpx2.Response:
    """Send a request and read its answer: whole, in time, and not without end.

    The library's own timeout begins anew with every byte, and it reads whatever comes.

    Raises:
        httpx2.RequestError: There is no answer, or not all of it came in time.
        AnswerTooLarge: It has too many bytes.
    """
    response = await http.send(request, auth=auth, stream=True)
    try:
        async with asyncio.timeout(http.timeout.read):
            content = await _read(response)
    except TimeoutError as error:
        raise httpx2.ReadTimeout("The answer did not end in time.", request=request) from error
    finally:
        await response.aclose()
    headers = response.headers.copy()
    for name in _FRAMING:
        headers.pop(name, None)
    return httpx2.Response(response.status_code, headers=headers, content=content, request=request)


async def _read(response: httpx2.Response) -> bytes:
    content = bytearray()
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) > LARGEST:
            raise AnswerTooLarge(f"The answer has more than {LARGEST} bytes.")
    return bytes(content)
