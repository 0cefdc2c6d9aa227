"""The play of rabbit24: a user posts on four networks, and an operator brings a post along."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Any

import httpx2

from demo.plays.play import Progress, Scene
from demo.plays.rabbit24_user import NETWORKS, PATIENCE, RabbitUser, asked, rabbit_user
from demo.verdict import Finding

X, LINKEDIN, FACEBOOK, INSTAGRAM = NETWORKS
WRITTEN: tuple[tuple[str, ...], ...] = (
    (X,), (X,), (X,), (X, LINKEDIN), (X, LINKEDIN), (FACEBOOK,), (FACEBOOK, LINKEDIN), (LINKEDIN,),
)  # fmt: skip
"""On which networks each plain post shall be."""
SHOWN = sum(map(len, WRITTEN)) + len(NETWORKS) + 2
"""Publications in all: with those of the picture, the dispatch and the slot."""
LOOK, PACE = 0.4, 0.5
DAILY = 50
"""Posts a day on X."""
ENDED = ("PUBLISHED", "FAILED", "NEEDS_REAUTH")


class Rabbit24Play:
    """Somebody writes for a brand, and everything is where it belongs, once."""

    app = "rabbit24"
    does = "Publishes a brand's posts on four networks, each exactly once."

    def __init__(self) -> None:
        self._posts: list[dict[str, Any]] = []
        self._heard: set[tuple[str, str]] = set()
        self._gaps = 0
        self._refused = 0
        self._left: dict[str, int] = {}
        self._figures = 0

    async def environment(self, sandbox: str, client: httpx2.AsyncClient) -> dict[str, str]:
        """Return what makes waits short."""
        return {
            "HUTCH_PUBLISHING__SENDING_LEASE": "5",
            "HUTCH_PUBLISHING__SETTLE": "3",
            "HUTCH_PUBLISHING__SETTLE_FACEBOOK": "3",
            "HUTCH_PUBLISHING__SWEEP_AFTER": "3",
        }

    async def run(self, scene: Scene) -> None:
        """Write, approve, dispatch and fill a slot; then wait until all is settled."""
        async with rabbit_user(scene) as user:
            await user.arrive()
            async with user.listening():
                with_picture = await self._write(scene, user)
                await self._dispatch(scene, user)
                await self._fill_slot(user)
                with suppress(TimeoutError):
                    await self._settle(user)
                    await self._measure(user, with_picture)
            self._left = await user.ask("GET", f"/api/brands/{user.brand}/limits")

    def progress(self) -> Progress:
        """Tell how many publications are there."""
        done = _states(self._posts)["PUBLISHED"]
        detail = f"{done} of {SHOWN} posts published, {len(self._heard)} events heard"
        return Progress(done, SHOWN, detail)

    async def judge(self, scene: Scene) -> list[Finding]:
        """Compare what the app says with what the networks have."""
        answer = await asked(scene.client, "GET", f"{scene.sandbox}/_sandbox/state", 200)
        there = {
            (platform, post["id"]): post["text"]
            for platform in NETWORKS.values()
            for post in answer[platform]["posts"]
            if scene.run in post["text"]
        }
        mine = _published(self._posts)
        by_text = Counter((platform, text) for (platform, _), text in there.items())
        return [
            Finding("posts on the networks", SHOWN, len(there)),
            Finding("posts there twice", 0, sum(n - 1 for n in by_text.values())),
            Finding("publications that a network lacks", 0, len(mine - set(there))),
            *self._own_findings(sum(platform == "x" for platform, _ in mine)),
        ]

    def _own_findings(self, on_x: int) -> list[Finding]:
        states = _states(self._posts)
        meant = ("PUBLISHED", "FAILED")
        wrong = [f"{name} {count}" for name, count in states.items() if name not in meant]
        told = SHOWN if self._gaps and len(self._heard) < SHOWN else len(self._heard)
        counted = DAILY - self._left.get("twitter", DAILY)
        return [
            Finding("publications", SHOWN, states["PUBLISHED"], ", ".join(wrong)),
            Finding("too long posts refused", 1, self._refused),
            Finding("posts with a missing file that failed", 1, states["FAILED"]),
            Finding("publications told live, or read after a gap", SHOWN, told),
            Finding("posts on X counted against the limit", on_x, counted),
            Finding("accounts whose figures are stored", len(NETWORKS), self._figures),
        ]

    async def _write(self, scene: Scene, user: RabbitUser) -> dict[str, Any]:
        run = scene.run
        await user.write(f"{run} {'x' * 280}", X, status=422)
        self._refused += 1
        for number, networks in enumerate(WRITTEN, 1):
            await user.approve(await user.write(f"{run}: post {number}", *networks))
            await asyncio.sleep(PACE)
        await user.approve(
            await user.write(f"{run}: its file is gone", X, media=("materials/gone.png",))
        )
        file = await user.picture()
        shown = await user.write(f"{run}: with a picture", *NETWORKS, media=(file,))
        await user.approve(shown)
        return shown

    async def _dispatch(self, scene: Scene, user: RabbitUser) -> None:
        """Let an operator bring a draft to a connection."""
        draft = await user.write(f"{scene.run}: dispatched")
        order = {
            "postId": draft["number"],
            "connectionIds": [user.accounts[FACEBOOK]["connectionId"]],
        }
        await asked(scene.client, "POST", "/api/admin/distribution/dispatch", 202, json=order)

    async def _fill_slot(self, user: RabbitUser) -> None:
        new = {
            "brandProfileId": user.brand,
            "topic": "posts that write themselves",
            "cron": "0 9 * * 1",
            "accountIds": [user.accounts[X]["id"]],
        }
        planned = await user.ask("POST", "/api/schedules", 201, json=new)
        await user.ask("POST", f"/api/schedules/{planned['id']}/run", 202)

    async def _settle(self, user: RabbitUser) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                self._posts = await user.posts()
                self._heard, self._gaps = user.heard, user.gaps
                states = _states(self._posts)
                if sum(states.values()) == SHOWN + 1 and set(states) <= set(ENDED):
                    break
                await asyncio.sleep(LOOK)
            # The row is there before the event is told.
            await user.told(states["PUBLISHED"])

    async def _measure(self, user: RabbitUser, post: dict[str, Any]) -> None:
        path = f"/api/posts/{post['id']}/analytics"
        await user.ask("POST", path, 202)
        async with asyncio.timeout(PATIENCE):
            while self._figures < len(NETWORKS):
                self._figures = len(await user.ask("GET", path))
                await asyncio.sleep(LOOK)


def _states(posts: list[dict[str, Any]]) -> Counter[str]:
    return Counter(one["state"] for post in posts for one in post["publications"])


def _published(posts: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {
        (NETWORKS[one["platform"]], one["platformPostId"])
        for post in posts
        for one in post["publications"]
        if one["state"] == "PUBLISHED"
    }
