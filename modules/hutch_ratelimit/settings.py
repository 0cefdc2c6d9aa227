"""Settings of the rate limiter."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hutch.settings import Settings
from hutch_ratelimit.limits import MOST
from hutch_redis import Backend


class RateLimitSettings(Settings, section="ratelimit"):
    """Rate limits."""

    backend: Backend | None = None
    """redis or memory; by default memory in tests, else redis."""
    when_away: Literal["open", "closed", "local"] = "closed"
    """What limits do that do not say it themselves while Redis is away: let all pass, let none
    pass, or count in each process."""
    limits: dict[str, Annotated[int, Field(ge=1, le=MOST)]] = Field(default_factory=dict[str, int])
    """Other numbers for limits that modules declare by name, e.g. {"posting": 100}."""
