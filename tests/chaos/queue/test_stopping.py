"""Workers that are told to stop."""

import signal
import time

import pytest
from tests.chaos.queue.app import QUEUES, Chaos
from tests.chaos.queue.crew import Crew

from hutch_queue import QueueStats


@pytest.mark.req("R24-21")
async def test_an_idle_worker_of_three_queues_leaves_at_once(crew: Crew) -> None:
    worker = await crew.worker()
    began = worker.send(signal.SIGTERM)
    assert await worker.ended(3) == 0
    print(f"an idle worker exits {time.monotonic() - began:.2f} s after SIGTERM")
    assert [await crew.admin.workers(queue) for queue in QUEUES] == [[]] * 3


@pytest.mark.req("R24-21", "SD-32")
async def test_a_busy_worker_takes_nothing_more_and_hands_back_what_does_not_end(
    crew: Crew,
) -> None:
    grace = 2
    worker = await crew.worker(grace=grace)
    await crew.queue.enqueue(Chaos.work(1, 1000))
    endless = await crew.queue.enqueue(Chaos.work(2, 60_000))
    await crew.began(1)
    await crew.began(2)
    stopped = worker.send(signal.SIGTERM)
    await worker.logged("stopping")
    late = await crew.queue.enqueue(Chaos.work(3, 0))
    assert await worker.ended(grace + 8) == 0
    print(f"a busy worker with {grace} s of grace exits after {time.monotonic() - stopped:.2f} s")

    assert [run.end for run in crew.runs(1)] == ["done"]
    assert [run.end for run in crew.runs(2)] == ["cancelled"]
    assert crew.runs(3) == []
    assert await crew.admin.stats("chaos") == QueueStats(waiting=2, completed=1)
    handed_back = await crew.admin.job("chaos", endless.id)
    assert (handed_back.state, handed_back.attempt) == ("waiting", 0)

    await crew.worker()
    assert await late.result() == 3
    assert [run.fence for run in await crew.began(2, times=2)] == [1, 2]
