"""The switch in memory: the model of ``lua/*.lua``, for tests and single processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from hutch_pause.checks import check_limit, length_of, moment, past, time_of
from hutch_pause.event import PauseEvent, Teller
from hutch_pause.names import ALL, Names
from hutch_pause.settings import PauseSettings
from hutch_pause.state import Gate, Overview, PauseState
from hutch_pubsub import Events
from hutch_ratelimit import FixedWindow, MemoryLimiter


def wall_clock() -> int:
    """Return the time in microseconds since 1970."""
    return time.time_ns() // 1000


class MemorySwitch:
    """Keeps pauses in this process; see ``PauseSwitch``.

    Args:
        settings: Keys, default length.
        clock: The time in microseconds since 1970; by default the computer's.
        events: Where pauses are told; by default nowhere.
    """

    def __init__(
        self,
        settings: PauseSettings,
        clock: Callable[[], int] = wall_clock,
        events: Events | None = None,
    ) -> None:
        self._settings = settings
        self._teller = Teller(settings, events) if events else None
        self._names = Names(settings)
        self._clock = clock
        self._counters = MemoryLimiter(clock=clock)
        self._ends: dict[str, int] = {}
        self._reasons: dict[str, str] = {}
        self._since = 0

    async def pause(
        self,
        subject: str,
        *,
        duration: timedelta | None = None,
        until: datetime | None = None,
        reason: str | None = None,
        only_extend: bool = False,
    ) -> PauseState:
        """Pause a subject; see ``PauseSwitch.pause``."""
        self._names.check(subject)
        length, ends = time_of(duration, until, self._settings.duration)
        now = self._now()
        end = now + length if length is not None else ends or 0
        if end <= now:
            raise past(until)
        current = self._end_of(subject, now)
        if not (only_extend and current and current >= end):
            await self._set(subject, end, reason, now)
        return self._paused(subject)

    async def resume(self, subject: str, *, reason: str | None = None) -> bool:
        """End a subject's pause; see ``PauseSwitch.resume``."""
        self._names.check(subject)
        paused = self._end_of(subject, self._now()) is not None
        await self._counters.clear(_ANY.at(*self._names.counter(subject)))
        self._reasons.pop(subject, None)
        if self._ends.pop(subject, None) is not None:
            await self._tell(subject, "resume", None, reason)
        return paused

    async def pause_all(self, *, reason: str | None = None) -> PauseState:
        """Pause all; see ``PauseSwitch.pause_all``."""
        self._keep_reason("", reason)
        if not self._since:
            self._since = self._now()
            await self._tell(ALL, "pause", None, reason)
        return PauseState("all", None, None, moment(self._since), reason or None)

    async def resume_all(self, *, reason: str | None = None) -> bool:
        """End the pause of all; see ``PauseSwitch.resume_all``."""
        paused, self._since = bool(self._since), 0
        if paused:
            self._reasons.pop("", None)
            await self._tell(ALL, "resume", None, reason)
        return paused

    async def state(self, subject: str) -> PauseState:
        """Tell whether something may be done; see ``PauseSwitch.state``."""
        self._names.check(subject)
        if self._since:
            return PauseState("all", subject, None, moment(self._since), self._reasons.get(""))
        if self._end_of(subject, self._now()) is not None:
            return self._paused(subject)
        return PauseState("running", subject)

    async def still_allowed(self, subject: str) -> bool:
        """Tell whether something may be done, in a word; see ``PauseSwitch.still_allowed``."""
        return (await self.state(subject)).allowed

    async def gate(
        self,
        subject: str,
        limit: FixedWindow,
        *,
        duration: timedelta | None = None,
        reason: str = "rate_limit",
    ) -> Gate:
        """Count a message and tell whether it may pass; see ``PauseSwitch.gate``."""
        self._names.check(subject)
        check_limit(limit)
        length = length_of(self._settings.duration if duration is None else duration)
        state = await self.state(subject)
        if not state.allowed:
            return Gate(state)
        counter = limit.at(*self._names.counter(subject))
        decision = await self._counters.take(counter)
        if decision.allowed:
            return Gate(state, decision.remaining)
        # Counted anew after the pause, however short somebody makes it: else what came before
        # would trip again.
        await self._counters.clear(counter)
        return Gate(await self._trip(subject, length, reason), tripped=True)

    async def list(self, *, limit: int = 500) -> Sequence[PauseState]:
        """List the pauses; see ``PauseSwitch.list``."""
        now = self._now()
        found = [(end, subject) for subject, end in self._ends.items() if end > now]
        since = moment(self._since)
        first = [PauseState("all", None, None, since, self._reasons.get(""))] if since else []
        return first + [self._paused(subject) for _, subject in sorted(found)[:limit]]

    async def overview(self) -> Overview:
        """Count the pauses; see ``PauseSwitch.overview``."""
        now = self._now()
        return Overview(moment(self._since), sum(end > now for end in self._ends.values()))

    async def announce(self) -> float | None:
        """Tell which pauses have run out; see ``PauseSwitch.announce``."""
        now = self._now()
        ends = sorted((end, subject) for subject, end in self._ends.items())
        over = [(end, subject) for end, subject in ends if end <= now]
        for _, subject in over:
            del self._ends[subject]
            self._reasons.pop(subject, None)
        for end, subject in over:
            await self._tell(subject, "resume", end, "expired")
        return (ends[len(over)][0] - now) / 1000 if len(over) < len(ends) else None

    async def _trip(self, subject: str, length: int, reason: str) -> PauseState:
        now = self._now()
        await self._set(subject, now + length, reason, now)
        return self._paused(subject)

    def _now(self) -> int:
        return self._clock() // 1000

    def _end_of(self, subject: str, now: int) -> int | None:
        end = self._ends.get(subject, 0)
        return end if end > now else None

    def _paused(self, subject: str) -> PauseState:
        until = moment(self._ends[subject])
        return PauseState("paused", subject, until, None, self._reasons.get(subject))

    async def _set(self, subject: str, end: int, reason: str | None, now: int) -> None:
        before = self._ends.get(subject)
        if before is not None and before <= now:
            await self._tell(subject, "resume", before, "expired")
        self._ends[subject] = end
        self._keep_reason(subject, reason)
        await self._tell(subject, "pause", end, reason)

    def _keep_reason(self, subject: str, reason: str | None) -> None:
        if reason:
            self._reasons[subject] = reason
        else:
            self._reasons.pop(subject, None)

    async def _tell(
        self, subject: str, action: Literal["pause", "resume"], end: int | None, reason: str | None
    ) -> None:
        if self._teller:
            event = PauseEvent(
                subject=subject, action=action, expires_at=end, reason=reason or None
            )
            await self._teller(event)


_ANY = FixedWindow(1, None, timedelta(seconds=1))
"""Clearing does not ask for the limit."""
