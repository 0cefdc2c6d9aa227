"""Workers beside the API in one process, and in processes of their own."""

import signal

import pytest
from tests.chaos.queue.app import Chaos
from tests.chaos.queue.crew import Crew


@pytest.mark.req("FD-27", "SD-28")
async def test_jobs_run_beside_the_api_or_in_a_process_of_their_own(crew: Crew) -> None:
    both = crew.process({})
    await both.start("all", "--port", "0")
    first = await crew.queue.enqueue(Chaos.work(1, 0))
    assert await first.result(20) == 1
    both.send(signal.SIGTERM)
    assert await both.ended() == 0

    web = crew.process({})
    await web.start("web", "--port", "0")
    await web.logged("started")
    second = await crew.queue.enqueue(Chaos.work(2, 0))
    worker = await crew.worker()
    assert await second.result() == 2
    assert [run.pid for number in (1, 2) for run in crew.runs(number)] == [both.pid, worker.pid]
