"""LinkedIn's endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.sandbox.accounts import Account, bearer
from kit.sandbox.faults import Fault, FaultOrder, Faults, PlatformName
from kit.sandbox.linkedin import refusals
from kit.sandbox.linkedin.guard import Guard
from kit.sandbox.linkedin.images import Images
from kit.sandbox.linkedin.oauth import refresh_route
from kit.sandbox.linkedin.requests import LIMIT, AuthorQuery, NewPost
from kit.sandbox.linkedin.state import LinkedInState
from kit.sandbox.linkedin.text import kept, seen, written
from kit.sandbox.posts import StoredPost
from kit.sandbox.spoiling import spoil

GHOST = "urn:li:share:7000000000000000000"
"""The post that a duplicate by fault names, and that is not there: LinkedIn does so, too."""


def linkedin_routes(state: LinkedInState, faults: Faults) -> list[Route]:
    """List the routes of LinkedIn, below ``/linkedin``."""
    guard = Guard(state.accounts)
    linkedin, images = _LinkedIn(state, faults, guard), Images(state, guard)
    return [
        Route("/linkedin/rest/posts", linkedin.create, methods=["POST"]),
        Route("/linkedin/rest/posts", linkedin.by_author, methods=["GET"]),
        Route("/linkedin/rest/posts/{urn}", linkedin.look, methods=["GET"]),
        Route("/linkedin/rest/socialMetadata/{urn}", linkedin.metadata, methods=["GET"]),
        Route("/linkedin/rest/images", images.initialize, methods=["POST"]),
        Route("/linkedin/rest/images/{urn}", images.look, methods=["GET"]),
        Route("/linkedin/uploads/{urn}", images.put, methods=["PUT"]),
        refresh_route(state.accounts),
    ]


@dataclass(frozen=True, slots=True)
class _LinkedIn:
    state: LinkedInState
    faults: Faults
    guard: Guard

    async def create(self, request: Request) -> Response:
        order = self.faults.take(PlatformName.LINKEDIN)
        if order and order.fault is Fault.EXPIRED_TOKEN:
            self.state.accounts.expire(bearer(request))
        account = self.guard.holder(request)
        with refusals.checked():
            new = NewPost.model_validate_json(await request.body())
        if order:
            _refuse(order, request)
        post = self._add(account, new)
        answer = Response(status_code=201, headers={"x-restli-id": post.id})
        return await spoil(order, answer, refusals.unavailable())

    async def look(self, request: Request) -> Response:
        return JSONResponse(_shown(self._mine(request)))

    async def by_author(self, request: Request) -> Response:
        account = self.guard.holder(request)
        if request.headers.get("X-RestLi-Method") != "FINDER":
            raise refusals.invalid(["X-RestLi-Method: a finder needs FINDER"])
        with refusals.checked():
            query = AuthorQuery.model_validate(dict(request.query_params))
        if query.author != account.user_id:
            raise refusals.forbidden()
        posts = self.state.posts.of(query.author)
        page = posts[query.start : query.start + query.count]
        paging: dict[str, Any] = {"start": query.start, "count": query.count, "links": []}
        return JSONResponse({"paging": paging, "elements": [_shown(post) for post in page]})

    async def metadata(self, request: Request) -> Response:
        post = self._mine(request)
        kinds = {"LIKE": post.likes - post.likes // 4, "PRAISE": post.likes // 4}
        told = {kind: {"reactionType": kind, "count": count} for kind, count in kinds.items()}
        comments = {"count": post.likes // 7, "topLevelCount": post.likes // 9}
        return JSONResponse(
            {
                "entity": post.id,
                "commentsState": "OPEN",
                "reactionSummaries": told,
                "commentSummary": comments,
            }
        )

    def _add(self, account: Account, new: NewPost) -> StoredPost:
        if new.author != account.user_id:
            raise refusals.forbidden()
        text = seen(kept(new.commentary))
        if len(seen(new.commentary)) > LIMIT:
            raise refusals.invalid([f"$.commentary: more than {LIMIT} characters"])
        if not (text.strip() or new.images):
            raise refusals.invalid(["$.commentary: a post needs words or images"])
        if same := self.state.posts.same(account, text):
            raise refusals.duplicate(same.id)
        if not self.state.take(account):
            raise refusals.limited()
        return self.state.posts.add(account, text, new.images)

    def _mine(self, request: Request) -> StoredPost:
        account, urn = self.guard.holder(request), request.path_params["urn"]
        post = self.state.posts.get(urn)
        if post is None:
            raise refusals.not_found(urn)
        if post.author != account:
            raise refusals.forbidden()
        return post


def _refuse(order: FaultOrder, request: Request) -> None:
    match order.fault:
        case Fault.RATE_LIMITED:
            raise refusals.limited()
        case Fault.SUSPENDED:
            raise refusals.forbidden()
        case Fault.DUPLICATE:
            raise refusals.duplicate(GHOST)
        case Fault.VERSION_RETIRED:
            raise refusals.retired(request.headers["LinkedIn-Version"])
        case _:
            return


def _shown(post: StoredPost) -> dict[str, Any]:
    created = int(post.created_at.timestamp() * 1000)
    times = dict.fromkeys(("createdAt", "publishedAt", "lastModifiedAt"), created)
    return {
        "id": post.id,
        "author": post.author.user_id,
        "commentary": written(post.text),
        "visibility": "PUBLIC",
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
        "distribution": {"feedDistribution": "MAIN_FEED"},
        **times,
    }
