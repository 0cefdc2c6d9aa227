"""Calls that bring no answer: over real sockets."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from pydantic import SecretStr

from kit.client import http_client
from kit.platforms import PlatformSettings, RetryBackoff, Unknown, XClient

TOKEN = SecretStr("token")


@pytest.fixture
async def impatient(sandbox) -> AsyncIterator[XClient]:
    """The client that the module builds, with little patience."""
    settings = PlatformSettings(x_base_url=sandbox.url, read_timeout=0.1)
    async with http_client(settings.read_timeout) as client:
        yield XClient(client, settings)


async def reconciled(x: XClient, sandbox, text: str) -> list[str]:
    since = datetime.now(UTC) - timedelta(minutes=1)
    posts = await x.recent_posts(sandbox.token, sandbox.account["user_id"], since)
    return [post.text for post in posts if post.says(text)]


async def test_a_refused_connection_sent_nothing():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with httpx2.AsyncClient() as http:
        settings = PlatformSettings(x_base_url=f"http://127.0.0.1:{port}", x_client_id="client")
        x = XClient(http, settings)
        for call in (
            x.create_post(TOKEN, "Hello"),
            x.recent_posts(TOKEN, "7", datetime.now(UTC)),
            x.refresh(TOKEN),
        ):
            with pytest.raises(RetryBackoff, match=r"could not be sent \(ConnectError\)"):
                await call


async def test_a_read_timeout_leaves_the_post_unknown(impatient: XClient, sandbox):
    await sandbox.fault("slow", seconds=0.3)

    with pytest.raises(Unknown, match=r"POST /2/tweets was sent but not answered \(ReadTimeout\)"):
        await impatient.create_post(sandbox.token, "Hello, slowly")

    assert await reconciled(impatient, sandbox, "Hello, slowly") == ["Hello, slowly"]


async def test_a_slow_answer_within_the_timeout_is_an_answer(x: XClient, sandbox):
    await sandbox.fault("slow", seconds=0.1)

    published = await x.create_post(sandbox.token, "Hello")

    assert published.id
    assert sandbox.posts == ["Hello"]


async def test_a_lost_answer_leaves_the_post_unknown(x: XClient, sandbox):
    await sandbox.fault("response_lost_after_commit")

    with pytest.raises(Unknown, match=r"not answered \(RemoteProtocolError\).*look it up"):
        await x.create_post(sandbox.token, "Hello, lost https://example.com/a?b=1&c=2")

    text = "Hello, lost https://example.com/a?b=1&c=2"
    assert await reconciled(x, sandbox, text) == [text]


async def test_a_connection_reset_before_the_commit_is_unknown_and_not_found(x: XClient, sandbox):
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"Hello")
        with_a_reset = struct.pack("ii", 1, 0)
        peer = writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, with_a_reset)
        writer.transport.abort()

    async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        broken = XClient(sandbox.http, PlatformSettings(x_base_url=f"http://127.0.0.1:{port}"))
        with pytest.raises(Unknown, match=r"not answered \(ReadError\)"):
            await broken.create_post(sandbox.token, "Hello")

    assert await reconciled(x, sandbox, "Hello") == []


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (httpx2.ConnectError, RetryBackoff),
        (httpx2.ConnectTimeout, RetryBackoff),
        (httpx2.PoolTimeout, RetryBackoff),
        (httpx2.ProxyError, RetryBackoff),
        (httpx2.WriteError, Unknown),
        (httpx2.WriteTimeout, Unknown),
        (httpx2.ReadError, Unknown),
        (httpx2.ReadTimeout, Unknown),
        (httpx2.RemoteProtocolError, Unknown),
        (httpx2.DecodingError, Unknown),
    ],
)
async def test_how_far_a_post_has_come(error: type[Exception], outcome: type[Exception]):
    def fail(request: httpx2.Request) -> httpx2.Response:
        raise error("it broke")

    x = XClient(httpx2.AsyncClient(transport=httpx2.MockTransport(fail)), PlatformSettings())

    with pytest.raises(outcome, match=error.__name__):
        await x.create_post(TOKEN, "Hello")
    with pytest.raises(RetryBackoff, match=error.__name__):
        await x.recent_posts(TOKEN, "7", datetime.now(UTC))
