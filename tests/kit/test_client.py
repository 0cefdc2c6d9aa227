"""The one HTTP client of all adapters, over real sockets: patience, size, cookies."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2
import pytest
from pydantic import SecretStr

from kit.client import LARGEST, http_client
from kit.platforms import PlatformSettings, RetryBackoff, Unknown, XClient

TOKEN = SecretStr("token")
Talk = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(talk: Talk) -> AsyncIterator[str]:
    """Serve calls by hand: ``talk`` is given each request and writes the answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        try:
            await talk(head, writer)
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def test_every_timeout_is_set_and_nothing_is_followed():
    async with http_client(12) as http:
        assert http.timeout == httpx2.Timeout(connect=5, write=10, pool=5, read=12)
        assert http.follow_redirects is False
    assert http.is_closed


async def test_an_answer_that_drips_is_given_up():
    async def drip(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 201 Created\r\ncontent-length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with server(drip) as url, http_client(0.2) as http, asyncio.timeout(5):
        x = XClient(http, PlatformSettings(x_base_url=url))
        with pytest.raises(Unknown, match=r"sent but not answered \(ReadTimeout\).*look it up"):
            await x.create_post(TOKEN, "Hello")
        with pytest.raises(RetryBackoff, match=r"not answered \(ReadTimeout\)"):
            await x.recent_posts(TOKEN, "7", datetime.now(UTC))


async def test_an_answer_without_end_is_not_kept():
    taken = 0

    async def pour(_: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        writer.write(b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\n\r\n")
        for _ in range(4 * LARGEST // 65536):
            writer.write(b" " * 65536)
            await writer.drain()
            taken += 65536

    async with server(pour) as url, http_client(30) as http:
        x = XClient(http, PlatformSettings(x_base_url=url))
        with pytest.raises(Unknown, match=r"sent but not answered \(AnswerTooLarge\)"):
            await x.create_post(TOKEN, "Hello")

    assert taken < 2 * LARGEST


async def test_a_packed_answer_is_measured_unpacked():
    packed = gzip.compress(b" " * (LARGEST + 1))

    async def send(_: bytes, writer: asyncio.StreamWriter) -> None:
        head = f"content-encoding: gzip\r\ncontent-length: {len(packed)}\r\n\r\n"
        writer.write(f"HTTP/1.1 200 OK\r\n{head}".encode() + packed)

    async with server(send) as url, http_client(30) as http:
        x = XClient(http, PlatformSettings(x_base_url=url))
        with pytest.raises(RetryBackoff, match=r"\(AnswerTooLarge\)"):
            await x.metrics(TOKEN, ["7"])


async def test_a_packed_answer_is_read():
    packed = gzip.compress(b'{"data": {"id": "7", "text": "Hello"}}')

    async def send(_: bytes, writer: asyncio.StreamWriter) -> None:
        head = f"content-encoding: gzip\r\ncontent-length: {len(packed)}\r\n\r\n"
        writer.write(f"HTTP/1.1 201 Created\r\n{head}".encode() + packed)

    async with server(send) as url, http_client(30) as http:
        x = XClient(http, PlatformSettings(x_base_url=url))
        assert (await x.create_post(TOKEN, "Hello")).id == "7"


async def test_no_account_is_known_by_the_cookie_of_another():
    heads: list[bytes] = []

    async def bake(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        body = b'{"data": {"id": "7", "text": "Hello"}}'
        writer.write(b"HTTP/1.1 201 Created\r\nset-cookie: who=first; Path=/\r\n")
        writer.write(f"content-length: {len(body)}\r\n\r\n".encode() + body)

    async with server(bake) as url, http_client(5) as http:
        x = XClient(http, PlatformSettings(x_base_url=url))
        await x.create_post(SecretStr("first"), "Hello")
        await x.create_post(SecretStr("second"), "Hello")

    assert len(heads) == 2
    assert b"who=first" not in heads[1]
