"""All that the sandbox knows of Facebook."""

from __future__ import annotations

from datetime import timedelta

from kit.sandbox.accounts import Account, Accounts
from kit.sandbox.graph.door import HOUR
from kit.sandbox.ids import snowflake
from kit.sandbox.posts import Posts, StoredPost
from kit.sandbox.windows import Windows

LIFETIME = timedelta(days=60)


class FacebookState:
    """Facebook Pages in memory.

    Args:
        calls_per_hour: How many calls a Page's app may make.
    """

    def __init__(self, calls_per_hour: int = 4800) -> None:
        self.accounts = Accounts(LIFETIME)
        self.posts = Posts(StoredPost, snowflake)
        self.photos: dict[str, Account] = {}
        self.windows = Windows({"all": calls_per_hour}, HOUR)
