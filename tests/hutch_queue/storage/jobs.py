"""What the tests of the stores store: records, tails, and the time."""

import json
from typing import Any

START = 1_750_000_000_000_000


class Clock:
    """The time in microseconds, as tests set it."""

    def __init__(self) -> None:
        self.us = START

    def __call__(self) -> int:
        return self.us

    @property
    def ms(self) -> int:
        """The time in milliseconds, as the scripts round it."""
        return self.us // 1000

    def advance(self, ms: float) -> None:
        """Let time pass."""
        self.us += round(ms * 1000)


def record(queued: int, priority: int = 0, **meta: Any) -> str:
    """Write a record as ``record.py`` does."""
    head: dict[str, Any] = {"queued": queued}
    if priority:
        head["priority"] = priority
    if meta:
        head["meta"] = meta
    head["kwargs"] = {"data": {"text": 'an "é" / \\n'}}
    return line(head)


def tail(attempts: int, completed: int, error: str | None = None) -> str:
    """Write what closes a record."""
    fields: dict[str, Any] = {"attempts": attempts, "completed": completed}
    if error is not None:
        fields["error"] = error
    return "," + line(fields)[1:]


def line(value: Any) -> str:
    """Write JSON in one line."""
    return json.dumps(value, separators=(",", ":"))
