"""X's rate limits: windows of 15 minutes, told in every answer's headers."""

from __future__ import annotations

import math
import time

from kit.sandbox.windows import Window

WINDOW = 15 * 60


def headers(window: Window) -> dict[str, str]:
    """Tell the state as X does."""
    return {
        "x-rate-limit-limit": str(window.limit),
        "x-rate-limit-remaining": str(window.limit - window.used),
        "x-rate-limit-reset": str(window.reset),
    }


def used_up(limit: int, seconds: float) -> Window:
    """Make a window that is full and opens again after some seconds."""
    return Window(limit, math.ceil(time.time() + seconds), used=limit)
