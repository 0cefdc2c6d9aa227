"""X's endpoints."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.sandbox.accounts import Account, bearer
from kit.sandbox.faults import Fault, FaultOrder, Faults, PlatformName
from kit.sandbox.ids import snowflake
from kit.sandbox.refusals import Refusal
from kit.sandbox.spoiling import spoil
from kit.sandbox.x.faults import refuse
from kit.sandbox.x.limits import headers
from kit.sandbox.x.oauth import refresh_route
from kit.sandbox.x.posts import StoredPost
from kit.sandbox.x.problems import (
    duplicate,
    invalid,
    not_found,
    problems,
    rate_limited,
    unauthorized,
    unavailable,
)
from kit.sandbox.x.requests import Lookup, NewImage, NewPost, TimelineQuery
from kit.sandbox.x.state import XState

Serve = Callable[[Request, Account], Awaitable[Response]]


def x_routes(state: XState, faults: Faults) -> list[Route]:
    """List the routes of X, API v2."""
    x = _X(state, faults)
    return [
        Route("/2/tweets", x.create, methods=["POST"]),
        Route("/2/tweets", x.lookup, methods=["GET"]),
        Route("/2/media/upload", x.upload, methods=["POST"]),
        Route("/2/users/{user_id:int}/tweets", x.timeline, methods=["GET"]),
        refresh_route(state.accounts),
    ]


@dataclass(frozen=True, slots=True)
class _X:
    state: XState
    faults: Faults

    async def create(self, request: Request) -> Response:
        order = self.faults.take(PlatformName.X)
        if order and order.fault is Fault.EXPIRED_TOKEN:
            self.state.accounts.expire(bearer(request))

        async def serve(request: Request, account: Account) -> Response:
            return await self._create(request, account, order)

        return await self._metered("create", request, serve)

    async def upload(self, request: Request) -> Response:
        return await self._metered("upload", request, self._upload)

    async def lookup(self, request: Request) -> Response:
        return await self._metered("lookup", request, self._lookup)

    async def timeline(self, request: Request) -> Response:
        return await self._metered("timeline", request, self._timeline)

    async def _metered(self, endpoint: str, request: Request, serve: Serve) -> Response:
        account = self.state.accounts.holder(bearer(request))
        if account is None:
            raise unauthorized()
        window = self.state.limits.window(account.user_id, endpoint)
        try:
            if not window.take():
                raise rate_limited(window)
            response = await serve(request, account)
        except Refusal as refusal:
            response = refusal.response()
        for name, value in headers(window).items():
            response.headers.setdefault(name, value)
        return response

    async def _create(
        self, request: Request, account: Account, order: FaultOrder | None
    ) -> Response:
        with problems():
            new = NewPost.model_validate_json(await request.body(), strict=True)
        if not (new.text.strip() or new.media_ids):
            raise invalid(["$.text: a post needs text or media"])
        if order:
            refuse(order, self.state.limits.window(account.user_id, "create").limit)
        if self.state.posts.same(account, new.text):
            raise duplicate()
        post = self.state.posts.add(account, new.text, new.media_ids)
        answer = JSONResponse({"data": {"id": post.id, "text": post.shown_text}}, 201)
        return await spoil(order, answer, unavailable())

    async def _upload(self, request: Request, _: Account) -> Response:
        with problems():
            image = NewImage.model_validate_json(await request.body()).media
        made = {"id": snowflake(), "size": len(image), "expires_after_secs": 86_400}
        return JSONResponse({"data": made})

    async def _lookup(self, request: Request, account: Account) -> Response:
        with problems():
            query = Lookup.model_validate(dict(request.query_params))
        known = {id_: self.state.posts.get(id_) for id_ in query.ids}
        found = [post.shown(query.fields) for post in known.values() if post]
        missing = [not_found("tweet", "ids", id_) for id_, post in known.items() if not post]
        return JSONResponse(_without_empty({"data": found, "errors": missing}))

    async def _timeline(self, request: Request, account: Account) -> Response:
        with problems():
            query = TimelineQuery.model_validate(dict(request.query_params))
        user_id = str(request.path_params["user_id"])
        if user_id not in self.state.accounts.by_id:
            return JSONResponse({"errors": [not_found("user", "id", user_id)]})
        posts = [post for post in self.state.posts.of(user_id) if query.admits(post.created_at)]
        return JSONResponse(_page(posts, query))


def _page(posts: list[StoredPost], query: TimelineQuery) -> dict[str, Any]:
    end = query.pagination_token + query.max_results
    page = posts[query.pagination_token : end]
    meta: dict[str, Any] = {"result_count": len(page)}
    if page:
        meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
    if end < len(posts):
        meta["next_token"] = str(end)
    return _without_empty({"data": [post.shown(query.fields) for post in page], "meta": meta})


def _without_empty(body: dict[str, Any]) -> dict[str, Any]:
    """Leave out empty lists, as the contract wants it."""
    return {name: value for name, value in body.items() if value}
