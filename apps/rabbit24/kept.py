"""What is kept in the cache."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel


class BrandConfig(BaseModel):
    """What jobs need of a brand."""

    id: str
    user_id: str | None
    name: str
    tone: str


class PlatformStatus(StrEnum):
    """How a network answers, judged by our own posts."""

    OK = "ok"
    DEGRADED = "degraded"
