"""SAQ's queue as a worker needs it: a server that is away is waited for."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar, cast

from hutch_queue.saq_queue import SaqQueue
from hutch_redis import Redis

M = TypeVar("M", bound=Callable[..., Coroutine[Any, Any, Any]])


def _patiently(method: M) -> M:
    @wraps(method)
    async def call(self: PatientQueue, *args: Any, **kwargs: Any) -> Any:
        return await self.app_redis.patiently(lambda: method(self, *args, **kwargs))

    return cast(M, call)


class PatientQueue(SaqQueue):
    """One queue of the app, for its worker.

    Every call is repeated until Redis answers, so neither the worker's slots nor
    SAQ's upkeep see an outage: they spin for it, and log each failure.
    """

    def __init__(self, redis: Redis, name: str) -> None:
        super().__init__(redis.blocking, name, redis.keys)
        self.app_redis = redis

    dequeue = _patiently(SaqQueue.dequeue)
    schedule = _patiently(SaqQueue.schedule)  # type: ignore[assignment] # SAQ's own mismatch
    sweep = _patiently(SaqQueue.sweep)
    jobs = _patiently(SaqQueue.jobs)
    hand_back = _patiently(SaqQueue.hand_back)
    park = _patiently(SaqQueue.park)
    finish_abort = _patiently(SaqQueue.finish_abort)
    write_worker_info = _patiently(SaqQueue.write_worker_info)
    _update = _patiently(SaqQueue._update)
    _retry = _patiently(SaqQueue._retry)
    _finish = _patiently(SaqQueue._finish)
