"""Sentinel: a pool whose connections go to the server that the sentinels name at that moment."""

import socket
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio.connection import AbstractConnection, parse_url
from redis.asyncio.sentinel import (
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)

from hutch_redis.address import Address
from hutch_redis.pool import Pool

KEEPALIVE = {
    getattr(socket, name): seconds
    for name, seconds in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3))
    if hasattr(socket, name)
}
"""A host that vanished is noticed after about ten seconds; patient connections have no other
limit."""


class SentinelPool(SentinelConnectionPool, Pool):
    """redis-py's pool of a sentinel's server, with our waiting for a free connection."""

    async def disconnect(self, inuse_connections: bool = True) -> None:
        """Close the connections; those to the sentinels too, where all are closed."""
        await super().disconnect(inuse_connections)
        if inuse_connections:
            sentinels: Sentinel = self.sentinel_manager
            await sentinels.aclose()


def sentinel_pool(
    url: str, address: Address, *, max_connections: int, timeout: float, **options: Any
) -> SentinelPool:
    """Make the pool of a ``redis+sentinel://`` URL.

    Args:
        url: Its options, such as ``ssl_ca_certs``, are those of redis-py.
        address: What the URL says.
        max_connections: At once.
        timeout: Seconds that a call waits for a free one.
        options: Of each connection.
    """
    tls = _tls_options(url) if address.tls else {}
    return SentinelPool(  # type: ignore[no-untyped-call]
        address.service,
        _sentinels(address, {**options, **tls}),
        connection_class=_connection_class(address),
        max_connections=max_connections,
        timeout=timeout,
        username=address.username,
        password=address.password,
        db=address.db,
        socket_keepalive=True,
        socket_keepalive_options=KEEPALIVE,
        **tls,
        **options,
    )


def _sentinels(address: Address, options: dict[str, Any]) -> Sentinel:
    theirs = {
        **options,
        "ssl": bool(address.tls),
        "password": address.sentinel_password,
        # They answer at once or not at all, however patient the caller is.
        "socket_timeout": options["socket_connect_timeout"],
    }
    return Sentinel(address.sentinels, sentinel_kwargs=theirs)  # type: ignore[no-untyped-call]


def _connection_class(address: Address) -> type[AbstractConnection]:
    return SentinelManagedSSLConnection if address.tls else SentinelManagedConnection


def _tls_options(url: str) -> dict[str, Any]:
    """Read the TLS options of a URL as redis-py does."""
    query = urlsplit(url).query
    found: dict[str, Any] = dict(parse_url(f"rediss://host?{query}"))
    return {name: value for name, value in found.items() if name.startswith("ssl_")}
