"""What can be read of Instagram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response

from kit.sandbox.graph.door import Visit
from kit.sandbox.graph.fields import FieldsQuery, ListQuery, chosen, page
from kit.sandbox.graph.refusals import checked, not_found
from kit.sandbox.instagram.requests import MetricName, Metrics
from kit.sandbox.instagram.state import Container, InstagramState
from kit.sandbox.posts import StoredPost

_LIKES_PER: dict[MetricName, int] = {"likes": 1, "comments": 7, "shares": 5, "saved": 13}


@dataclass(frozen=True, slots=True)
class Reading:
    """Tells of containers, posts and insights."""

    state: InstagramState

    async def list(self, visit: Visit) -> Response:
        """Tell an account's posts, newest first."""
        visit.own()
        with checked():
            query = ListQuery.model_validate(visit.params)
        address = f"{visit.base_url}instagram/{visit.node}?access_token={visit.token}"
        shown, paging = page(self.state.posts.of(visit.node), query, address)
        data = [chosen(_values(post, visit), query.fields) for post in shown]
        return JSONResponse({"data": data, "paging": paging})

    async def look(self, visit: Visit) -> Response:
        """Tell of a container or a post."""
        with checked():
            fields = FieldsQuery.model_validate(visit.params).fields
        container = self.state.containers.get(visit.node)
        if container and container.owner == visit.account:
            values = {"id": visit.node} | _told(container)
            return JSONResponse(chosen(values, fields))
        return JSONResponse(chosen(_values(self._post(visit), visit), fields))

    async def insights(self, visit: Visit) -> Response:
        """Tell what people made of a post."""
        post = self._post(visit)
        with checked():
            asked = Metrics.model_validate(visit.params).metric
        return JSONResponse({"data": [_insight(post, name) for name in asked]})

    def _post(self, visit: Visit) -> StoredPost:
        post = self.state.posts.get(visit.node)
        if post is None or post.author != visit.account:
            raise not_found(visit.node)
        return post


def _told(container: Container) -> dict[str, str]:
    code = container.status
    said = code.capitalize()
    if code == "ERROR":
        said += f": Media upload has failed with error code {container.failure}"
    return {"status_code": code, "status": said}


def _insight(post: StoredPost, name: MetricName) -> dict[str, Any]:
    return {
        "name": name,
        "period": "lifetime",
        "values": [{"value": post.likes // _LIKES_PER[name]}],
        "id": f"{post.id}/insights/{name}/lifetime",
    }


def _values(post: StoredPost, visit: Visit) -> dict[str, Any]:
    return {
        "id": post.id,
        "caption": post.text or None,
        "timestamp": post.created_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "permalink": f"{visit.base_url}instagram/p/{post.id}",
        "like_count": post.likes,
        "comments_count": post.likes // 7,
    }
