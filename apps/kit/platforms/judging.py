"""What several platforms' refusals have in common."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kit.platforms.outcomes import PauseAccount, PausePlatform, PlatformError, RetryBackoff, Unknown

PAUSE = timedelta(hours=24)
"""Platforms name no end of a suspension or usage cap: look again after a day."""
LOOK_AGAIN = timedelta(minutes=5)
"""A setting may be made at any time."""


def broken(said: str, *, writes: bool, detail: str = "") -> PlatformError:
    """Judge an error of the platform itself.

    Args:
        said: What it answered, to what call.
        writes: Whether the call changes something that people see.
        detail: The platform's own words.
    """
    if writes:
        return Unknown(f"{said}: it may have taken effect; look it up.", detail=detail)
    return RetryBackoff(f"{said}: try again later.", detail=detail)


def pause(said: str, *, detail: str = "") -> PauseAccount:
    """Pause an account for a day."""
    until = datetime.now(UTC) + PAUSE
    return PauseAccount(f"{said}; paused until {until.isoformat()}.", until=until, detail=detail)


def wait_for_operator(said: str, *, detail: str = "") -> PausePlatform:
    """Pause until an operator has set what is missing; they may do so at any time."""
    return PausePlatform(said, until=datetime.now(UTC) + LOOK_AGAIN, detail=detail)
