"""A running xBOT with its account on a sandbox of X, as tests drive it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from hutch.testing import Testing
from hutch_database import Database
from hutch_outbox import Outbox
from hutch_queue import Queue
from hutch_redis import Redis
from kit.platforms import FailPermanent, XClient
from kit.sandbox import Fault, FaultOrder, PlatformName, SandboxState
from kit.sandbox.accounts import Grant
from kit.sandbox.x.posts import StoredPost
from xbot.jobs.analytics import AnalyticsJobs
from xbot.jobs.pending import PendingJobs
from xbot.models import Tweet
from xbot.schemas import PendingPost

TOKEN = "the-operators-own-token"
TEXT = "Green tea at noon #tea"
NOW = datetime.now(UTC)
NOON = NOW.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
BEARER = {"authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True)
class X:
    """The sandbox, and the account on it that the bot posts with."""

    url: str
    state: SandboxState
    grant: Grant

    @property
    def posts(self) -> list[StoredPost]:
        """What the account has posted, newest first."""
        return self.state.x.posts.of(self.grant.account.user_id)

    @property
    def texts(self) -> list[str]:
        return [post.text for post in self.posts]

    @property
    def account(self) -> dict[str, Any]:
        pair = self.grant.pair
        return {
            "userId": self.grant.account.user_id,
            "accessToken": pair.access,
            "refreshToken": pair.refresh,
            "expiresAt": pair.expires_at.isoformat(),
        }

    def fault(self, fault: Fault, **more: Any) -> None:
        self.state.faults.order(FaultOrder(platform=PlatformName.X, fault=fault, **more))


@dataclass(frozen=True)
class Bot:
    """A started xBOT."""

    t: Testing
    client: httpx2.AsyncClient
    x: X
    redis: Redis

    async def ask(self, method: str, path: str, status: int = 200, **content: Any) -> Any:
        """Send a request and read its JSON."""
        answer = await self.client.request(method, path, **content)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def draft(self, text: str, topic: str = "tea") -> str:
        body = {"text": text, "topic": topic}
        return str((await self.ask("POST", "/api/drafts", 201, json=body))["id"])

    async def schedule(self, draft: str, status: int = 201, **when: Any) -> Any:
        return await self.ask("POST", f"/api/drafts/{draft}/schedule", status, json=when)

    async def write(self, text: str, topic: str = "tea", **when: Any) -> str:
        """Schedule a text; return the post's id."""
        return str((await self.schedule(await self.draft(text, topic), **when))["id"])

    async def post(self, id: str) -> dict[str, Any]:
        return dict(await self.ask("GET", f"/api/posts/{id}"))

    async def is_at(self, id: str, status: str) -> bool:
        return bool((await self.post(id))["status"] == status)

    async def reaches(self, id: str, status: str) -> dict[str, Any]:
        await until(lambda: self.is_at(id, status))
        return await self.post(id)

    async def stored(self, topic: str = "tea") -> list[dict[str, Any]]:
        """The tweets of a topic that have reached the database."""
        return list(await self.ask("GET", "/api/tweets/stored", params={"topic": topic}))

    async def work(self) -> None:
        """Do all that waits, then measure, and learn; for a bot whose jobs wait to be drained."""
        await self.t.get(Outbox).relay()
        await self.t.drain()
        for call in (AnalyticsJobs.measure(), AnalyticsJobs.learn()):
            await self.t.get(Queue).enqueue(call)
            await self.t.drain()

    async def configure(self, key: str, **value: Any) -> dict[str, Any]:
        found = await self.ask("GET", f"/api/config/{key}")
        change = {"version": found["version"], "value": found["value"] | value}
        return dict(await self.ask("PUT", f"/api/config/{key}", json=change))


async def measured(
    bot: Bot, *tweets: tuple[str, str, int, int], first: int = 0, at: datetime = NOON
) -> None:
    """Store tweets with their figures: topic, tag, hour and likes."""
    async with bot.t.get(Database).session() as session:
        for number, (topic, tag, hour, likes) in enumerate(tweets, first):
            posted = at.replace(hour=hour)
            session.add(
                Tweet(
                    id=str(number), post_id=f"p{number}", text=f"{topic} {number} #{tag}",
                    topic=topic, tags=[tag], url="", posted_at=posted, ask_at=posted,
                    likes=likes, shares=0, replies=0, measured_at=NOW,
                )
            )  # fmt: skip


async def run(bot: Bot, post: str) -> None:
    """Enqueue the job of a post, as the outbox would."""
    await bot.t.get(Queue).enqueue(PendingJobs.post(PendingPost(post_id=post)), key=post)


def refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let X take no post, whoever asks."""

    async def never(*_: Any, **__: Any) -> Any:
        raise FailPermanent("never")

    monkeypatch.setattr(XClient, "create_post", never)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)
