"""All that the sandbox knows of LinkedIn."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from kit.sandbox.accounts import Account, Accounts
from kit.sandbox.ids import snowflake
from kit.sandbox.posts import Posts, StoredPost

LIFETIME = timedelta(days=60)
REFRESH_DAYS = 365


@dataclass(slots=True)
class Upload:
    """An image that is being uploaded.

    Attributes:
        secret: What its address has and nobody guesses.
    """

    owner: Account
    secret: str = field(default_factory=secrets.token_urlsafe, repr=False)
    size: int = 0


class LinkedInState:
    """LinkedIn in memory.

    Args:
        posts_per_day: How many posts an author may create until midnight UTC.
    """

    def __init__(self, posts_per_day: int = 150) -> None:
        self.accounts = Accounts(LIFETIME, _person, rotates=False)
        self.posts = Posts(StoredPost, _share)
        self.images: dict[str, Upload] = {}
        self._posts_per_day = posts_per_day
        self._used = Counter[tuple[str, date]]()

    def take(self, author: Account) -> bool:
        """Count a post; refuse it when the day is full."""
        today = (author.user_id, datetime.now(UTC).date())
        self._used[today] += 1
        return self._used[today] <= self._posts_per_day


def _person() -> str:
    return f"urn:li:person:{secrets.token_urlsafe(8)}"


def _share() -> str:
    return f"urn:li:share:{snowflake()}"
