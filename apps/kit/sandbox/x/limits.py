"""Rate limits: fixed windows per user and endpoint, told in every answer's headers."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

WINDOW = 15 * 60


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

    def headers(self) -> dict[str, str]:
        """Tell the state as X does."""
        return {
            "x-rate-limit-limit": str(self.limit),
            "x-rate-limit-remaining": str(self.limit - self.used),
            "x-rate-limit-reset": str(self.reset),
        }


def used_up(limit: int, seconds: float) -> Window:
    """Make a window that is full and opens again after some seconds."""
    return Window(limit, math.ceil(time.time() + seconds), used=limit)


class Limits:
    """The windows of all users."""

    def __init__(self, per_window: dict[str, int]) -> None:
        self._per_window = per_window
        self._windows: dict[tuple[str, str], Window] = {}

    def window(self, user_id: str, endpoint: str) -> Window:
        """Find the running window, or open the next one."""
        now = int(time.time())
        window = self._windows.get((user_id, endpoint))
        if window is None or window.reset <= now:
            window = Window(self._per_window[endpoint], now + WINDOW)
            self._windows[user_id, endpoint] = window
        return window
