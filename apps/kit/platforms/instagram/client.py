"""Instagram, spoken to over the Graph API: container, poll, publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import httpx2
from pydantic import SecretStr

from kit.platforms.api import Api, Call
from kit.platforms.draft import Limits
from kit.platforms.graph.client import Created, Graph, Page, graph
from kit.platforms.graph.ids import node
from kit.platforms.graph.usage import Meter
from kit.platforms.http import Bearer
from kit.platforms.instagram.container import (
    Container,
    ContainerState,
    Insight,
    LongLived,
    Media,
    Permalink,
    carousel,
    child,
    single,
)
from kit.platforms.instagram.errors import JUDGE, ContainerGone, ended, published_already, unclear
from kit.platforms.oauth import ends
from kit.platforms.outcomes import NotFound, PlatformError
from kit.platforms.polling import Polling
from kit.platforms.port import Metrics, Platform, Post, Published, Tokens, in_utc
from kit.platforms.settings import PlatformSettings

LIMITS = Limits("Instagram", 2_200, media=10, needs_media=True)


@dataclass(frozen=True, slots=True)
class InstagramClient(Platform):
    """Publish and look up posts on Instagram. All its errors are ``kit.platforms.outcomes``.

    ``create_post`` is ``prepare``, ``wait`` and ``publish``. An app that keeps the
    container's id calls them itself: after ``Unknown`` the container tells what happened.

    Example:
        ``await instagram.create_post(token, "Hello", [url], user_id="17841400000000000")``
    """

    http: httpx2.AsyncClient = field(repr=False)
    settings: PlatformSettings = field(repr=False)
    _meter: Meter = field(default_factory=Meter, init=False, repr=False)

    async def create_post(
        self, token: SecretStr, text: str, media: Sequence[str] = (), *, user_id: str
    ) -> Published:
        """Publish a post. Instagram knows no idempotency key: never repeat it after ``Unknown``.

        Args:
            token: The account's access token.
            text: The caption, at most 2,200 characters.
            media: One to ten addresses of pictures and videos, which Instagram fetches.
            user_id: Instagram's number of the account.

        Raises:
            FailPermanent: The post or its media are refused, or were before sending.
            Unknown: It may be published: reconcile with ``recent_posts``.
            NeedsReauth: The token has ended or lacks a permission.
            PauseAccount: The account is blocked for a while.
            RetryAfter: A rate limit or the daily cap; nothing was published.
            ContainerGone: The container failed; nothing was published.
            RetryBackoff: Nothing was published.
        """
        container = await self.prepare(token, text, media, user_id=user_id)
        await self.wait(token, container)
        return await self.publish(token, container, user_id=user_id)

    async def prepare(
        self, token: SecretStr, text: str, media: Sequence[str], *, user_id: str
    ) -> str:
        """Make a container, which nobody sees and which ends after a day; return its id.

        That of several media is made when all are ready: without waiting see ``parts``.

        Raises:
            PlatformError: As in ``create_post``, but ``Unknown``: it may be repeated.
        """
        parts = await self.parts(token, text, media, user_id=user_id)
        if len(parts) == 1:
            return parts[0]
        for part in parts:
            await self.wait(token, part)
        return await self.join(token, text, parts, user_id=user_id)

    async def parts(
        self, token: SecretStr, text: str, media: Sequence[str], *, user_id: str
    ) -> tuple[str, ...]:
        """Make a container of each of several media, to ``join`` when they are ready.

        That of a single one is not joined: it is the post's.

        Raises:
            PlatformError: As in ``prepare``.
        """
        LIMITS.check(text, media)
        forms = [child(url) for url in media] if len(media) > 1 else [single(media[0], text)]
        return tuple([await self._container(token, user_id, form) for form in forms])

    async def join(self, token: SecretStr, text: str, parts: Sequence[str], *, user_id: str) -> str:
        """Make the container of a post out of parts that are ready; return its id.

        Raises:
            PlatformError: As in ``prepare``.
        """
        return await self._container(token, user_id, carousel(parts, text))

    async def state(self, token: SecretStr, container: str) -> ContainerState:
        """Tell where a container is; PUBLISHED settles a post whose fate is unknown.

        Raises:
            PlatformError: As in ``recent_posts``.
        """
        return (await self._look(token, container)).status_code

    async def is_ready(self, token: SecretStr, container: str) -> bool:
        """Tell whether a container can be published, or joined, now.

        Raises:
            ContainerGone: It has ended, or failed in a way that may pass; make a new one.
            FailPermanent: Instagram cannot use its media.
            ProbablyDuplicate: It was published before: reconcile with ``recent_posts``.
        """
        found = await self._look(token, container)
        if outcome := ended(container, found):
            raise outcome
        return found.status_code is ContainerState.FINISHED

    async def wait(self, token: SecretStr, container: str) -> None:
        """Wait until a container can be published.

        Raises:
            PlatformError: As in ``is_ready``.
            RetryBackoff: It takes longer than the settings allow.
        """
        polling = Polling.of(self.settings)
        await polling.until(lambda: self.is_ready(token, container), f"The container {container}")

    async def publish(self, token: SecretStr, container: str, *, user_id: str) -> Published:
        """Publish a container.

        Raises:
            Unknown: It may be published: ``state`` tells.
            ProbablyDuplicate: It was published before: reconcile with ``recent_posts``.
            PlatformError: As in ``create_post``.
        """
        call = Call("POST", f"/{_account(user_id)}/media_publish", writes=True)
        form = {"creation_id": node(container, "Instagram container id")}
        try:
            created = await self._graph().read(Created, call, token, data=form)
        except ContainerGone as gone:
            raise await self._why_gone(token, container, gone) from gone
        return Published(created.id, await self._permalink(token, created.id))

    async def recent_posts(
        self, token: SecretStr, user_id: str, since: datetime
    ) -> tuple[Post, ...]:
        """List every post of the account since an instant, newest first.

        Raises:
            PlatformError: As in ``create_post``, but ``Unknown``.
        """
        found: list[Post] = []
        path, since = f"/{_account(user_id)}/media", in_utc(since)
        query = {"fields": "id,caption,timestamp,permalink"}
        async for entry in self._graph().entries(Page[Media], path, token, query):
            if entry.timestamp < since:
                break
            found.append(Post(entry.id, entry.permalink, entry.timestamp, entry.caption))
        return tuple(found)

    async def metrics(self, token: SecretStr, post_ids: Sequence[str]) -> Mapping[str, Metrics]:
        """Count likes, shares and comments; Instagram may tell them two days late.

        Raises:
            PlatformError: As in ``recent_posts``.
        """
        found: dict[str, Metrics] = {}
        for post_id in post_ids:
            call = Call("GET", f"/{node(post_id, 'Instagram media id')}/insights")
            query = {"metric": "likes,shares,comments"}
            if told := await self._graph().find(Page[Insight], call, token, params=query):
                counts = {insight.name: insight.count for insight in told.data}
                found[post_id] = Metrics(*map(counts.get, ("likes", "shares", "comments")))
        return found

    async def refresh(self, token: SecretStr) -> Tokens:
        """Extend an access token by about 60 days.

        Instagram has no refresh tokens. It extends a token that is a day old or older, and
        has not ended. The token goes in a header, never into an address that is logged.

        Raises:
            NeedsReauth: The token has ended.
            PlatformError: As in ``recent_posts``.
        """
        api = Api("Instagram", self.http, self.settings.instagram_base_url, JUDGE)
        call = Call("GET", "/refresh_access_token")
        query = {"grant_type": "ig_refresh_token"}
        fresh = await api.read(LongLived, call, Bearer(token), params=query)
        return Tokens(fresh.access_token, fresh.access_token, ends(fresh.expires_in))

    async def _container(self, token: SecretStr, user_id: str, form: dict[str, str]) -> str:
        call = Call("POST", f"/{_account(user_id)}/media")
        return (await self._graph().read(Created, call, token, data=form)).id

    async def _look(self, token: SecretStr, container: str) -> Container:
        call = Call("GET", f"/{node(container, 'Instagram container id')}")
        query = {"fields": "status_code,status"}
        return await self._graph().read(Container, call, token, params=query)

    async def _why_gone(
        self, token: SecretStr, container: str, gone: ContainerGone
    ) -> PlatformError:
        """Tell a container that has ended from one that was published, as another call may have.

        Instagram refuses both alike, and only the first may be made anew.
        """
        try:
            state = await self.state(token, container)
        except NotFound:
            return gone
        except PlatformError:
            return unclear(container)
        return published_already(container) if state is ContainerState.PUBLISHED else gone

    async def _permalink(self, token: SecretStr, post_id: str) -> str:
        """Ask where a post is seen; it is published, whatever comes of the question."""
        call, query = Call("GET", f"/{post_id}"), {"fields": "permalink"}
        try:
            found = await self._graph().read(Permalink, call, token, params=query)
        except PlatformError:
            return ""
        return found.permalink

    def _graph(self) -> Graph:
        base_url = self.settings.instagram_base_url
        return graph("Instagram", self.http, base_url, self.settings, JUDGE, self._meter)


def _account(user_id: str) -> str:
    return node(user_id, "Instagram account id")
