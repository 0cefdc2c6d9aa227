"""LinkedIn, spoken to over its versioned REST API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

import httpx2
from pydantic import SecretStr

from kit.platforms.api import Api, Call
from kit.platforms.draft import Limits
from kit.platforms.http import Bearer
from kit.platforms.linkedin.errors import outcome, refresh_outcome
from kit.platforms.linkedin.images import Uploads
from kit.platforms.linkedin.share import share
from kit.platforms.linkedin.text import LIMIT, unescape
from kit.platforms.linkedin.wire import Grant, Posts, SocialMetadata, StoredPost
from kit.platforms.oauth import ends, no_client
from kit.platforms.outcomes import FailPermanent
from kit.platforms.polling import Polling
from kit.platforms.port import Metrics, Platform, Post, Published, Tokens, in_utc
from kit.platforms.settings import PlatformSettings

PAGE = 100
LIMITS = Limits("LinkedIn", LIMIT, media=20)
_AUTHOR = re.compile(r"urn:li:(?:person|organization):[\w-]+")
_POST = re.compile(r"urn:li:(?:share|ugcPost):\d+")


@dataclass(frozen=True, slots=True)
class LinkedInClient(Platform):
    """Publish and look up posts on LinkedIn. All its errors are ``kit.platforms.outcomes``.

    Example:
        ``await linkedin.create_post(token, "Hello", user_id="urn:li:person:abc")``
    """

    http: httpx2.AsyncClient = field(repr=False)
    settings: PlatformSettings = field(repr=False)

    async def create_post(
        self, token: SecretStr, text: str, media: Sequence[str] = (), *, user_id: str
    ) -> Published:
        """Publish a post. LinkedIn knows no idempotency key: never repeat it after ``Unknown``.

        Args:
            token: The account's access token.
            text: At most 3,000 characters.
            media: Up to 20 images by the URNs that ``upload_image`` gave.
            user_id: The author's URN: a person or an organization.

        Raises:
            FailPermanent: The post is refused, or was before sending.
            Unknown: It may be published: reconcile with ``recent_posts``.
            ProbablyDuplicate: LinkedIn has it already, and may name it: see ``post``.
            RefreshThenRetryOnce: The token is not accepted; see ``refresh_once``.
            NeedsReauth: The token is revoked or lacks a permission.
            PausePlatform: The version of the API in the settings is retired.
            RetryAfter: The day's limit is reached; it ends at midnight UTC.
            RetryBackoff: LinkedIn was not reached.
        """
        LIMITS.check(text, media)
        body = share(_author(user_id), text, media)
        call, api = Call("POST", "/rest/posts", writes=True), self._api()
        response = await api.send(call, Bearer(token), json=body, headers=self._headers())
        urn = response.headers.get("x-restli-id", "")
        if not _POST.fullmatch(urn):
            raise api.incomplete(response, call)
        return self._published(urn)

    async def post(self, token: SecretStr, urn: str) -> Post | None:
        """Look up one post, such as the one that ``ProbablyDuplicate`` names.

        A URN that LinkedIn names may belong to a post that is not there: only a post that
        this returns may be taken for one's own.

        Returns:
            The post, or None where there is none.

        Raises:
            PlatformError: As in ``recent_posts``.
        """
        call = Call("GET", f"/rest/posts/{quote(urn, safe='')}")
        found = await self._api().find(StoredPost, call, Bearer(token), headers=self._headers())
        return self._shown(found) if found else None

    async def recent_posts(
        self, token: SecretStr, user_id: str, since: datetime
    ) -> tuple[Post, ...]:
        """List every post of an author since an instant, newest first.

        Raises:
            NeedsReauth: The account may not read its posts; members' posts need a
                permission that LinkedIn gives to few apps.
            PlatformError: Any other outcome but ``Unknown``.
        """
        start, found, since = 0, list[Post](), in_utc(since)
        query = {"q": "author", "author": _author(user_id), "sortBy": "CREATED"}
        call = Call("GET", "/rest/posts")
        headers = self._headers() | {"X-RestLi-Method": "FINDER"}
        while True:
            page_of = query | {"start": str(start), "count": str(PAGE)}
            page = await self._api().read(
                Posts, call, Bearer(token), params=page_of, headers=headers
            )
            posts = [self._shown(entry) for entry in page.elements]
            found += [post for post in posts if post.created_at >= since]
            if len(posts) < PAGE or posts[-1].created_at < since:
                return tuple(found)
            start += PAGE

    async def metrics(self, token: SecretStr, post_ids: Sequence[str]) -> Mapping[str, Metrics]:
        """Count reactions and comments; LinkedIn does not tell shares.

        Raises:
            PlatformError: As in ``recent_posts``.
        """
        found: dict[str, Metrics] = {}
        for urn in post_ids:
            call = Call("GET", f"/rest/socialMetadata/{quote(urn, safe='')}")
            headers = self._headers()
            told = await self._api().find(SocialMetadata, call, Bearer(token), headers=headers)
            if told:
                likes = sum(kind.count for kind in told.reactions.values())
                found[urn] = Metrics(likes, None, told.comments.count)
        return found

    async def upload_image(self, token: SecretStr, user_id: str, image: bytes) -> str:
        """Upload an image and wait until LinkedIn can show it; return its URN for ``media``.

        Raises:
            FailPermanent: LinkedIn cannot use the image.
            PlatformError: Any other outcome but ``Unknown``: nothing is published yet.
        """
        uploads = Uploads(self._api(), self._headers(), Polling.of(self.settings))
        return await uploads.upload(token, _author(user_id), image)

    async def refresh(self, token: SecretStr) -> Tokens:
        """Exchange a refresh token. It lasts a year from the connection, and is not extended.

        Raises:
            NeedsReauth: The token is revoked or its year is over.
            PausePlatform: The client id or secret is not set; nothing was sent.
            FailPermanent: LinkedIn does not accept the client id or secret.
            RetryAfter, RetryBackoff, Unknown: As in ``create_post``.
        """
        secret = self.settings.linkedin_client_secret
        if not self.settings.linkedin_client_id or secret is None:
            named = "platforms.linkedin_client_id and linkedin_client_secret"
            raise no_client("LinkedIn", named)
        form = {
            "grant_type": "refresh_token",
            "refresh_token": token.get_secret_value(),
            "client_id": self.settings.linkedin_client_id,
            "client_secret": secret.get_secret_value(),
        }
        call = Call("POST", "/accessToken", writes=True)
        api = Api("LinkedIn", self.http, self.settings.linkedin_oauth_url, refresh_outcome)
        grant = await api.read(Grant, call, None, data=form)
        return Tokens(grant.access_token, grant.refresh_token or token, ends(grant.expires_in))

    def _api(self) -> Api:
        return Api("LinkedIn", self.http, self.settings.linkedin_base_url, outcome)

    def _headers(self) -> dict[str, str]:
        return {
            "LinkedIn-Version": self.settings.linkedin_version,
            "X-Restli-Protocol-Version": "2.0.0",
        }

    def _shown(self, found: StoredPost) -> Post:
        published = self._published(found.id)
        return Post(published.id, published.url, found.created_at, unescape(found.commentary))

    def _published(self, urn: str) -> Published:
        return Published(urn, f"{self.settings.linkedin_web_url}/feed/update/{urn}")


def _author(urn: str) -> str:
    if not _AUTHOR.fullmatch(urn):
        raise FailPermanent(
            f"{urn!r} is no LinkedIn author: it is urn:li:person:ID or urn:li:organization:ID."
        )
    return urn
