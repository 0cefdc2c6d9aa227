"""How patient publishing is."""

from __future__ import annotations

from pydantic import Field

from hutch import Settings


class PublishingSettings(Settings, section="publishing"):
    """Settings of publishing."""

    sending_lease: float = Field(default=60.0, gt=0)
    """Seconds a post may be on its way to the platform; after them its fate is unknown."""

    settle: float = Field(default=15.0, gt=0)
    """Seconds a platform may take to show a post; not shown by then, it is sent again."""

    sweep_after: float = Field(default=20.0, gt=0)
    """Seconds without progress after which an approved post is enqueued again."""
