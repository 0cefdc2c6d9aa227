"""Facebook's endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.sandbox.facebook.requests import Exchange, NewPhoto, NewPost
from kit.sandbox.facebook.state import LIFETIME, FacebookState
from kit.sandbox.faults import Fault, FaultOrder, Faults, PlatformName
from kit.sandbox.graph import refusals
from kit.sandbox.graph.door import Door, Visit
from kit.sandbox.graph.fields import FieldsQuery, ListQuery, chosen, page
from kit.sandbox.ids import snowflake
from kit.sandbox.posts import StoredPost
from kit.sandbox.spoiling import spoil


def facebook_routes(state: FacebookState, faults: Faults) -> list[Route]:
    """List the routes of Facebook Pages, below ``/facebook``."""
    facebook = _Facebook(state, faults, Door(state.accounts, state.windows))
    base = "/facebook/{version}"
    exchange = f"{base}/oauth/access_token"
    return [
        Route(exchange, facebook.exchange, methods=["GET", "POST"]),
        Route(f"{base}/{{node}}/feed", facebook.create, methods=["POST"]),
        Route(f"{base}/{{node}}/photos", facebook.photo, methods=["POST"]),
        Route(f"{base}/{{node}}/published_posts", facebook.published, methods=["GET"]),
        Route(f"{base}/{{node}}", facebook.look, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class _Facebook:
    state: FacebookState
    faults: Faults
    door: Door

    async def create(self, request: Request) -> Response:
        order = self.faults.take(PlatformName.FACEBOOK)

        async def serve(visit: Visit) -> Response:
            answer = self._create(visit, order)
            return await spoil(order, answer, refusals.unavailable())

        expire = order is not None and order.fault is Fault.EXPIRED_TOKEN
        return await self.door.serve(request, serve, expire=expire)

    async def photo(self, request: Request) -> Response:
        return await self.door.serve(request, self._photo)

    async def published(self, request: Request) -> Response:
        return await self.door.serve(request, self._published)

    async def look(self, request: Request) -> Response:
        return await self.door.serve(request, self._look)

    async def exchange(self, request: Request) -> Response:
        params = request.query_params if request.method == "GET" else await request.form()
        with refusals.checked():
            asked = Exchange.model_validate(dict(params))
        grant = self.state.accounts.extend(asked.fb_exchange_token)
        if grant is None:
            raise refusals.unauthorized()
        seconds = int(LIFETIME.total_seconds())
        token = {"access_token": grant.pair.access, "token_type": "bearer"}
        return JSONResponse(token | {"expires_in": seconds})

    def _create(self, visit: Visit, order: FaultOrder | None) -> Response:
        visit.own()
        with refusals.checked():
            new = NewPost.model_validate(visit.params)
        if order:
            _refuse(order, visit)
        photos = self._photos(visit, new)
        if not (new.message.strip() or photos or new.link):
            raise refusals.invalid(["message: a post needs words, a link or photos"])
        if self.state.posts.same(visit.account, new.message):
            raise refusals.duplicate()
        post_id = f"{visit.node}_{snowflake()}"
        post = self.state.posts.add(visit.account, new.message, photos, post_id)
        return JSONResponse({"id": post.id})

    def _photos(self, visit: Visit, new: NewPost) -> list[str]:
        photos = [photo.media_fbid for photo in new.attached_media]
        for photo in photos:
            if self.state.photos.get(photo) != visit.account:
                raise refusals.not_found(photo)
        return photos

    async def _photo(self, visit: Visit) -> Response:
        visit.own()
        with refusals.checked():
            new = NewPhoto.model_validate(visit.params)
        if new.published:
            raise refusals.invalid(["published: only false is played here"])
        photo = snowflake()
        self.state.photos[photo] = visit.account
        return JSONResponse({"id": photo})

    async def _published(self, visit: Visit) -> Response:
        visit.own()
        with refusals.checked():
            query = ListQuery.model_validate(visit.params)
        since = datetime.fromtimestamp(query.since, UTC)
        posts = [post for post in self.state.posts.of(visit.node) if post.created_at >= since]
        address = f"{visit.base_url}facebook/{visit.node}?access_token={visit.token}"
        shown, paging = page(posts, query, address)
        data = [chosen(_values(post, visit), query.fields) for post in shown]
        return JSONResponse({"data": data, "paging": paging})

    async def _look(self, visit: Visit) -> Response:
        with refusals.checked():
            query = FieldsQuery.model_validate(visit.params)
        post = self.state.posts.get(visit.node)
        if post is None or post.author != visit.account:
            raise refusals.not_found(visit.node)
        return JSONResponse(chosen(_values(post, visit), query.fields))


def _refuse(order: FaultOrder, visit: Visit) -> None:
    match order.fault:
        case Fault.RATE_LIMITED:
            raise refusals.limited(visit.node, max(1, round(order.seconds / 60)))
        case Fault.SUSPENDED:
            raise refusals.blocked()
        case Fault.DUPLICATE:
            raise refusals.duplicate()
        case _:
            return


def _values(post: StoredPost, visit: Visit) -> dict[str, Any]:
    """Everything that may be asked for; nobody's names are made up for reactions."""
    shares = post.likes // 5
    return {
        "id": post.id,
        "message": post.text or None,
        "created_time": post.created_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "permalink_url": f"{visit.base_url}facebook/{post.id}",
        "shares": {"count": shares} if shares else None,
        "reactions": {"data": [], "summary": {"total_count": post.likes}},
        "comments": {"data": [], "summary": {"total_count": post.likes // 7}},
    }
