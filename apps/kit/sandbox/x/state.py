"""All that the sandbox knows of X."""

from __future__ import annotations

from kit.sandbox.accounts import Accounts
from kit.sandbox.ids import snowflake
from kit.sandbox.posts import Posts
from kit.sandbox.windows import Windows
from kit.sandbox.x.accounts import LIFETIME
from kit.sandbox.x.limits import WINDOW
from kit.sandbox.x.posts import StoredPost

READS_PER_WINDOW = 900
UPLOADS_PER_WINDOW = 500


class XState:
    """X in memory.

    Args:
        posts_per_window: How many posts a user may create in 15 minutes.
    """

    def __init__(self, posts_per_window: int = 100) -> None:
        self.accounts = Accounts(LIFETIME)
        self.posts = Posts(StoredPost, snowflake)
        other = {
            "upload": UPLOADS_PER_WINDOW,
            "lookup": READS_PER_WINDOW,
            "timeline": READS_PER_WINDOW,
        }
        self.limits = Windows({"create": posts_per_window} | other, WINDOW)
