"""All that the sandbox knows of X."""

from __future__ import annotations

from kit.sandbox.x.accounts import Accounts
from kit.sandbox.x.limits import Limits
from kit.sandbox.x.posts import Posts

READS_PER_WINDOW = 900


class XState:
    """X in memory.

    Args:
        posts_per_window: How many posts a user may create in 15 minutes.
    """

    def __init__(self, posts_per_window: int = 100) -> None:
        self.accounts = Accounts()
        self.posts = Posts()
        self.limits = Limits(
            {"create": posts_per_window, "lookup": READS_PER_WINDOW, "timeline": READS_PER_WINDOW}
        )
