"""Stats: the figures of one queue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueueStats:
    """How many jobs a queue has in each state.

    Attributes:
        waiting: Ready to run.
        active: Running.
        delayed: Due later: enqueued so, or between two attempts.
        completed: Done, as far as their records are kept.
        failed: The dead letters: failed for good or aborted, as far as kept.
        paused: Ready to run, but the queue is paused; ``waiting`` is 0 then.
    """

    waiting: int = 0
    active: int = 0
    delayed: int = 0
    completed: int = 0
    failed: int = 0
    paused: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """How the runs of a queue's jobs ended ever since; these numbers only rise.

    Attributes:
        completed: They returned.
        failed: They were the last of a job that failed or was aborted.
        retried: They failed, and another attempt followed.
        snoozed: They asked to be run later, or were handed back by a worker that stopped.
    """

    completed: int = 0
    failed: int = 0
    retried: int = 0
    snoozed: int = 0
