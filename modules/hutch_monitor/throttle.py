"""Throttle: slow down who guesses tokens."""

from __future__ import annotations

from collections import deque
from time import monotonic

LIMIT = 5
WINDOW = 60.0
_MOST_ADDRESSES = 10_000


class Throttle:
    """Counts wrong tries by address, in this process: five a minute are allowed."""

    def __init__(self) -> None:
        self._tries: dict[str, deque[float]] = {}

    def wait(self, address: str) -> float:
        """Return the seconds until this address may try again; 0 when it may now."""
        tries = self._recent(address)
        return max(0.0, tries[0] + WINDOW - monotonic()) if len(tries) >= LIMIT else 0.0

    def failed(self, address: str) -> None:
        """Count a wrong try."""
        tries = self._recent(address)
        tries.append(monotonic())
        # Moved to the end, so that the addresses at the front are the oldest.
        self._tries.pop(address, None)
        self._tries[address] = tries
        while len(self._tries) > _MOST_ADDRESSES:
            del self._tries[next(iter(self._tries))]

    def _recent(self, address: str) -> deque[float]:
        tries = self._tries.get(address, deque[float]())
        while tries and tries[0] <= monotonic() - WINDOW:
            tries.popleft()
        return tries
