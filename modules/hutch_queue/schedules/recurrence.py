"""Recurrence: when a job runs by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from hutch_queue.errors import InvalidJob
from hutch_queue.schedules.crontab import Cron

Missed = Literal["run", "skip"]
"""What becomes of a tick for which no worker was there: one late run, or none."""

GRACE = timedelta(seconds=60)
"""How late a tick may be that is not taken for missed."""
SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(days=36500)


@dataclass(frozen=True, slots=True)
class Every:
    """A fixed interval of real time, whatever the clocks show.

    Args:
        period: From a second to 100 years; parts of a millisecond are cut off.

    Raises:
        InvalidJob: The interval is shorter or longer.
    """

    period: timedelta

    def __post_init__(self) -> None:
        if not SHORTEST <= self.period <= LONGEST:
            raise InvalidJob(
                f"every({self.period}): give an interval of a second to {LONGEST.days} days."
            )

    def following(self, due: datetime, now: datetime) -> datetime:
        """Return the first tick to come, whole intervals after the one that was due."""
        period = self.period // _MILLISECOND * _MILLISECOND
        return due + ((now - due) // period + 1) * period


_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When a job runs by itself, and how often.

    Attributes:
        when: The ticks.
        missed: ``run``: what was missed, however many ticks, is made up for by one run;
            ``skip``: a tick that is more than 60 seconds late has no run.
        overlap: Whether a tick has a run of its own while the one before waits or runs.
        until: No tick after this time.
        runs: How many there are at most.

    Raises:
        InvalidJob: ``missed`` is neither of the two, or there is to be no run.
    """

    when: Cron | Every
    missed: Missed = "run"
    overlap: bool = True
    until: datetime | None = None
    runs: int | None = None

    def __post_init__(self) -> None:
        if self.missed not in get_args(Missed):
            raise InvalidJob(f"missed={self.missed!r}: use 'run' or 'skip'.")
        if self.runs is not None and self.runs < 1:
            raise InvalidJob(f"runs={self.runs}: use 1 or more, or None.")
        if self.until is not None and self.until.utcoffset() is None:
            raise InvalidJob(f"until={self.until}: give it a time zone, e.g. tzinfo=UTC.")

    def following(self, due: datetime, now: datetime, done: int) -> datetime | None:
        """Return the tick after one that was due, the first to come; None if it was the last.

        Args:
            due: When that one was.
            now: The time.
            done: How many runs there were.
        """
        return self.limited(self.when.following(due, now), done)

    def limited(self, due: datetime, done: int) -> datetime | None:
        """Return a tick, or None if it is beyond the limits."""
        over = (self.until and due > self.until) or (self.runs is not None and done >= self.runs)
        return None if over else due

    def has_run(self, due: datetime, now: datetime) -> bool:
        """Tell whether a tick that was due has a run, if nobody was there until now."""
        return self.missed == "run" or now - due <= GRACE
