"""X, spoken to over its API v2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx2
from pydantic import BaseModel, SecretStr, ValidationError

from kit.platforms.http import Bearer, transport_outcome
from kit.platforms.outcomes import FailPermanent, Unknown
from kit.platforms.port import Platform, Post, Published, Tokens
from kit.platforms.settings import PlatformSettings
from kit.platforms.x.errors import outcome, refresh_outcome
from kit.platforms.x.text import LIMIT, weighted_length
from kit.platforms.x.wire import Created, Timeline, TokenPair

PAGE = 100
MAX_MEDIA = 4

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class XClient(Platform):
    """Publish and look up posts on X. All its errors are ``kit.platforms.outcomes``.

    Example:
        ``await x.create_post(SecretStr("..."), "Hello")``
    """

    http: httpx2.AsyncClient = field(repr=False)
    settings: PlatformSettings = field(repr=False)

    async def create_post(
        self, token: SecretStr, text: str, media_ids: Sequence[str] = ()
    ) -> Published:
        """Publish a post. X knows no idempotency key: never repeat it after ``Unknown``.

        Args:
            token: The account's access token.
            text: At most 280 by X's count, see ``weighted_length``.
            media_ids: Up to four ids of uploaded media.

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
        _check(text, media_ids)
        body: dict[str, Any] = {"text": text} if text else {}
        if media_ids:
            body["media"] = {"media_ids": list(media_ids)}
        response = await self._send("POST", "/2/tweets", Bearer(token), json=body)
        created = _read(response, Created, "POST /2/tweets", writes=True)
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
            FailPermanent: X does not show this account's posts. That is no proof
                that there are none.
            RetryBackoff: X was not reached, did not answer or broke off.
            RefreshThenRetryOnce, PauseAccount, RetryAfter: As in ``create_post``.
        """
        path = f"/2/users/{_number(user_id)}/tweets"
        query = {
            "start_time": _utc(since),
            "max_results": str(PAGE),
            self.settings.x_fields_parameter: "created_at,entities",
        }
        found: list[Post] = []
        while True:
            response = await self._send("GET", path, Bearer(token), params=query)
            page = _read(response, Timeline, f"GET {path}", writes=False)
            found += [Post(p.id, self._url(p.id), p.created_at, p.expanded) for p in page.data]
            if page.meta.next_token is None:
                return tuple(found)
            query["pagination_token"] = page.meta.next_token

    async def refresh(self, token: SecretStr) -> Tokens:
        """Exchange a refresh token for a new pair.

        Hold a lock per account, and store the pair before anything else: the token
        works once, and a second use ends the whole connection.

        Raises:
            NeedsReauth: The token is used up, revoked or expired.
            FailPermanent: X does not accept the client id or secret.
            Unknown: The token may be used up; try once more, X then says so.
            RetryAfter, RetryBackoff: As in ``create_post``.
        """
        secret = self.settings.x_client_secret
        client_id = self.settings.x_client_id
        auth = httpx2.BasicAuth(client_id, secret.get_secret_value()) if secret else None
        form = {"grant_type": "refresh_token", "refresh_token": token.get_secret_value()}
        path = "/2/oauth2/token"
        response = await self._send("POST", path, auth, data=form | {"client_id": client_id})
        if response.status_code in (400, 401):
            raise refresh_outcome(response, f"POST {path}")
        pair = _read(response, TokenPair, f"POST {path}", writes=True)
        lifetime = timedelta(seconds=pair.expires_in)
        return Tokens(pair.access_token, pair.refresh_token, datetime.now(UTC) + lifetime)

    async def _send(
        self, method: str, path: str, auth: httpx2.Auth | None, **content: Any
    ) -> httpx2.Response:
        request = self.http.build_request(method, f"{self.settings.x_base_url}{path}", **content)
        try:
            return await self.http.send(request, auth=auth)
        except httpx2.RequestError as error:
            writes = method == "POST"
            raise transport_outcome(error, f"{method} {path}", writes=writes) from error

    def _url(self, post_id: str) -> str:
        return f"{self.settings.x_web_url}/i/web/status/{post_id}"


def _check(text: str, media_ids: Sequence[str]) -> None:
    if not text.strip() and not media_ids:
        raise FailPermanent("This post is empty: give it text or media.")
    length = weighted_length(text)
    if length > LIMIT:
        raise FailPermanent(
            f"This post counts {length} of X's {LIMIT} (a URL 23, an emoji or Chinese, Japanese "
            f"or Korean character 2): shorten it by {length - LIMIT}."
        )
    if len(media_ids) > MAX_MEDIA:
        raise FailPermanent(f"This post has {len(media_ids)} media; X takes {MAX_MEDIA}.")


def _number(user_id: str) -> str:
    if not (user_id.isascii() and user_id.isdecimal()):
        raise FailPermanent(f"{user_id!r} is no X user id: it is a number, not the @name.")
    return user_id


def _utc(since: datetime) -> str:
    if since.tzinfo is None:
        raise ValueError(f"since={since.isoformat()} has no time zone; use datetime.now(UTC).")
    return since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read(response: httpx2.Response, model: type[M], call: str, *, writes: bool) -> M:
    if not response.is_success:
        raise outcome(response, call, writes=writes)
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        said = f"X answered {response.status_code} to {call} without what was asked for"
        if writes:
            raise Unknown(f"{said}: it may have taken effect; look it up.") from error
        raise FailPermanent(f"{said}: it may not be visible to us.") from error
