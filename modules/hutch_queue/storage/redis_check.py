"""The queue's part of ``hutch redis test``."""

from __future__ import annotations

import json
import secrets
import time

from hutch_queue.errors import WrongState
from hutch_queue.produce.record import tail
from hutch_queue.storage.redis_store import RedisStore
from hutch_queue.storage.store import Ended, Entry, Keeping, Limits
from hutch_redis import Redis

MINUTE = 60_000
"""Milliseconds for which its worker and its record are good, should it be killed half way."""
KEEPING = Keeping(MINUTE, MINUTE)


async def check_queue(redis: Redis) -> str:
    """Store, claim and end a job in a queue of its own, and remove that.

    Raises:
        WrongState: The job is not where these steps put it.
        redis.exceptions.RedisError: The server did not answer, or refused a script.
    """
    store, queue = RedisStore(redis, redis.state), f"health-test-{secrets.token_hex(8)}"
    began = time.perf_counter()
    try:
        state = await _state_after_a_run(store, queue)
    finally:
        await store.move(queue, "obliterate", 1)
    if state != "completed":
        raise WrongState(
            f"a job was stored, claimed and ended, but is {state}, not completed: look for another "
            f"program that writes below {store.base(queue)}"
        )
    return f"a job was stored, claimed and ended in {(time.perf_counter() - began) * 1000:.1f} ms"


async def _state_after_a_run(store: RedisStore, queue: str) -> str:
    now = time.time_ns() // 1_000_000
    record = json.dumps({"queued": now, "function": "health"}, separators=(",", ":"))
    await store.enqueue([(queue, [Entry("job", record)], 0)])
    await store.join(queue, "worker", MINUTE, "{}", Limits())
    await store.turn(queue, "worker", [], 1, KEEPING)
    ended = Ended("job", 1, "complete", tail("complete", attempts=1, completed=now))
    await store.turn(queue, "worker", [ended], 0, KEEPING)
    [found] = await store.read(queue, ["job"])
    return found.state if found else "gone"
