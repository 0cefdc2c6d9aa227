"""Rate limits by fixed windows, per user and endpoint."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(slots=True)
class Window:
    """The running window of one user at one endpoint; ``reset`` in epoch seconds."""

    limit: int
    reset: int
    used: int = 0

    def take(self) -> bool:
        """Count a call; refuse it when the window is full."""
        if self.used >= self.limit:
            return False
        self.used += 1
        return True


class Windows:
    """The windows of all users.

    Args:
        limits: How many calls a window admits at each endpoint.
        seconds: How long a window lasts.
    """

    def __init__(self, limits: Mapping[str, int], seconds: int) -> None:
        self._limits = limits
        self._seconds = seconds
        self._windows: dict[tuple[str, str], Window] = {}

    def window(self, user_id: str, endpoint: str) -> Window:
        """Find the running window, or open the next one."""
        now = int(time.time())
        window = self._windows.get((user_id, endpoint))
        if window is None or window.reset <= now:
            window = Window(self._limits[endpoint], now + self._seconds)
            self._windows[user_id, endpoint] = window
        return window
