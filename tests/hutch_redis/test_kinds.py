"""Kinds of servers: a cluster, and one with ACL users."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from tests.hutch_redis.servers import answers, program

from hutch_redis import EmbeddedServer, Redis, RedisRefused, RedisSettings, open_redis
from hutch_redis.clients import fast_client
from hutch_redis.roles import probe

FakeRedis = Callable[[Mapping[str, str]], Awaitable[str]]
INFO = {"redis_version": "7.2.4", "loading": "0", "redis_mode": "cluster"}


def opened(url: str, **values: object) -> AbstractAsyncContextManager[Redis]:
    settings = RedisSettings.model_validate({"url": url, **values})
    return asynccontextmanager(open_redis)(settings)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedServer]:
    """A server of this test alone, to be configured."""
    async with EmbeddedServer(tmp_path) as server:
        yield server


async def configure(server: EmbeddedServer, *command: str) -> None:
    client = fast_client(server.url)
    await client.execute_command(*command)  # type: ignore[no-untyped-call]
    await client.aclose()


@pytest.mark.req("FD-41", "C-33")
async def test_a_cluster_is_refused(
    tmp_path: Path, unused_tcp_port_factory: Callable[[], int], fake_redis: FakeRedis
) -> None:
    port, bus = unused_tcp_port_factory(), unused_tcp_port_factory()
    # Else the bus is at the port and 10,000, which may be too much.
    lines = "cluster-enabled yes", f"cluster-port {bus}"
    async with program(tmp_path / "node", port, *lines):
        await answers(port)
        with pytest.raises(RedisRefused, match=r"is a node of a Redis Cluster, .*single server"):
            async with opened(f"redis://127.0.0.1:{port}"):
                pass
    # Some providers tell the mode alone.
    with pytest.raises(RedisRefused, match="with cluster mode disabled"):
        async with opened(await fake_redis(INFO)):
            pass


@pytest.mark.req("SD-07")
async def test_an_acl_user_is_let_in(server: EmbeddedServer, redis_prefix: str) -> None:
    rights = ("on", ">pw", f"~{redis_prefix}*", "&*", "+@all", "-@dangerous", "+info")
    await configure(server, "ACL", "SETUSER", "app", *rights)
    url = f"unix://app:pw@{server.url.partition('@')[2]}"
    async with opened(url, prefix=redis_prefix) as redis:
        assert await probe(redis)
        assert await redis.state.incr(redis.key("n")) == 1
    with pytest.raises(RedisRefused, match="the password is wrong"):
        async with opened(url.replace("app:", "other:")):
            pass
