"""Events over HTTP: a brand's published posts, live."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from hutch.http import Event, EventStream, Path, controller, get, guard
from hutch_monitor import RequireOperator
from rabbit24.events import Events, Listening
from rabbit24.keys import posts_published
from rabbit24.schemas import ID


@guard(RequireOperator)
@controller("/api/brands")
@dataclass
class EventsController:
    """Bridges a brand's channel to server-sent events."""

    events: Events

    @get("/{brand_profile_id}/events")
    async def stream(self, brand_profile_id: Annotated[str, Path(pattern=ID)]) -> EventStream:
        """Stream ``posts:published`` events of a brand.

        A ``listening`` event comes first, and again after a gap: read the posts then,
        for an event that nobody hears is gone, and the posts are not.
        """
        return EventStream(self._stream(brand_profile_id))

    async def _stream(self, brand_profile_id: str) -> AsyncIterator[Event]:
        async for message in self.events.listen(posts_published(brand_profile_id)):
            if isinstance(message, Listening):
                yield Event("", event="listening")
            else:
                yield Event(message, event="posts:published")
