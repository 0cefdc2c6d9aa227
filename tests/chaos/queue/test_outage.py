"""Workers and producers while Valkey is away, or does not answer."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable

import psutil
import pytest
from tests.chaos.queue.app import Chaos
from tests.chaos.queue.crew import Crew
from tests.chaos.queue.processes import Worker

from hutch_queue import Handle, QueueUnavailable

BUSIEST = 0.02
"""Of a core, that a worker takes while it waits for Valkey."""
SECONDS = [5, pytest.param(60, marks=pytest.mark.slow)]


async def idle_through(worker: Worker, seconds: float) -> float:
    """Let time pass; return the share of a core that the worker took."""
    process = psutil.Process(worker.pid)
    before = process.cpu_times()
    await asyncio.sleep(seconds)
    after = process.cpu_times()
    return (after.user + after.system - before.user - before.system) / seconds


async def refusal(crew: Crew) -> float:
    """Enqueue, which must fail; return the seconds that it took."""
    began = time.monotonic()
    with pytest.raises(QueueUnavailable, match="did not answer"):
        await crew.queue.enqueue(Chaos.work(9, 0))
    return time.monotonic() - began


async def answered(enqueue: Callable[[], Awaitable[Handle[int]]]) -> float:
    """Enqueue a job; return the seconds until its result is there."""
    began = time.monotonic()
    handle = await enqueue()
    await handle.result(10)
    return time.monotonic() - began


@pytest.mark.parametrize("seconds", SECONDS)
async def test_valkey_is_killed_and_comes_back(crew: Crew, seconds: float) -> None:
    worker = await crew.worker(lease=15)
    await answered(lambda: crew.queue.enqueue(Chaos.work(1, 0)))
    await crew.server.kill()
    await refusal(crew)
    refused = await refusal(crew)
    share = await idle_through(worker, seconds)
    await crew.server.start()
    back = await answered(lambda: crew.queue.enqueue(Chaos.work(2, 0)))
    lines = worker.log.read_text()
    print(
        f"away for {seconds} s: {share:.2%} of a core, refused in {refused:.3f} s, "
        f"works again after {back:.2f} s"
    )
    assert share <= BUSIEST
    assert refused < 1
    assert back < 5
    assert lines.count("redis is away") == lines.count("redis is back") == 1
    assert lines.count("worker comes back") <= 3


@pytest.mark.parametrize("seconds", SECONDS)
@pytest.mark.slow
async def test_valkey_hangs_and_goes_on(crew: Crew, seconds: float) -> None:
    worker = await crew.worker(lease=3)
    await answered(lambda: crew.queue.enqueue(Chaos.work(1, 0)))
    crew.server.hang()
    refused = await refusal(crew)
    share = await idle_through(worker, seconds)
    crew.server.go_on()
    back = await answered(lambda: crew.queue.enqueue(Chaos.work(2, 0)))
    print(
        f"hung for {seconds} s: {share:.2%} of a core, refused in {refused:.3f} s, "
        f"works again after {back:.2f} s"
    )
    assert share <= BUSIEST
    assert refused < 1
    assert back < 5


async def test_a_job_that_runs_through_an_outage_is_not_run_again(crew: Crew) -> None:
    await crew.worker(lease=15)
    handle = await crew.queue.enqueue(Chaos.work(1, 1500))
    await crew.began(1)
    await crew.server.kill()
    await asyncio.sleep(2)
    await crew.server.start()
    assert await handle.result(10) == 1
    assert [run.end for run in crew.runs(1)] == ["done"]


@pytest.mark.slow
async def test_a_worker_that_starts_without_valkey_waits_for_it(crew: Crew) -> None:
    handle = await crew.queue.enqueue(Chaos.work(1, 0))
    await crew.server.kill()
    worker = await crew.worker(joins=False)
    await worker.logged("starting without it")
    await crew.server.start()
    assert await handle.result(10) == 1


async def test_an_idle_worker_can_be_stopped_while_valkey_is_away(crew: Crew) -> None:
    worker = await crew.worker()
    await crew.server.kill()
    await worker.logged("redis is away")
    began = worker.send(signal.SIGTERM)
    assert await worker.ended(5) == 0
    print(f"an idle worker exits after {time.monotonic() - began:.2f} s without Valkey")


@pytest.mark.slow
async def test_an_idle_worker_can_be_stopped_while_valkey_hangs(crew: Crew) -> None:
    worker = await crew.worker()
    crew.server.hang()
    began = worker.send(signal.SIGTERM)
    assert await worker.ended(15) == 0
    print(f"an idle worker exits after {time.monotonic() - began:.2f} s while Valkey hangs")


@pytest.mark.slow
async def test_a_busy_worker_can_be_stopped_while_valkey_is_away(crew: Crew) -> None:
    worker = await crew.worker(grace=3)
    handle = await crew.queue.enqueue(Chaos.work(1, 1000))
    await crew.began(1)
    await crew.server.kill()
    began = worker.send(signal.SIGTERM)
    assert await worker.ended(15) == 0
    print(f"a busy worker exits after {time.monotonic() - began:.2f} s without Valkey")
    assert [run.end for run in crew.runs(1)] == ["done"]
    await crew.server.start()
    await crew.worker()
    assert await handle.result(10) == 1


@pytest.mark.slow
async def test_a_worker_outlasts_a_server_that_refuses_writes(crew: Crew) -> None:
    worker = await crew.worker(lease=3)
    await answered(lambda: crew.queue.enqueue(Chaos.work(1, 0)))
    await crew.server.refuse_writes()
    await refusal(crew)
    share = await idle_through(worker, 5)
    await crew.server.refuse_writes(refuse=False)
    back = await answered(lambda: crew.queue.enqueue(Chaos.work(2, 0)))
    print(f"a replica for 5 s: {share:.2%} of a core, works again after {back:.2f} s")
    assert share <= BUSIEST
    assert back < 5
