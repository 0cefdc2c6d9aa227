"""How much of Meta's rate limit is used up, as its answers' headers tell.

Source: Graph API, rate limits: ``X-App-Usage`` and ``X-Business-Use-Case-Usage``.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated

import httpx2
from pydantic import BeforeValidator, SecretStr, TypeAdapter, ValidationError

from kit.platforms.outcomes import RetryAfter
from kit.platforms.wire import Wire

HOUR = timedelta(hours=1)
"""Meta counts calls by the hour; without another word a limit is over after one."""

EASE = timedelta(minutes=5)
"""How long calls wait when the limit is nearly reached; the count falls meanwhile."""


_MOST = 24 * 60.0
"""Percent, or minutes: a day is the longest that anybody waits on a header's word."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one answer told.

    Attributes:
        percent: Of the limit; the largest of those told.
        regain: How long until calls are accepted again; zero if they are.
    """

    percent: float
    regain: timedelta


def _sane(number: object) -> float:
    """Read a number; a post is published by now, so none may be a reason to fail."""
    return min(max(number, 0.0), _MOST) if isinstance(number, int | float) else 0.0


_Number = Annotated[float, BeforeValidator(_sane)]


class _Told(Wire):
    call_count: _Number = 0
    total_cputime: _Number = 0
    total_time: _Number = 0
    estimated_time_to_regain_access: _Number = 0


_Businesses = TypeAdapter(dict[str, tuple[_Told, ...]])


def usage(headers: httpx2.Headers) -> Usage:
    """Read the headers; what is not there or cannot be read counts as nothing."""
    told = _told(headers)
    counts = [max(one.call_count, one.total_cputime, one.total_time) for one in told]
    minutes = [one.estimated_time_to_regain_access for one in told]
    return Usage(max(counts, default=0), timedelta(minutes=max(minutes, default=0)))


def _told(headers: httpx2.Headers) -> list[_Told]:
    told: list[_Told] = []
    with suppress(ValidationError):
        told.append(_Told.model_validate_json(headers.get("x-app-usage", "{}")))
    with suppress(ValidationError):
        header = headers.get("x-business-use-case-usage", "{}")
        told += [one for listed in _Businesses.validate_json(header).values() for one in listed]
    return told


@dataclass(frozen=True, slots=True)
class Meter:
    """Remembers for each account, known by its token, how long calls had better wait."""

    _until: dict[SecretStr, datetime] = field(default_factory=dict[SecretStr, datetime], repr=False)

    def note(self, token: SecretStr, headers: httpx2.Headers, limit: int) -> None:
        """Read an answer; ``limit`` is the percentage from which calls wait."""
        told = usage(headers)
        self._until.pop(token, None)
        if told.percent >= limit:
            self._until[token] = datetime.now(UTC) + max(told.regain, EASE)

    def check(self, token: SecretStr) -> None:
        """Let a call pass.

        Raises:
            RetryAfter: The limit is nearly reached; nothing was sent.
        """
        at = self._until.get(token)
        if at and at > datetime.now(UTC):
            raise RetryAfter(
                "Meta's rate limit for this account is nearly used up (see "
                f"platforms.graph_slow_down_at): try again at {at.isoformat()}.",
                at=at,
            )
