"""Events over HTTP, live: to each user their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from starlette.websockets import WebSocket

from hutch import Inject
from hutch.http import EventStream, Path, controller, get, guard, post, websocket
from hutch_auth import OPERATOR, CurrentUser, LoggedIn, RequireRole
from hutch_pubsub import Authorise, Events, Topic, sse, ws
from rabbit24.keys import (
    ANALYTICS_UPDATED,
    JOBS_COMPLETED,
    JOBS_FAILED,
    MAINTENANCE,
    POSTS_PUBLISHED,
)
from rabbit24.schemas import ID, Maintenance
from rabbit24.services.brands import Brands
from rabbit24.services.errors import Missing
from rabbit24.services.posts import Posts


@guard(LoggedIn)
@controller("/api")
@dataclass
class EventsController:
    """Bridges channels to server-sent events and WebSockets.

    A ``listening`` event comes first, and ``gap`` where some may have been missed: read the
    state then, for an event that nobody hears is gone, and the state is not.
    """

    events: Events
    brands: Brands
    posts: Posts

    @get("/events")
    async def all(self, user: Inject[CurrentUser]) -> EventStream:
        """Stream what concerns the user: jobs, posts of their brands, maintenance."""
        topics = await self._topics(user)
        return await sse(self.events, *topics, authorise=self._rule(user))

    @websocket("/socket")
    async def socket(self, socket: WebSocket, user: Inject[CurrentUser]) -> None:
        """Send the same to a WebSocket."""
        topics = await self._topics(user)
        await ws(socket, self.events, *topics, authorise=self._rule(user))

    @get("/users/{user_id}/events")
    async def jobs_of(
        self, user_id: Annotated[str, Path(pattern=ID)], user: Inject[CurrentUser]
    ) -> EventStream:
        """Stream the jobs of a user, to that user and to operators."""
        topics = (JOBS_COMPLETED.of(user_id=user_id), JOBS_FAILED.of(user_id=user_id))
        return await sse(self.events, *topics, authorise=self._rule(user))

    @get("/brands/{brand_profile_id}/events")
    async def of_brand(
        self, brand_profile_id: Annotated[str, Path(pattern=ID)], user: Inject[CurrentUser]
    ) -> EventStream:
        """Stream a brand's published posts."""
        await self.brands.of_user(user, brand_profile_id)
        topic = POSTS_PUBLISHED.of(brand_profile_id=brand_profile_id)
        return await sse(self.events, topic, authorise=self._rule(user))

    @get("/posts/{post_id}/events")
    async def of_post(
        self, post_id: Annotated[str, Path(pattern=ID)], user: Inject[CurrentUser]
    ) -> EventStream:
        """Stream a post's figures."""
        topic = ANALYTICS_UPDATED.of(post_id=post_id)
        return await sse(self.events, topic, authorise=self._rule(user))

    @post("/admin/maintenance", status=202)
    @guard(RequireRole(OPERATOR))
    async def maintain(self, told: Maintenance) -> None:
        """Tell everybody who listens of work on the system."""
        await self.events.publish(MAINTENANCE.of(), told)

    async def _topics(self, user: CurrentUser) -> list[Topic[Any]]:
        told: list[Topic[Any]] = [MAINTENANCE.of()]
        if user.has_role(OPERATOR):
            return [*told, JOBS_COMPLETED.all(), JOBS_FAILED.all(), POSTS_PUBLISHED.all()]
        if user.id is not None:
            told += [channel.of(user_id=user.id) for channel in (JOBS_COMPLETED, JOBS_FAILED)]
        brands = await self.brands.all(user)
        return told + [POSTS_PUBLISHED.of(brand_profile_id=brand.id) for brand in brands]

    def _rule(self, user: CurrentUser) -> Authorise:
        async def allows(topic: Topic[Any]) -> bool:
            if user.has_role(OPERATOR) or not topic.values:
                return True
            scope = topic.scope
            if "user_id" in scope:
                return scope["user_id"] == user.id
            try:
                await self._look(user, scope)
            except Missing:
                return False
            return True

        return allows

    async def _look(self, user: CurrentUser, scope: Any) -> None:
        brand = scope.get("brand_profile_id")
        if brand is None:
            brand = (await self.posts.get(scope["post_id"])).post.brand_profile_id
        await self.brands.of_user(user, brand)
