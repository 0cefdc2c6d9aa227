"""Running: a job in work."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from hutch_queue.storage.store import Ended
from hutch_queue.worker.attempts import Held

Reason = Literal["lost", "aborted", "stopped"]


@dataclass(slots=True, eq=False)
class Running:
    """A job in work.

    Attributes:
        reason: Why it was cancelled, if it was.
        told: What its aborter said.
    """

    held: Held
    task: asyncio.Task[Ended]
    reason: Reason | None = None
    told: str = ""

    def cancel(self, reason: Reason, told: str = "") -> None:
        """Cancel it, once."""
        if self.reason is None:
            self.reason, self.told = reason, told
            self.task.cancel()
