"""How patient publishing is."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from hutch import Settings
from kit.publishing.port import Network


class PublishingSettings(Settings, section="publishing"):
    """Settings of publishing."""

    sending_lease: float = Field(default=60.0, gt=0)
    """Seconds a post may be on its way to the platform; after them its fate is unknown."""

    settle: float = Field(default=15.0, gt=0)
    """Seconds a platform may take to show a post; not shown by then, it is sent again."""

    settle_facebook: float = Field(default=180.0, gt=0)
    """The same on Facebook, which refuses no post for being there already: longer than it
    may work on a call whose answer nobody waited for."""

    sweep_after: float = Field(default=20.0, gt=0)
    """Seconds without progress after which an approved post is enqueued again; they double."""

    def settling(self, network: Network) -> timedelta:
        """Return how long a network may take to show a post."""
        facebook = network is Network.FACEBOOK
        return timedelta(seconds=self.settle_facebook if facebook else self.settle)
