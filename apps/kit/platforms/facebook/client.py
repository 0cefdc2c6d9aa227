"""Facebook Pages, spoken to over the Graph API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import httpx2
from pydantic import SecretStr

from kit.platforms.api import Call
from kit.platforms.draft import Limits
from kit.platforms.facebook.wire import LongLived, PagePost, PostMetrics
from kit.platforms.graph.client import Created, Graph, Page, graph
from kit.platforms.graph.ids import node
from kit.platforms.graph.rules import judge
from kit.platforms.graph.usage import Meter
from kit.platforms.oauth import ends, no_client
from kit.platforms.port import Metrics, Platform, Post, Published, Tokens, in_utc
from kit.platforms.settings import PlatformSettings

LIMITS = Limits("Facebook", 63_206, media=10)
_FIELDS = "shares,reactions.limit(0).summary(true),comments.limit(0).summary(true)"
_JUDGE = judge("Facebook")


@dataclass(frozen=True, slots=True)
class FacebookClient(Platform):
    """Publish and look up posts of Facebook Pages. All its errors are ``kit.platforms.outcomes``.

    Example:
        ``await facebook.create_post(token, "Hello", user_id="1234567890")``
    """

    http: httpx2.AsyncClient = field(repr=False)
    settings: PlatformSettings = field(repr=False)
    _meter: Meter = field(default_factory=Meter, init=False, repr=False)

    async def create_post(
        self, token: SecretStr, text: str, media: Sequence[str] = (), *, user_id: str
    ) -> Published:
        """Publish a post. Facebook knows no idempotency key: never repeat it after ``Unknown``.

        Args:
            token: The Page's access token.
            text: At most 63,206 characters.
            media: Up to ten ids of photos that ``upload_photo`` gave.
            user_id: The Page's number.

        Raises:
            FailPermanent: The post is refused, or was before sending.
            Unknown: It may be published: reconcile with ``recent_posts``.
            ProbablyDuplicate: Facebook has the same text already: reconcile.
            NeedsReauth: The token has ended or lacks a permission.
            PauseAccount: The Page is blocked for a while.
            RetryAfter: The rate limit is reached, or nearly; nothing was published.
            RetryBackoff: Facebook was not reached.
        """
        LIMITS.check(text, media)
        form = {"published": "true"} | ({"message": text} if text else {})
        if media:
            photos = [{"media_fbid": node(photo, "Facebook photo id")} for photo in media]
            form["attached_media"] = json.dumps(photos)
        call = Call("POST", f"/{_page(user_id)}/feed", writes=True)
        created = await self._graph().read(Created, call, token, data=form)
        return Published(created.id, f"{self.settings.facebook_web_url}/{created.id}")

    async def upload_photo(self, token: SecretStr, user_id: str, url: str) -> str:
        """Let Facebook fetch a photo that no post shows yet; return its id for ``media``.

        Raises:
            PlatformError: As in ``create_post``, but ``Unknown``: it may be repeated.
        """
        call = Call("POST", f"/{_page(user_id)}/photos")
        form = {"url": url, "published": "false"}
        return (await self._graph().read(Created, call, token, data=form)).id

    async def recent_posts(
        self, token: SecretStr, user_id: str, since: datetime
    ) -> tuple[Post, ...]:
        """List every post of the Page since an instant, newest first.

        Raises:
            PlatformError: As in ``create_post``, but ``Unknown``.
        """
        query = {
            "fields": "message,created_time,permalink_url",
            "since": str(int(in_utc(since).timestamp())),
        }
        path = f"/{_page(user_id)}/published_posts"
        entries = self._graph().entries(Page[PagePost], path, token, query)
        return tuple([self._shown(entry) async for entry in entries])

    async def metrics(self, token: SecretStr, post_ids: Sequence[str]) -> Mapping[str, Metrics]:
        """Count reactions, shares and comments.

        Raises:
            PlatformError: As in ``recent_posts``.
        """
        found: dict[str, Metrics] = {}
        for post_id in post_ids:
            call = Call("GET", f"/{node(post_id, 'Facebook post id')}")
            query = {"fields": _FIELDS}
            if told := await self._graph().find(PostMetrics, call, token, params=query):
                comments = told.comments.summary.total_count
                likes = told.reactions.summary.total_count
                found[post_id] = Metrics(likes, told.shares.count, comments)
        return found

    async def refresh(self, token: SecretStr) -> Tokens:
        """Exchange an access token for one that lasts about 60 days.

        Facebook has no refresh tokens: a token that has ended cannot be exchanged. The
        token and the app's secret go in the body, never into an address that is logged.

        Raises:
            NeedsReauth: The token has ended.
            PausePlatform: The app's id or secret is not set; nothing was sent.
            PlatformError: As in ``recent_posts``.
        """
        secret = self.settings.facebook_app_secret
        if not self.settings.facebook_app_id or secret is None:
            named = "platforms.facebook_app_id and facebook_app_secret"
            raise no_client("Facebook", named)
        form = {
            "grant_type": "fb_exchange_token",
            "client_id": self.settings.facebook_app_id,
            "client_secret": secret.get_secret_value(),
            "fb_exchange_token": token.get_secret_value(),
        }
        call = Call("POST", "/oauth/access_token")
        fresh = await self._graph().api.read(LongLived, call, None, data=form)
        return Tokens(fresh.access_token, fresh.access_token, ends(fresh.expires_in))

    def _graph(self) -> Graph:
        base_url = self.settings.facebook_base_url
        return graph("Facebook", self.http, base_url, self.settings, _JUDGE, self._meter)

    def _shown(self, post: PagePost) -> Post:
        url = post.permalink_url or f"{self.settings.facebook_web_url}/{post.id}"
        return Post(post.id, url, post.created_time, post.message)


def _page(user_id: str) -> str:
    return node(user_id, "Facebook Page id")
