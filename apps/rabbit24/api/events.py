"""Events over HTTP: a brand's published posts, live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from hutch.http import EventStream, Path, controller, get, guard
from hutch_auth import OPERATOR, RequireRole
from hutch_pubsub import Events, everybody, sse
from rabbit24.channels import POSTS_PUBLISHED
from rabbit24.schemas import ID


@guard(RequireRole(OPERATOR))
@controller("/api/brands")
@dataclass
class EventsController:
    """Bridges a brand's channel to server-sent events."""

    events: Events

    @get("/{brand_profile_id}/events")
    async def stream(self, brand_profile_id: Annotated[str, Path(pattern=ID)]) -> EventStream:
        """Stream ``posts:published`` events of a brand.

        A ``listening`` event comes first, and ``gap`` where some may have been missed: read
        the posts then, for an event that nobody hears is gone, and the posts are not.
        """
        topic = POSTS_PUBLISHED.of(brand_profile_id=brand_profile_id)
        return await sse(self.events, topic, authorise=everybody)
