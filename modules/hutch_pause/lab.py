"""The lab: what the contract needs of a backend."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from hutch_pause.errors import PauseError
from hutch_pause.event import PauseEvent
from hutch_pause.port import PauseSwitch


class Lab(Protocol):
    """A switch with the default settings, whose time stands still until a test moves it."""

    @property
    def switch(self) -> PauseSwitch:
        """The switch under test."""
        ...

    def now(self) -> datetime:
        """Return the switch's time, in UTC."""
        ...

    async def move(self, time: timedelta) -> None:
        """Let time go by."""
        ...

    async def events(self) -> list[PauseEvent]:
        """Return what ``Channel("events:pause", PauseEvent)`` told since it was last asked."""
        ...


async def error_of(error: type[PauseError], waiting: Awaitable[Any]) -> str:
    """Check that awaiting it fails with this error; return the message."""
    try:
        await waiting
    except error as raised:
        return str(raised)
    raise AssertionError(f"{error.__name__} was not raised")


def told(
    subject: str, action: Literal["pause", "resume"], end: int | None = None, reason: str = ""
) -> PauseEvent:
    """Make an event."""
    return PauseEvent(subject=subject, action=action, expires_at=end, reason=reason or None)


def milliseconds(moment: datetime | None) -> int:
    """Return a time as events tell it."""
    assert moment is not None
    return round(moment.timestamp() * 1000)
