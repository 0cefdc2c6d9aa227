"""SAQ's own tests, from its source distribution, against our backend through SAQ's interface.

Usage: .venv/bin/python -m tests.hutch_queue.saq.suite

Fetches the source with the pip of the interpreter behind .venv, starts a Valkey, and runs the
tests of SAQ's Redis queue and of its worker on it. Exits 0 when exactly those fail that stand
in ``DIFFERENCES``.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys
import tarfile
import tempfile
import types
import unittest
import warnings
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog

from hutch_queue.names import QueueName
from hutch_queue.produce.notices import Notices
from hutch_queue.saq.queue import SaqQueue
from hutch_queue.storage.stores import on_redis
from hutch_redis import RedisSettings, open_redis
from hutch_redis.testing import temporary_server

CLASSES = (("test_queue", "TestRedisQueue"), ("test_worker", "TestWorkerRedisQueue"))
SECONDS = 40
_OWN_CLOCK = "The server's clock says when a job is due; the test moves the client's."
_OWN_KEYS = "Storage is no interface: the test reads SAQ's own keys."
_KEPT = "Records are kept as the queue is declared, whatever `ttl` a job has."
_STOPPING = "An aborted job counts as active until its worker has stopped it."
_LEASED = "A job is taken from a worker that is dead, not from one that is late with a heartbeat."
_HELD = "Only a run that holds a job starts or ends it; the test ends one that nobody took."
DIFFERENCES = {
    "TestRedisQueue.test_abort": _STOPPING,
    "TestRedisQueue.test_apply": _KEPT,
    "TestRedisQueue.test_enqueue_dup": "A job's `id` is its key, without a name in storage.",
    "TestRedisQueue.test_enqueue_scheduled": _OWN_KEYS,
    "TestRedisQueue.test_finish_ttl_negative": _KEPT,
    "TestRedisQueue.test_finish_ttl_neutral": _KEPT,
    "TestRedisQueue.test_finish_ttl_positive": _KEPT,
    "TestRedisQueue.test_iter_jobs": "A status is where a job stands; `update` does not move it.",
    "TestRedisQueue.test_job_key": _OWN_KEYS,
    "TestRedisQueue.test_poll_interval": _HELD,
    "TestRedisQueue.test_schedule": _OWN_CLOCK,
    "TestRedisQueue.test_sweep": _LEASED,
    "TestWorkerRedisQueue.test_abort": _STOPPING,
    "TestWorkerRedisQueue.test_cron": _OWN_CLOCK,
    "TestWorkerRedisQueue.test_process_survives_same_key_concurrent_attempts": _HELD,
    "TestWorkerRedisQueue.test_schedule": _OWN_CLOCK,
    "TestWorkerRedisQueue.test_sweep_abort": _LEASED,
}
"""SAQ's tests that fail here, and why they do."""

_server: dict[str, str] = {}


def fetch(folder: Path) -> Path:
    """Download and unpack the source of the SAQ that is installed."""
    wanted = f"saq=={version('saq')}"
    pip = (sys._base_executable, "-m", "pip", "download", "-q", "--no-deps")  # type: ignore[attr-defined]
    subprocess.run([*pip, "--no-binary", ":all:", "-d", str(folder), wanted], check=True)
    [packed] = folder.glob("saq-*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    return folder / packed.name.removesuffix(".tar.gz")


async def create_queue(**options: Any) -> SaqQueue:
    """Open an empty queue of ours; of what SAQ's Redis queue can be told, the name counts."""
    stack = AsyncExitStack()
    settings = RedisSettings.model_validate({"url": _server["url"], "prefix": "suite:"})
    redis = await stack.enter_async_context(asynccontextmanager(open_redis)(settings))
    await redis.state.flushdb()
    stores = on_redis(redis)
    notices = Notices(stores.patient)
    stack.push_async_callback(notices.close)
    queue = SaqQueue(stores, QueueName(options.get("name", "default")), notices, lease=15)
    stack.push_async_callback(queue.disconnect)
    queue.stack = stack  # type: ignore[attr-defined]
    await queue.connect()
    return queue


async def cleanup_queue(queue: Any) -> None:
    """Close what ``create_queue`` opened."""
    await queue.stack.aclose()


def stand_in(name: str, **contents: Any) -> None:
    """Put a module in place of one that is not shipped, or not needed."""
    module = types.ModuleType(name)
    module.__dict__.update(contents)
    module.__getattr__ = lambda _: type("Absent", (), {})  # type: ignore[method-assign]
    sys.modules[name] = module


def load(source: Path) -> unittest.TestSuite:
    """Load the tests, in whose source distribution the helpers are missing."""
    for name in ("psycopg", "psycopg.sql", "saq.queue.postgres", "saq.queue.http"):
        stand_in(name)
    for name in ("aiohttp", "aiohttp.web", "aiohttp.test_utils"):
        stand_in(name)
    sys.modules["tests"] = types.ModuleType("tests")
    stand_in("tests.helpers", create_redis_queue=create_queue, cleanup_queue=cleanup_queue)
    sys.path.insert(0, str(source / "tests"))
    suite = unittest.TestSuite()
    for module, name in CLASSES:
        found = getattr(__import__(module), name)
        suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(found))
    return suite


class Result(unittest.TestResult):
    """Gives each test its time, and keeps what came of it by its name."""

    def __init__(self) -> None:
        super().__init__()
        self.passed: list[str] = []
        self.failed: dict[str, str] = {}

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        signal.signal(signal.SIGALRM, _too_long)
        signal.alarm(SECONDS)

    def stopTest(self, test: unittest.TestCase) -> None:
        signal.alarm(0)
        super().stopTest(test)

    def addSuccess(self, test: unittest.TestCase) -> None:
        self.passed.append(_name(test))

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        self.failed[_name(test)] = f"{err[0].__name__}: {err[1]}"

    addFailure = addError


def _too_long(*_: Any) -> None:
    raise TimeoutError(f"longer than {SECONDS} seconds")


def _name(test: unittest.TestCase) -> str:
    return f"{type(test).__name__}.{test._testMethodName}"


def main() -> int:
    """Run the tests and compare what fails with what is documented."""
    logging.disable()
    warnings.simplefilter("ignore")  # what SAQ's tests leave open
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    result = Result()
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        suite = load(fetch(Path(folder)))
        stack = AsyncExitStack()
        _server["url"] = runner.run(stack.enter_async_context(temporary_server())).url
        try:
            suite.run(result)
        finally:
            runner.run(stack.aclose())
    for name, error in sorted(result.failed.items()):
        print(f"{name}\n    {error.splitlines()[0][:150]}\n    {DIFFERENCES.get(name, 'UNKNOWN')}")
    print(f"{len(result.passed)} passed, {len(result.failed)} failed")
    return int(set(result.failed) != set(DIFFERENCES))


if __name__ == "__main__":
    sys.exit(main())
