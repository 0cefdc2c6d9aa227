"""Workers that die, or seem to."""

import signal
import statistics

import pytest
from tests.chaos.queue.app import CROWD, Chaos, Crowd
from tests.chaos.queue.crew import Crew
from tests.chaos.queue.journal import read_runs
from tests.chaos.queue.waiting import until

from hutch_queue import JobFailed, QueueSettings

LEASE = 2.0
RECOVERY = 5.0
"""Seconds beyond the lease within which the jobs of a dead worker run again."""


@pytest.mark.req("X-06", "R24-64")
def test_the_default_lease_lets_a_death_be_noticed_within_30_seconds() -> None:
    assert QueueSettings().lease + RECOVERY <= 30


@pytest.mark.req("XB-29", "X-03", "X-06", "SD-28", "R24-64")
async def test_the_job_of_a_killed_worker_runs_again(crew: Crew) -> None:
    victim = await crew.worker(lease=LEASE)
    handle = await crew.queue.enqueue(Chaos.hang_once(1))
    await crew.began(1)
    survivor = await crew.worker(lease=LEASE)
    killed = victim.send(signal.SIGKILL)
    assert await handle.result(LEASE + RECOVERY) == 2
    first, second = crew.runs(1)
    assert (first.pid, second.pid) == (victim.pid, survivor.pid)
    assert (first.fence, second.fence) == (1, 2)
    print(f"one orphan runs again after {second.began - killed:.2f} s (lease {LEASE:g} s)")


@pytest.mark.req("X-06")
@pytest.mark.slow
async def test_the_500_jobs_of_a_killed_worker_run_again(crew: Crew) -> None:
    victim = await crew.worker(lease=LEASE)
    calls = [Crowd.hang_once(number) for number in range(CROWD)]
    await crew.queue.enqueue_all(calls)
    await until(lambda: _begun(crew, CROWD), 20)
    await crew.worker(lease=LEASE)
    killed = victim.send(signal.SIGKILL)
    await until(lambda: _begun(crew, 2 * CROWD), LEASE + RECOVERY)
    times = sorted(run.began - killed for run in read_runs(crew.folder) if run.fence == 2)
    assert len(times) == CROWD
    print(f"500 orphans: half after {statistics.median(times):.2f} s, all after {times[-1]:.2f} s")


async def _begun(crew: Crew, count: int) -> bool:
    return len(read_runs(crew.folder)) == count


async def test_a_zombie_hears_that_its_jobs_are_lost_and_goes_on_under_a_new_name(
    crew: Crew,
) -> None:
    zombie = await crew.worker(lease=LEASE)
    handle = await crew.queue.enqueue(Chaos.hang_once(1))
    ending = await crew.queue.enqueue(Chaos.work(2, 1000))
    await crew.began(1)
    await crew.began(2)
    before = await names(crew)
    zombie.send(signal.SIGSTOP)
    survivor = await crew.worker(lease=LEASE)
    assert await handle.result(LEASE + RECOVERY) == 2
    assert await ending.result() == 2
    zombie.send(signal.SIGCONT)

    async def cancelled() -> bool:
        return crew.runs(1)[0].end == "cancelled"

    await until(cancelled, 10)
    # How it hears of it depends on whether a call was under way when it was stopped.
    await zombie.logged("job is stopped: it was lost")
    runs = crew.runs(1)
    assert [(run.pid, run.fence) for run in runs] == [(zombie.pid, 1), (survivor.pid, 2)]
    # What it ended itself meanwhile does not count.
    [first, second] = crew.runs(2)
    assert (first.fence, second.fence) == (1, 2)
    assert (await crew.admin.totals("chaos")).completed == 2

    await survivor.kill()
    await crew.joined(zombie)
    assert not before & await names(crew)
    handle = await crew.queue.enqueue(Chaos.work(3, 0))
    assert await handle.result(LEASE + RECOVERY) == 3
    assert [run.pid for run in crew.runs(3)] == [zombie.pid]


async def names(crew: Crew) -> set[str]:
    return {worker.name for worker in await crew.admin.workers("chaos")}


@pytest.mark.req("X-07")
async def test_a_job_that_kills_its_worker_three_times_has_failed(crew: Crew) -> None:
    handle = await crew.queue.enqueue(Chaos.kill(1))
    for _ in range(3):
        worker = await crew.worker(lease=1, joins=False)
        assert await worker.ended(30) == -signal.SIGKILL
    await crew.worker(lease=1)
    with pytest.raises(JobFailed, match="Its worker died 3 times"):
        await handle.result(20)
    assert [run.fence for run in crew.runs(1)] == [1, 2, 3]
    job = await crew.admin.job("chaos", handle.id)
    assert [failure.error for failure in job.failures] == [
        *["Its worker died, or was not heard of for too long."] * 2,
        "Its worker died 3 times.",
    ]
