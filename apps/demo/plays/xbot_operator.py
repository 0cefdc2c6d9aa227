"""The operator of xBOT, and the world outside as they see it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from demo.plays.asking import answer_to
from demo.plays.play import Scene

LOOK = 0.3
CONFLICT = 409


@dataclass(slots=True)
class BotOperator:
    """Speaks to the app, and to the sandbox of X, again and again until they answer.

    Attributes:
        outside: Speaks to the sandbox.
    """

    scene: Scene
    outside: httpx2.AsyncClient = field(repr=False)

    @property
    def slug(self) -> str:
        """The run's name, as it may stand in a hashtag."""
        return re.sub(r"[^a-z0-9]", "", self.scene.run.lower())

    async def ask(self, method: str, path: str, **content: Any) -> Any:
        """Ask the app, and read its JSON.

        Raises:
            httpx2.HTTPStatusError: It is no success.
        """
        answer = await answer_to(self.scene.client, method, path, **content)
        return answer.raise_for_status().json() if answer.content else None

    async def connect(self) -> None:
        """Make an account on X, and give it to the bot."""
        url = f"{self.scene.sandbox}/_sandbox/accounts"
        answer = await answer_to(
            self.outside, "POST", url, json={"username": f"bot{self.slug}"[:15]}
        )
        grant = answer.raise_for_status().json()
        account = {
            "userId": grant["user_id"],
            "accessToken": grant["access_token"],
            "refreshToken": grant["refresh_token"],
            "expiresAt": grant["expires_at"],
        }
        await self.ask("PUT", "/api/account", json=account)

    async def configure(self, key: str, **values: Any) -> None:
        """Change a part of the configuration, whoever else changes it meanwhile."""
        while True:
            found = await self.ask("GET", f"/api/config/{key}")
            if found["value"].items() >= values.items():
                return
            change = {"version": found["version"], "value": found["value"] | values}
            path = f"/api/config/{key}"
            answer = await answer_to(self.scene.client, "PUT", path, json=change)
            if answer.status_code != CONFLICT:
                answer.raise_for_status()

    async def let_only(self, posts: int) -> None:
        """Set the hourly limit so that so many posts are left."""
        while True:
            limits = (await self.ask("GET", "/api/config/rate_limits"))["value"]
            left = (await self.ask("GET", "/api/statistics"))["postsLeft"]
            if left == posts:
                return
            most = max(limits["postingPerHour"] - left + posts, 1)
            await self.configure("rate_limits", postingPerHour=most)

    async def schedule(self, text: str, topic: str, **when: Any) -> httpx2.Response:
        """Write a draft and give it its time; return what the app says to that."""
        draft = await self.ask("POST", "/api/drafts", json={"text": text, "topic": topic})
        path = f"/api/drafts/{draft['id']}/schedule"
        return await answer_to(self.scene.client, "POST", path, json=when)

    async def like(self, topics: Mapping[str, float]) -> None:
        """Tell the sandbox's people how they like topics; what others told them stays."""
        url = f"{self.scene.sandbox}/_sandbox/world"
        known = (await answer_to(self.outside, "GET", url)).raise_for_status().json()["topics"]
        body = {"topics": {**known, **topics}}
        (await answer_to(self.outside, "POST", url, json=body)).raise_for_status()

    async def on_x(self) -> list[str]:
        """List the texts on X that are of this run."""
        url = f"{self.scene.sandbox}/_sandbox/state"
        posts = (await answer_to(self.outside, "GET", url)).raise_for_status().json()["x"]["posts"]
        return [post["text"] for post in posts if self.slug in post["text"]]
