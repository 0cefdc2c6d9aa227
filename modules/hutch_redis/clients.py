"""Clients: redis-py set up so that callers fail fast, or wait without a time limit."""

from enum import Enum
from typing import Any, cast

from redis.asyncio import Redis as Client
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from hutch_redis.address import read_url
from hutch_redis.connection import lean
from hutch_redis.faults import CountingClient, Faults
from hutch_redis.pool import Pool
from hutch_redis.sentinel import KEEPALIVE, sentinel_pool

WAIT = 5.0
"""Seconds that a call waits for a connection while others use them all."""


class Kind(Enum):
    """What a client does while Redis does not answer."""

    FAST = "fail within the timeout"
    PATIENT = "wait for the reply as long as the connection lasts"


def fast_client(url: str, *, pool_size: int = 50, timeout: float = 0.2) -> CountingClient:
    """Make a client that fails after ``timeout`` seconds without connection or reply.

    A call waits for a free connection up to 5 seconds, as long as the server answers others.
    """
    return _client(url, pool_size, socket_connect_timeout=timeout, socket_timeout=timeout)


def patient_client(url: str, *, pool_size: int = 50) -> CountingClient:
    """Make a client for blocking commands: its replies may take forever.

    A call waits up to 5 seconds to connect, and as long for a free connection.
    """
    return _client(url, pool_size, socket_connect_timeout=WAIT, socket_timeout=None)


def _client(url: str, pool_size: int, **timeouts: float | None) -> CountingClient:
    options: dict[str, Any] = {
        # redis-py's own retries send a write again whose reply was lost
        "retry": Retry(NoBackoff(), 0),
        # no HELLO, which an old server answers with an error that hides its version
        "protocol": 2,
        **timeouts,
    }
    options |= {"max_connections": pool_size, "timeout": WAIT}
    address = read_url(url)
    if address.host:
        options |= {"socket_keepalive": True, "socket_keepalive_options": KEEPALIVE}
    pool: Pool = (
        sentinel_pool(url, address, **options)
        if address.sentinels
        else Pool.from_url(url, **options)  # pyright: ignore[reportUnknownMemberType]
    )
    pool.connection_class = lean(pool.connection_class)
    return cast(CountingClient, CountingClient.from_pool(pool))


class Clients:
    """One client, and so one pool, for each URL and kind.

    Args:
        pool_size: Connections per pool.
        timeout: Seconds after which a fast client gives up.
        faults: Counts what fails.
    """

    def __init__(self, *, pool_size: int, timeout: float, faults: Faults | None = None) -> None:
        self._faults = faults
        self._pool_size = pool_size
        self._timeout = timeout
        self._clients: dict[tuple[str, Kind], Client] = {}

    def get(self, url: str, kind: Kind) -> Client:
        """Return the client of this URL and kind, the same one each time."""
        if (url, kind) not in self._clients:
            client = self._make(url, kind)
            client.faults = self._faults
            self._clients[url, kind] = client
        return self._clients[url, kind]

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    def _make(self, url: str, kind: Kind) -> CountingClient:
        if kind is Kind.PATIENT:
            return patient_client(url, pool_size=self._pool_size)
        return fast_client(url, pool_size=self._pool_size, timeout=self._timeout)
