"""Recovery: how long after a worker's death its jobs run again."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.queue.app import CROWD, Chaos, Crowd
from tests.chaos.queue.crew import Crew, opened_crew
from tests.chaos.queue.journal import Run, read_runs
from tests.chaos.queue.waiting import until

BEYOND = 5.0
"""Seconds beyond the lease within which they do."""
ALONE = 0
"""The number of the job that is its worker's only one in its queue."""


@dataclass(slots=True)
class Recovered:
    """Seconds from the death until a job ran again.

    Attributes:
        alone: Of the one job that a worker had of a queue.
        crowd: Of the 500 that it had of another one.
    """

    alone: list[float] = field(default_factory=list[float])
    crowd: list[float] = field(default_factory=list[float])


async def recover(folder: Path, trials: int, lease: float) -> Recovered:
    """Kill workers that are in the midst of their jobs; each survivor is the next to die."""
    found = Recovered()
    async with opened_crew(folder) as crew:
        victim = await crew.worker(lease=lease)
        for trial in range(1, trials + 1):
            await crew.queue.enqueue(Chaos.hang_once(ALONE))
            await crew.queue.enqueue_all([Crowd.hang_once(n) for n in range(1, CROWD + 1)])
            await _begun(crew, 1, trial)
            survivor = await crew.worker(lease=lease)
            killed = victim.send(signal.SIGKILL)
            for run in await _begun(crew, 2, trial):
                times = found.alone if run.number == ALONE else found.crowd
                times.append(run.began - killed)
            victim = survivor
    return found


async def _begun(crew: Crew, fence: int, trial: int) -> Sequence[Run]:
    """Wait until all jobs of a trial have begun so often; return those runs."""
    every = CROWD + 1

    def runs() -> list[Run]:
        found = [run for run in read_runs(crew.folder) if run.fence == fence]
        return sorted(found, key=lambda run: run.began)

    async def have() -> bool:
        return len(runs()) == trial * every

    await until(have, 60)
    return runs()[-every:]
