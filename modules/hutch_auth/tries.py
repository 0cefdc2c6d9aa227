"""Tries: slow down who guesses tokens and passwords."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from starlette.requests import HTTPConnection

from hutch.http import TooManyRequests, Unauthorized
from hutch_auth.names import find_name
from hutch_ratelimit import Counter, Decision, LimiterUnavailable, RateLimiter, fixed_window

# While the counters cannot be reached each process counts for itself: whoever has to look
# after them must be able to log in.
BY_ADDRESS = fixed_window(5, timedelta(minutes=1), away="local")
BY_NAME = fixed_window(10, timedelta(minutes=10), away="local")


class Tries:
    """Counts wrong tries: five a minute from one address, ten in ten minutes for one name.

    Attributes:
        outcomes: How many tries there were in this process, by what came of them.
    """

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter
        self.outcomes = {"right": 0, "wrong": 0, "refused": 0}

    @asynccontextmanager
    async def one(self, connection: HTTPConnection, name: str | None = None) -> AsyncIterator[None]:
        """Count a try before it is judged; give it back when the block finds it right.

        So many tries at once are not judged for free.

        Args:
            connection: Whose address counts.
            name: Of the user, where one is given.

        Raises:
            TooManyRequests: It is one too many; nothing is judged.
        """
        counters, token = _counters(connection, name), secrets.token_hex(8)
        taken = await self._limiter.take(*counters, token=token)
        self._check(taken)
        try:
            yield
        except Unauthorized:
            self.outcomes["wrong"] += 1
            raise
        self.outcomes["right"] += 1
        # What this process counted by itself is not known there, and asking would take its time.
        if not taken.away:
            with suppress(LimiterUnavailable):
                await self._limiter.refund(*counters, token=token)

    async def bearer(self, connection: HTTPConnection, *, right: bool) -> None:
        """Count a wrong bearer token; let a right one pass for nothing, unless it is one too many.

        Were it let pass then, too, guessing would have no limit.

        Args:
            connection: Whose address counts.
            right: Whether somebody has the token.

        Raises:
            TooManyRequests: There were too many wrong ones; this one may be right or wrong.
        """
        ask = self._limiter.peek if right else self._limiter.take
        self._check(await ask(_by_address(connection)))
        if not right:
            self.outcomes["wrong"] += 1

    def _check(self, decision: Decision) -> None:
        if not decision:
            self.outcomes["refused"] += 1
            seconds = math.ceil(decision.retry_after)
            raise TooManyRequests(seconds, f"Too many wrong tries. Try again in {seconds} seconds.")


def _counters(connection: HTTPConnection, name: str | None) -> list[Counter]:
    counters = [_by_address(connection)]
    known = find_name(name) if name is not None else None
    if known is not None:
        counters.append(BY_NAME.at("auth", "name", _hidden(known)))
    return counters


def _by_address(connection: HTTPConnection) -> Counter:
    return BY_ADDRESS.at("auth", "address", _hidden(address_of(connection)))


def address_of(connection: HTTPConnection) -> str:
    """Return the client's address; of an IPv6 one the network, which is one customer's."""
    host = connection.client.host if connection.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return address.packed[:8].hex()
    return host


def _hidden(text: str) -> str:
    # Keys hold no personal data.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
