"""All that the sandbox knows of Instagram."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kit.sandbox.accounts import Account, Accounts
from kit.sandbox.graph.door import HOUR
from kit.sandbox.ids import snowflake
from kit.sandbox.posts import Posts, StoredPost
from kit.sandbox.windows import Windows

LIFETIME = timedelta(days=60)
DAY = timedelta(hours=24)


@dataclass(slots=True)
class Container:
    """Media that may be published.

    Attributes:
        ready_at: When they are processed.
        failure: The subcode of what is wrong with them; 0 for nothing.
        part: Whether it is one of a carousel, which is not published alone.
    """

    owner: Account
    caption: str
    media: tuple[str, ...]
    created_at: datetime
    ready_at: datetime
    part: bool = False
    failure: int = 0
    published: bool = False

    @property
    def status(self) -> str:
        """Where it is, in the contract's words."""
        now = datetime.now(UTC)
        if self.published:
            return "PUBLISHED"
        if now - self.created_at >= DAY:
            return "EXPIRED"
        if now < self.ready_at:
            return "IN_PROGRESS"
        return "ERROR" if self.failure else "FINISHED"


class InstagramState:
    """Instagram in memory.

    Args:
        posts_per_day: How many posts an account may publish in 24 hours.
        calls_per_hour: How many calls an account's app may make.
    """

    def __init__(self, posts_per_day: int = 100, calls_per_hour: int = 4800) -> None:
        self.accounts = Accounts(LIFETIME)
        self.posts = Posts(StoredPost, snowflake)
        self.containers: dict[str, Container] = {}
        self.posts_per_day = posts_per_day
        self.windows = Windows({"all": calls_per_hour}, HOUR)

    def used(self, user_id: str) -> int:
        """Count what an account has published in 24 hours."""
        since = datetime.now(UTC) - DAY
        return sum(post.created_at > since for post in self.posts.of(user_id))
