"""Stop: the wish to end, as signals express it."""

from __future__ import annotations

import asyncio
import signal
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Set by the first SIGINT or SIGTERM; a second one ends the process.

    A signal during the start interrupts the start.

    Attributes:
        requested: Set when the app shall stop.
    """

    def __init__(self) -> None:
        """Prepare, in the task that starts the app; entering takes the signals over."""
        self.requested = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._starting = asyncio.current_task()

    def __enter__(self) -> Stop:
        """Take the signals over."""
        self._before = {number: signal.getsignal(number) for number in _SIGNALS}
        for number in _SIGNALS:
            # The loop's handler wakes it up; Python's own works even while it is busy.
            self._loop.add_signal_handler(number, self._request)
            signal.signal(number, _end_at_the_next)
        return self

    def __exit__(self, *_: object) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            self._loop.remove_signal_handler(number)
            signal.signal(number, handler)

    def started(self) -> None:
        """Let a signal no longer interrupt, but only set ``requested``."""
        self._starting = None

    def _request(self) -> None:
        self.requested.set()
        if self._starting is not None:
            self._starting.cancel()


def _end_at_the_next(_: int, __: FrameType | None) -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)
