"""The boot check: whether a server may be used, and what about it is unsafe."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ssl import SSLCertVerificationError
from typing import Any

from redis.asyncio import Redis as Client
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    InvalidResponse,
    NoPermissionError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError

from hutch_redis.address import read_url, shown
from hutch_redis.errors import RedisRefused

OLDEST = (6, 2)
LOOPBACK = ("localhost", "127.0.0.1", "::1")
LARGEST_SKEW = 5.0
"""Seconds between the server's clock and ours before we warn."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a server tells about itself; None where it does not tell.

    Args:
        program: Its name and version, for the log.
        version: The version of Redis that it says it equals.
        policy: ``maxmemory-policy``.
        max_memory: Bytes; 0 is no limit.
        aof: Whether writes are kept in an append-only file.
        skew: Seconds that its clock is ahead of ours.
        cluster: Whether it is a node of a Redis Cluster.
    """

    program: str
    version: str | None
    policy: str | None
    max_memory: int | None
    aof: bool | None
    skew: float
    cluster: bool = False

    @staticmethod
    def of(info: Mapping[str, Any], skew: float) -> Facts:
        """Read the reply to INFO, which needs no right to CONFIG."""
        aof = info.get("aof_enabled")
        version = info.get("redis_version")
        valkey = info.get("valkey_version")
        return Facts(
            program=f"valkey {valkey}" if valkey else f"redis {version}",
            version=version,
            policy=info.get("maxmemory_policy"),
            max_memory=info.get("maxmemory"),
            aof=None if aof is None else bool(aof),
            skew=skew,
            cluster=info.get("redis_mode") == "cluster" or bool(info.get("cluster_enabled")),
        )


async def ask(client: Client) -> Facts:
    """Ask a server for its facts.

    Raises:
        BusyLoadingError: It is still loading its data.
        redis.exceptions.RedisError: It is away, or refuses us.
    """
    try:
        info = await client.info()  # pyright: ignore[reportUnknownMemberType]
    except NoPermissionError:
        info = {}
    if info.get("loading"):
        raise BusyLoadingError("still loading its data")
    before = time.time()
    seconds, microseconds = await client.time()  # pyright: ignore[reportUnknownMemberType]
    return Facts.of(info, seconds + microseconds / 1e6 - (before + time.time()) / 2)


def refusal(facts: Facts, *, keeps_state: bool) -> str | None:
    """Say why a server must not be used, with the remedy; None when it may."""
    version = facts.version
    if version and _numbers(version) < OLDEST:
        return f"its version is {version}; install Redis 6.2 or newer, or any Valkey."
    if facts.cluster:
        return (
            "it is a node of a Redis Cluster, where scripts and transactions over several keys "
            "fail; use a single server, or one with replicas behind Sentinel "
            "(redis+sentinel://...). At a cloud provider: with cluster mode disabled."
        )
    if keeps_state and facts.policy and facts.policy != "noeviction":
        return (
            f"its maxmemory-policy is {facts.policy}, so jobs, pauses and sessions would vanish "
            "without an error; set `maxmemory-policy noeviction`, and give the cache a server "
            "of its own (HUTCH_REDIS__CACHE) if that one shall evict."
        )
    return None


def warnings(facts: Facts, url: str, *, keeps_state: bool, strict: bool) -> list[str]:
    """List what is unsafe but works, each with its remedy."""
    address = read_url(url)
    found: list[str] = []
    if facts.version is None:
        found.append("INFO is denied, so nothing could be checked; allow `+info`.")
    if keeps_state and facts.aof is False:
        found.append("AOF is off, so a restart loses writes; set `appendonly yes`.")
    if keeps_state and facts.max_memory == 0:
        found.append("maxmemory is not set, so memory can run out; set `maxmemory`.")
    if not address.password and address.is_remote and (strict or address.host not in LOOPBACK):
        found.append("it needs no password; set `requirepass` and REDIS_PASSWORD.")
    if abs(facts.skew) > LARGEST_SKEW:
        found.append(f"its clock is {facts.skew:+.0f} s from ours; run NTP on both machines.")
    return found


def refused_by(error: Exception, url: str) -> RedisRefused | None:
    """Turn a server's no to our connection into a refusal; None for one that is just away."""
    if _certificate_error(error):
        return RedisRefused(
            f"{shown(url)}: its certificate is not trusted or is another host's; name the "
            "authority's file in the URL, ...?ssl_ca_certs=/path/ca.pem, or correct the host."
        )
    # redis-py wraps the errors of a Unix socket's handshake into a ConnectionError
    cause = error.__cause__ if type(error) is RedisConnectionError else error
    if isinstance(cause, AuthenticationError):
        has_password = bool(read_url(url).password)
        remedy = (
            "the password is wrong; correct REDIS_PASSWORD or REDIS_URL."
            if has_password
            else "it wants a password; set REDIS_PASSWORD, or put it into REDIS_URL."
        )
        return RedisRefused(f"{shown(url)}: {remedy}")
    if isinstance(cause, InvalidResponse):
        return RedisRefused(f"{shown(url)} is no Redis; correct the host and the port.")
    if isinstance(cause, ResponseError):
        return RedisRefused(f"{shown(url)} rejects us: {cause}")
    return None


def _certificate_error(error: BaseException | None) -> bool:
    """Tell whether a certificate is behind an error, which waiting does not mend."""
    while error is not None:
        if isinstance(error, SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])
