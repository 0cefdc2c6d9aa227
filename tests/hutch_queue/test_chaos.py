"""Workers that are killed, and workers that are told to stop."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from hutch_queue import Queue

PROGRAM = Path(__file__).with_name("worker_process.py")
LEASE = 1

StartWorker = Callable[[], Awaitable[Process]]


def load_program() -> Any:
    """Import the program under the name that its jobs have in the worker."""
    spec = spec_from_file_location("worker_process", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


program = load_program()


@pytest.fixture
async def worker(redis_url: str, redis_prefix: str) -> AsyncIterator[StartWorker]:
    environment = {
        **os.environ,
        "HUTCH_REDIS__URL": redis_url,
        "HUTCH_REDIS__PREFIX": redis_prefix,
        "HUTCH_QUEUE__BACKEND": "redis",
        "HUTCH_QUEUE__LEASE": str(LEASE),
    }
    async with AsyncExitStack() as stack:

        async def start() -> Process:
            process = await asyncio.create_subprocess_exec(
                sys.executable, str(PROGRAM), env=environment, stdout=PIPE
            )
            stack.push_async_callback(ended, process)
            assert process.stdout is not None
            async for line in process.stdout:
                if line == b"runs\n":
                    return process
            raise AssertionError("the worker did not start")

        yield start


async def ended(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


async def appears(file: Path) -> None:
    async with asyncio.timeout(10):
        while not file.exists():
            await asyncio.sleep(0.02)


@pytest.mark.req("X-03", "X-05", "X-06")
async def test_a_job_of_a_killed_worker_runs_again(
    on_redis: Any, worker: StartWorker, tmp_path: Path
) -> None:
    file = tmp_path / "attempts"
    async with on_redis(lease=LEASE)(program.chaos, services=False) as app:
        first, second = await worker(), None
        handle = await app.get(Queue).enqueue(program.Chaos.hang_once(file))
        await appears(file)
        second = await worker()
        assert file.read_text() == "1\n"
        first.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        assert await handle.result(10) == 2
        # silence of a lease, then the next sweep; heartbeats and sweeps are whole seconds
        assert time.monotonic() - killed < 3 * LEASE + 2
        assert second.returncode is None
    assert file.read_text() == "1\n2\n"


@pytest.mark.req("R24-21")
async def test_a_worker_told_to_stop_finishes_and_exits_with_0(
    on_redis: Any, worker: StartWorker, tmp_path: Path
) -> None:
    file = tmp_path / "state"
    async with on_redis()(program.chaos, services=False) as app:
        process = await worker()
        handle = await app.get(Queue).enqueue(program.Chaos.linger(file))
        await appears(file)
        process.terminate()
        async with asyncio.timeout(5):
            assert await process.wait() == 0
        assert file.read_text() == "ended"
        assert await handle.result() == "ended"
