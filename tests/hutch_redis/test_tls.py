"""An encrypted connection, through a real TLS server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.hutch_redis.servers import make_certificate, tls_in_front

from hutch_redis import EmbeddedServer, RedisRefused, RedisSettings, open_redis


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
