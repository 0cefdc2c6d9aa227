"""Announcer: tells on the channel which pauses have run out, soon after they do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from hutch_pause.port import PauseSwitch
from hutch_pause.settings import PauseSettings

LONGEST_PAUSE = 2.0
"""Seconds between attempts while the pauses cannot be reached."""

_log = structlog.get_logger(__name__)


class Announcer:
    """Sleeps until the next pause runs out, and looks now and then for those of others."""

    def __init__(self, switch: PauseSwitch, settings: PauseSettings) -> None:
        self._switch = switch
        self._interval = settings.interval
        self._is_failing = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Announce meanwhile."""
        task = asyncio.create_task(self._run(), name="pause announcer")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            pause = await self._announce()
            await asyncio.sleep(pause)

    async def _announce(self) -> float:
        """Announce once; return how long to wait."""
        try:
            after = await self._switch.announce()
        except Exception as error:
            # Whatever it is, what ran out is still on the list.
            if not self._is_failing:
                _log.warning("pauses cannot be announced", error=type(error).__name__)
            self._is_failing = True
            return min(LONGEST_PAUSE, self._interval)
        if self._is_failing:
            self._is_failing = False
            _log.info("pauses are announced again")
        return self._interval if after is None else min(after, self._interval)


async def announcing(announcer: Announcer) -> AsyncIterator[None]:
    """Run as long as the app."""
    async with announcer.running():
        yield
