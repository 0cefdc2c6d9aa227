"""RequestLimit: a guard that lets so many requests of a client pass."""

from __future__ import annotations

import hashlib
import ipaddress
import math
import re
from typing import ClassVar

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from hutch.http import Problem, ServiceUnavailable, TooManyRequests, add_header
from hutch_ratelimit.counter import Counter
from hutch_ratelimit.decision import Decision
from hutch_ratelimit.errors import InvalidLimit, LimiterUnavailable, RateLimited
from hutch_ratelimit.limits import Limit
from hutch_ratelimit.port import RateLimiter

_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_IPV6_NETWORK = 64
"""A client on IPv6 has this network, and all its addresses."""


class RequestLimit:
    """Base of guards: derive a class, give it a name and limits, and use it with ``guard(...)``.

    ``class PerClient(RequestLimit): name = "api"; limits = (per_minute(60), per_hour(600))``

    Every response tells what is left, in the fields ``RateLimit-Policy`` and ``RateLimit`` of
    the IETF's draft; a request too many is answered with 429 and ``Retry-After``, one that
    cannot be counted with 503.

    Source: draft-ietf-httpapi-ratelimit-headers.

    Raises:
        InvalidLimit: A class has no name or limits, or two limits of the same length.
    """

    name: ClassVar[str] = ""
    limits: ClassVar[tuple[Limit, ...]] = ()

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not _NAME.fullmatch(cls.name) or not cls.limits:
            raise InvalidLimit(
                f"{cls.__name__}: give it a name of A-Z a-z 0-9 _ . - and limits, e.g. "
                'name = "api"; limits = (per_minute(60),).'
            )
        if len({limit.seconds for limit in cls.limits}) < len(cls.limits):
            raise InvalidLimit(f"{cls.__name__}: two of its limits have windows of one length.")

    def subject(self, connection: HTTPConnection) -> str:
        """Name who is counted: by default the client's address; override it, e.g. for a user."""
        return client_of(connection)

    async def __call__(self, connection: HTTPConnection, /) -> None:
        """Let a request pass, or refuse it.

        Raises:
            TooManyRequests: The client has nothing left.
            ServiceUnavailable: Nothing can be counted, and a limit is closed meanwhile.
        """
        subject = self.subject(connection)
        counters = [limit.at("requests", self._policy(limit), subject) for limit in self.limits]
        try:
            decision = await self._limiter.take(*counters)
        except LimiterUnavailable:
            raise _unavailable() from None
        for header, value in self._headers(decision).items():
            add_header(connection, header, value)
        if not decision.allowed:
            raise _too_many(decision)

    def _policy(self, limit: Limit) -> str:
        return f"{self.name}-{limit.seconds:g}"

    def _headers(self, decision: Decision) -> dict[str, str]:
        policies, left = list[str](), list[str]()
        for quota in decision.quotas:
            counter: Counter = quota.counter
            name = f'"{self._policy(counter.limit)}"'
            policies.append(f"{name};q={counter.limit.most};w={math.ceil(counter.limit.seconds)}")
            wait = quota.retry_after or quota.reset_after
            left.append(f"{name};r={quota.remaining};t={math.ceil(wait)}")
        return {"ratelimit-policy": ", ".join(policies), "ratelimit": ", ".join(left)}


def client_of(connection: HTTPConnection) -> str:
    """Name the client by its address, which does not show in the name.

    Behind a proxy it is the one that the proxy tells, if ``HUTCH_HTTP__TRUSTED_PROXIES`` has the
    proxy's. On IPv6 it is the client's network of 64 bits.
    """
    host = connection.client.host if connection.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        if address.version == 6 and address.ipv4_mapped:
            host = str(address.ipv4_mapped)
        elif address.version == 6:
            host = str(ipaddress.ip_network((int(address), _IPV6_NETWORK), strict=False))
    return hashlib.sha256(host.encode()).hexdigest()[:16]


def answer(_: Request, error: RateLimited | LimiterUnavailable) -> Response:
    """Answer a request whose handler raised: 429, or 503 where nothing can be counted."""
    problem = _too_many(error.decision) if isinstance(error, RateLimited) else _unavailable()
    return problem.response()


def _too_many(decision: Decision) -> Problem:
    wait = math.ceil(decision.retry_after)
    return TooManyRequests(wait, f"Too many requests; try again in {wait} s.")


def _unavailable() -> Problem:
    return ServiceUnavailable("Try again in a moment.", headers={"retry-after": "1"})
