"""The play of xBOT: an operator schedules posts, meets the limit, raises it, and sees it learn."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from demo.plays.play import Progress, Scene
from demo.plays.xbot_operator import LOOK, BotOperator
from demo.verdict import Finding

EACH = 5
"""Posts about each of two topics."""
LET = 4
"""How many posts the hourly limit lets out before it is raised."""
PATIENCE = 60
REFUSED = 422
FAR = timedelta(days=30)


@dataclass(slots=True)
class XbotPlay:
    """What the operator did, and what they saw on the way."""

    app: str = "xbot"
    does: str = "Schedules posts for X, posts each once, and learns which topics and hours do well."
    topics: tuple[str, ...] = ()
    texts: list[str] = field(default_factory=list[str])
    cancelled: str = ""
    refused: int = 0
    held: int | None = None
    posts: dict[str, Any] = field(default_factory=dict[str, Any])
    stored: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    lessons: dict[str, Any] = field(default_factory=dict[str, Any])

    async def environment(self, sandbox: str, client: httpx2.AsyncClient) -> dict[str, str]:
        """Tell the app who it is to X, and make waits short."""
        return {
            "HUTCH_PLATFORMS__X_CLIENT_ID": "demo",
            "HUTCH_PUBLISHING__SENDING_LEASE": "5",
            "HUTCH_PUBLISHING__SETTLE": "3",
            "HUTCH_PUBLISHING__SWEEP_AFTER": "3",
            "HUTCH_LOCK__CLAIM": "3",
            "HUTCH_XBOT__ASK_AGAIN": "1",
            "HUTCH_XBOT__POSTING_LOCK": "3",
            "HUTCH_XBOT__SYNC_LOCK": "3",
            "HUTCH_XBOT__LEARN_LOCK": "3",
            "HUTCH_XBOT__SETTLED_AFTER": "0",
        }

    async def run(self, scene: Scene) -> None:
        """Configure, write, schedule, and wait until all is learned from."""
        async with httpx2.AsyncClient(timeout=10) as outside:
            operator = BotOperator(scene, outside)
            self._begin(operator.slug)
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._prepare(operator)
                    await self._schedule(operator)
                    await self._meet_the_limit(operator)
                    await self._until(operator, self._all_learned)

    def progress(self) -> Progress:
        """Count posts that are out, stored and learned from."""
        out, stored, learned = self._posted(), len(self.stored), self._learned()
        detail = f"{out} of {2 * EACH} posts on X, {stored} stored, {learned} learned from"
        return Progress(out + stored + learned, 6 * EACH, detail)

    async def judge(self, scene: Scene) -> list[Finding]:
        """Compare X, the database, the counters and the figures with what was scheduled."""
        async with httpx2.AsyncClient(timeout=10) as outside:
            operator = BotOperator(scene, outside)
            await self._look(operator)
            shown = Counter(await operator.on_x())
            figures = await operator.ask("GET", "/api/statistics")
        return [
            *self._of_posts(shown),
            *self._of_stores(),
            *self._of_lessons(),
            *self._of_figures(figures),
        ]

    def _begin(self, slug: str) -> None:
        """Forget the last run: topics and texts are this one's own."""
        self.topics = (f"coffee{slug}", f"tea{slug}")
        self.texts, self.refused, self.held, self.stored = [], 0, None, []
        self.posts, self.lessons = {}, {}
        self.cancelled = f"Taken back: #{self.topics[0]}"

    async def _prepare(self, operator: BotOperator) -> None:
        liked, unliked = self.topics
        await operator.like({liked: 2.0, unliked: 0.0})
        await operator.connect()
        await operator.configure("rate_limits", apiPerMinute=10_000)
        await operator.let_only(LET)

    async def _schedule(self, operator: BotOperator) -> None:
        soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
        for number in range(EACH):
            for topic in self.topics:
                text = f"Cup number {number + 1} #{topic}"
                when = {"at": soon} if number == EACH - 1 else {"priority": 50 + number}
                (await operator.schedule(text, topic, **when)).raise_for_status()
                self.texts.append(text)
        again = await operator.schedule(f" {self.texts[0].upper()} ", self.topics[0])
        self.refused += again.status_code == REFUSED
        await self._take_back(operator)

    async def _take_back(self, operator: BotOperator) -> None:
        at = (datetime.now(UTC) + FAR).isoformat()
        answer = await operator.schedule(self.cancelled, self.topics[0], at=at)
        post = answer.raise_for_status().json()["id"]
        with suppress(httpx2.HTTPStatusError):  # a repeated request finds it taken back
            await operator.ask("DELETE", f"/api/posts/{post}")

    async def _meet_the_limit(self, operator: BotOperator) -> None:
        """See that the limit holds the rest back, and raise it."""
        hour = datetime.now(UTC).hour
        await self._until(operator, self._limited)
        if datetime.now(UTC).hour == hour:  # else it has begun anew
            self.held = self._posted()
        limits = (await operator.ask("GET", "/api/config/rate_limits"))["value"]
        most = limits["postingPerHour"] + 2 * EACH
        await operator.configure("rate_limits", postingPerHour=most)

    async def _until(self, operator: BotOperator, condition: Any) -> None:
        await self._look(operator)
        while not condition():
            await asyncio.sleep(LOOK)
            await self._look(operator)

    async def _look(self, operator: BotOperator) -> None:
        """See how far everything of this run is."""
        views = await operator.ask("GET", "/api/posts", params={"limit": "500"})
        self.posts = {view["text"]: view for view in views if view["text"] in self.texts}
        stored = [
            await operator.ask("GET", "/api/tweets/stored", params={"topic": topic})
            for topic in self.topics
        ]
        self.stored = [tweet for tweets in stored for tweet in tweets]
        self.lessons = await operator.ask("GET", "/api/learning")

    def _limited(self) -> bool:
        """Tell whether so many are out as may be, and others are held back."""
        return self._posted() >= LET and any(post["notBefore"] for post in self.posts.values())

    def _all_learned(self) -> bool:
        return self._learned() == 2 * EACH

    def _posted(self) -> int:
        return sum(post["status"] == "POSTED" for post in self.posts.values())

    def _learned(self) -> int:
        beliefs = self.lessons.get("topics", ())
        return sum(map(_tries, (one for one in beliefs if one["name"] in self.topics)))

    def _of_posts(self, shown: Counter[str]) -> Iterator[Finding]:
        wrong = [text for text in self.texts if shown[text] != 1]
        yield Finding("posts on X exactly once", 2 * EACH, len(self.texts) - len(wrong))
        yield Finding("posts on X in all", 2 * EACH, shown.total(), ", ".join(wrong))
        yield Finding("posts that the app calls posted", 2 * EACH, self._posted())
        yield Finding("same texts refused", 1, self.refused)
        yield Finding("posts taken back that are on X", 0, shown[self.cancelled])
        if self.held is not None:
            yield Finding("posts that the limit let out before it was raised", LET, self.held)

    def _of_stores(self) -> Iterator[Finding]:
        ids = Counter(tweet["postId"] for tweet in self.stored)
        once = sum(ids[post["id"]] == 1 for post in self.posts.values())
        yield Finding("posts in the database exactly once", 2 * EACH, once)
        measured = sum(tweet["likes"] is not None for tweet in self.stored)
        yield Finding("posts with figures of X", 2 * EACH, measured)

    def _of_lessons(self) -> Iterator[Finding]:
        beliefs = {one["name"]: one for one in (*self.lessons["topics"], *self.lessons["tags"])}
        for what, topic in zip(("liked", "unliked"), self.topics, strict=False):
            found = _tries(beliefs[topic]) if topic in beliefs else 0
            yield Finding(f"successes and failures of the {what} topic", EACH, found)
        unliked = beliefs.get(self.topics[-1]) if self.topics else None
        yield Finding("successes of the unliked topic", 0, unliked["successes"] if unliked else 0)
        hours = sum(map(_tries, self.lessons["hours"]))
        yield Finding("posts counted by hour, of all runs", self.lessons["learned"], hours)

    def _of_figures(self, figures: dict[str, Any]) -> Iterator[Finding]:
        rows = [row for row in figures["topics"] if row["topic"] in self.topics]
        yield Finding("posts in the statistics", 2 * EACH, sum(row["tweets"] for row in rows))
        likes = sum(tweet["likes"] or 0 for tweet in self.stored)
        yield Finding("likes in the statistics", likes, sum(row["likes"] for row in rows))


def _tries(belief: dict[str, Any]) -> int:
    tries: int = belief["successes"] + belief["failures"]
    return tries
