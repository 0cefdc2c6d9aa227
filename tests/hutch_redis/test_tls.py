"""An encrypted connection, through a real TLS server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio.sentinel import MasterNotFoundError
from tests.hutch_redis.servers import (
    PASSWORD,
    Front,
    answers,
    front,
    make_certificate,
    program,
    tls_in_front,
)

from hutch_redis import EmbeddedServer, RedisRefused, RedisSettings, open_redis
from hutch_redis.clients import fast_client


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    return make_certificate(tmp_path, "127.0.0.1")


@pytest.fixture
async def port(valkey: EmbeddedServer, certificate: tuple[Path, Path]) -> AsyncIterator[int]:
    """A port that speaks TLS and leads to the tests' server."""
    path = valkey.url.partition("@")[2]
    async with tls_in_front(certificate, lambda: asyncio.open_unix_connection(path)) as port:
        yield port


def password_of(server: EmbeddedServer) -> str:
    return server.url.partition("unix://:")[2].partition("@")[0]


@pytest.mark.req("SD-05", "C-31")
async def test_all_roles_speak_tls(
    port: int, valkey: EmbeddedServer, certificate: tuple[Path, Path], redis_prefix: str
) -> None:
    url = f"rediss://:{password_of(valkey)}@127.0.0.1:{port}/0?ssl_ca_certs={certificate[0]}"
    settings = RedisSettings.model_validate({"url": url, "prefix": redis_prefix})
    async with asynccontextmanager(open_redis)(settings) as redis:
        for client in (redis.state, redis.cache, redis.pubsub, redis.blocking):
            assert await client.incr(redis.key("n"))


@pytest.mark.req("SD-05", "C-31")
async def test_the_parts_speak_tls(
    port: int,
    valkey: EmbeddedServer,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    redis_prefix: str,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    values = {"host": "127.0.0.1", "port": port, "password": password_of(valkey), "tls": True}
    settings = RedisSettings.model_validate({**values, "prefix": redis_prefix})
    async with asynccontextmanager(open_redis)(settings) as redis:
        assert await redis.state.incr(redis.key("n")) == 1


async def test_a_certificate_that_is_not_trusted_is_refused(
    port: int, valkey: EmbeddedServer
) -> None:
    url = f"rediss://:{password_of(valkey)}@127.0.0.1:{port}"
    with pytest.raises(
        RedisRefused, match=r"its certificate is not trusted .*\?ssl_ca_certs=/path/ca\.pem"
    ):
        async with asynccontextmanager(open_redis)(RedisSettings.model_validate({"url": url})):
            pass


async def test_a_certificate_of_another_host_is_refused(
    valkey: EmbeddedServer, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    certificate = make_certificate(other, "127.0.0.2")
    path = valkey.url.partition("@")[2]
    async with tls_in_front(certificate, lambda: asyncio.open_unix_connection(path)) as port:
        url = f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={certificate[0]}"
        with pytest.raises(RedisRefused, match="or is another host's"):
            async with asynccontextmanager(open_redis)(RedisSettings.model_validate({"url": url})):
                pass


@pytest.fixture
async def behind_sentinel(
    tmp_path: Path, certificate: tuple[Path, Path], unused_tcp_port_factory: Callable[[], int]
) -> AsyncIterator[tuple[str, Front]]:
    """A server and a sentinel, both behind TLS; the sentinel tells the server's encrypted port."""
    plain, sentinel = unused_tcp_port_factory(), unused_tcp_port_factory()

    def to(port: int) -> Callable[[], object]:
        return lambda: asyncio.open_connection("127.0.0.1", port)

    async with (
        program(tmp_path / "server", plain, f'requirepass "{PASSWORD}"'),
        front(certificate, to(plain), plain=True) as server,
    ):
        await answers(plain, PASSWORD)
        watching = (
            f"sentinel monitor mymaster 127.0.0.1 {server.port} 1",
            f'sentinel auth-pass mymaster "{PASSWORD}"',
            'requirepass "theirs"',
        )
        async with (
            program(tmp_path / "sentinel", sentinel, *watching, mode="--sentinel"),
            tls_in_front(certificate, to(sentinel)) as port,
        ):
            await answers(sentinel, "theirs")
            query = f"sentinel_password=theirs&ssl_ca_certs={certificate[0]}"
            yield f"rediss+sentinel://:p%40ss%3Aword@127.0.0.1:{port}/mymaster/1?{query}", server


@pytest.mark.req("FD-40", "SD-05", "C-31")
async def test_server_and_sentinels_speak_tls(behind_sentinel: tuple[str, Front]) -> None:
    url, server = behind_sentinel
    settings = RedisSettings.model_validate({"url": url, "timeout": 0.8})
    async with asynccontextmanager(open_redis)(settings) as redis:
        clients = (redis.state, redis.cache, redis.pubsub, redis.blocking)
        for number, client in enumerate(dict.fromkeys(clients), 1):
            await client.connection_pool.disconnect()
            before = server.encrypted
            assert await client.incr(redis.key("n")) == number
            assert server.encrypted == before + 1


async def test_nothing_is_told_to_sentinels_that_are_not_trusted(
    behind_sentinel: tuple[str, Front],
) -> None:
    url, server = behind_sentinel
    client = fast_client(url.partition("&ssl_ca_certs")[0])
    with pytest.raises(MasterNotFoundError):
        await client.ping()
    await client.aclose()
    assert server.encrypted == 0
