"""X, spoken to over its API v2."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx2
from pydantic import SecretStr

from kit.platforms.api import Api, Call, Judge
from kit.platforms.draft import Limits
from kit.platforms.http import Bearer
from kit.platforms.oauth import ends, no_client
from kit.platforms.outcomes import FailPermanent
from kit.platforms.paging import next_page
from kit.platforms.port import Metrics, Platform, Post, Published, Tokens, in_utc
from kit.platforms.settings import PlatformSettings
from kit.platforms.x.errors import outcome, refresh_outcome
from kit.platforms.x.text import LIMIT, weighted_length
from kit.platforms.x.wire import Created, Measured, PublicMetrics, Timeline, TokenPair

PAGE = 100
LIMITS = Limits(
    "X",
    LIMIT,
    media=4,
    counting=" (a URL 23, an emoji or Chinese, Japanese or Korean character 2)",
)


@dataclass(frozen=True, slots=True)
class XClient(Platform):
    """Publish and look up posts on X. All its errors are ``kit.platforms.outcomes``.

    Example:
        ``await x.create_post(SecretStr("..."), "Hello")``
    """

    http: httpx2.AsyncClient = field(repr=False)
    settings: PlatformSettings = field(repr=False)

    async def create_post(
        self, token: SecretStr, text: str, media: Sequence[str] = (), *, user_id: str = ""
    ) -> Published:
        """Publish a post. X knows no idempotency key: never repeat it after ``Unknown``.

        Args:
            token: The account's access token.
            text: At most 280 by X's count, see ``weighted_length``.
            media: Up to four ids of uploaded media.
            user_id: Not needed: the token tells X who posts.

        Raises:
            FailPermanent: The post is empty, too long or has too many media (refused
                before sending), or X refuses it.
            Unknown: It may be published: reconcile with ``recent_posts``.
            ProbablyDuplicate: X has the same text already: reconcile.
            RefreshThenRetryOnce: The token is not accepted; see ``refresh_once``.
            NeedsReauth: The token is none.
            PauseAccount: The account is suspended or the usage cap reached.
            RetryAfter: A rate limit; nothing was published.
            RetryBackoff: X was not reached.
        """
        LIMITS.check(text, media, length=weighted_length(text))
        body: dict[str, Any] = {"text": text} if text else {}
        if media:
            body["media"] = {"media_ids": list(media)}
        call = Call("POST", "/2/tweets", writes=True)
        created = await self._api().read(Created, call, Bearer(token), json=body)
        return Published(created.data.id, self._url(created.data.id))

    async def recent_posts(
        self, token: SecretStr, user_id: str, since: datetime
    ) -> tuple[Post, ...]:
        """List every post of the account since an instant, newest first.

        Args:
            token: The account's access token.
            user_id: X's number of the account.
            since: With a time zone; X compares whole seconds, so it is rounded down.
                Leave a margin: X's clock decides, not ours.

        Raises:
            FailPermanent: X does not show this account's posts, or not all of them. That
                is no proof that there are none.
            RetryBackoff: X was not reached, did not answer or broke off.
            RefreshThenRetryOnce, PauseAccount, RetryAfter: As in ``create_post``.
        """
        call = Call("GET", f"/2/users/{_number(user_id)}/tweets")
        query = {
            "start_time": in_utc(since).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "max_results": str(PAGE),
            self.settings.x_fields_parameter: "created_at,entities",
        }
        found: list[Post] = []
        while True:
            page = await self._api().read(Timeline, call, Bearer(token), params=query)
            found += [Post(p.id, self._url(p.id), p.created_at, p.expanded) for p in page.data]
            if page.meta.next_token is None:
                return tuple(found)
            query["pagination_token"] = next_page(
                "X", call, query.get("pagination_token"), page.meta.next_token
            )

    async def upload_image(self, token: SecretStr, image: bytes) -> str:
        """Upload an image that no post shows yet; return its id for ``media``. It ends in a day.

        Raises:
            FailPermanent: X cannot use the image.
            PlatformError: As in ``create_post``, but ``Unknown``: it may be repeated.
        """
        body = {"media": b64encode(image).decode("ascii"), "media_category": "tweet_image"}
        call = Call("POST", "/2/media/upload")
        return (await self._api().read(Created, call, Bearer(token), json=body)).data.id

    async def metrics(self, token: SecretStr, post_ids: Sequence[str]) -> Mapping[str, Metrics]:
        """Count what people made of posts, a hundred in one call: X charges for reads.

        Raises:
            PlatformError: As in ``recent_posts``.
        """
        found: dict[str, Metrics] = {}
        for start in range(0, len(post_ids), PAGE):
            query = {
                "ids": ",".join(post_ids[start : start + PAGE]),
                self.settings.x_fields_parameter: "public_metrics",
            }
            call = Call("GET", "/2/tweets")
            answer = await self._api().read(Measured, call, Bearer(token), params=query)
            found |= {post.id: _metrics(post.public_metrics) for post in answer.data}
        return found

    async def refresh(self, token: SecretStr) -> Tokens:
        """Exchange a refresh token for a new pair.

        Hold a lock per account, and store the pair before anything else: the token
        works once, and a second use ends the whole connection. ``Refresher`` does so.

        Raises:
            NeedsReauth: The token is used up, revoked or expired.
            PausePlatform: ``platforms.x_client_id`` is not set; nothing was sent.
            FailPermanent: X does not accept the client id or secret.
            Unknown: The token may be used up; try once more, X then says so.
            RetryAfter, RetryBackoff: As in ``create_post``.
        """
        secret = self.settings.x_client_secret
        client_id = self.settings.x_client_id
        if not client_id:
            raise no_client("X", "platforms.x_client_id")
        auth = httpx2.BasicAuth(client_id, secret.get_secret_value()) if secret else None
        form = {"grant_type": "refresh_token", "refresh_token": token.get_secret_value()}
        call = Call("POST", "/2/oauth2/token", writes=True)
        api = self._api(refresh_outcome)
        pair = await api.read(TokenPair, call, auth, data=form | {"client_id": client_id})
        return Tokens(pair.access_token, pair.refresh_token or token, ends(pair.expires_in))

    def _api(self, judge: Judge = outcome) -> Api:
        return Api("X", self.http, self.settings.x_base_url, judge)

    def _url(self, post_id: str) -> str:
        return f"{self.settings.x_web_url}/i/web/status/{post_id}"


def _number(user_id: str) -> str:
    if not (user_id.isascii() and user_id.isdecimal()):
        raise FailPermanent(f"{user_id!r} is no X user id: it is a number, not the @name.")
    return user_id


def _metrics(counted: PublicMetrics) -> Metrics:
    shares = counted.repost_count + counted.quote_count
    return Metrics(counted.like_count, shares, counted.reply_count)
