"""Containers and what is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.responses import JSONResponse, Response

from kit.sandbox.faults import Fault, FaultOrder
from kit.sandbox.graph.door import Visit
from kit.sandbox.graph.refusals import checked, not_found
from kit.sandbox.ids import snowflake
from kit.sandbox.instagram.refusals import capped, failed, gone, not_ready
from kit.sandbox.instagram.requests import NewContainer, Publish
from kit.sandbox.instagram.state import Container, InstagramState

_FAILURES = {Fault.BROKEN_MEDIA: 2207026, Fault.UNFETCHED_MEDIA: 2207052}


@dataclass(frozen=True, slots=True)
class Publishing:
    """Makes containers and publishes them."""

    state: InstagramState

    def prepare(self, visit: Visit, order: FaultOrder | None) -> Response:
        """Make a container."""
        visit.own()
        with checked():
            new = NewContainer.model_validate(visit.params)
        media = new.media or self._parts(visit, new)
        now, container_id = datetime.now(UTC), snowflake()
        container = Container(visit.account, new.caption, media, now, now, new.is_carousel_item)
        if order and order.fault is Fault.SLOW_CONTAINER:
            container.ready_at += timedelta(seconds=order.seconds)
        container.failure = _FAILURES.get(order.fault, 0) if order else 0
        self.state.containers[container_id] = container
        return JSONResponse({"id": container_id})

    def publish(self, visit: Visit) -> Response:
        """Publish a container."""
        with checked():
            container_id = Publish.model_validate(visit.params).creation_id
        container = self._ready(visit, container_id)
        if self.state.used(visit.node) >= self.state.posts_per_day:
            raise capped()
        container.published = True
        post = self.state.posts.add(visit.account, container.caption, container.media)
        return JSONResponse({"id": post.id})

    def _ready(self, visit: Visit, container_id: str) -> Container:
        """Find a container that can be published."""
        container = self.state.containers.get(container_id)
        if container is None or container.owner != visit.account or container.part:
            raise gone()
        match container.status:
            case "IN_PROGRESS":
                raise not_ready()
            case "ERROR":
                raise failed()
            case "EXPIRED" | "PUBLISHED":
                raise gone()
            case _:
                return container

    def _parts(self, visit: Visit, new: NewContainer) -> tuple[str, ...]:
        """The media of a carousel's parts."""
        parts = [(part_id, self.state.containers.get(part_id)) for part_id in new.children]
        for part_id, part in parts:
            if part is None or part.owner != visit.account or not part.part:
                raise not_found(part_id)
            if part.status != "FINISHED":
                raise not_ready()
        return tuple(url for _, part in parts if part for url in part.media)
