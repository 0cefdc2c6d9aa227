"""Random stories on Redis and on the model: same replies, same state, nothing lost."""

from collections import Counter

from tests.hutch_queue.storage.driver import Driver
from tests.hutch_queue.storage.jobs import Clock

from hutch_queue.storage.redis_store import RedisStore
from hutch_redis import Redis

STORIES = 60
STEPS = 200
MUST_HAPPEN = {
    "stored",
    "full",
    "refused by enqueue",
    "claimed",
    "complete",
    "failed",
    "retry",
    "snooze",
    "followed",
    "then",
    "otherwise",
    "returned to its group",
    "left its group with its queue",
    "recovered",
    "poisoned",
    "gone",
    "refused by turn",
    "lost reply to turn",
    "lost reply to join",
    "late turn",
    "late first turn",
    "late join",
    "kept by join",
    "returned by join",
    "told to abort",
    "noted",
    "promote",
    "replay",
    "delete",
    "abort",
    "drained",
    "obliterated",
    "ticked",
    "ticked by somebody else",
    "token",
    "planned",
    "rate reached",
}


async def test_twelve_thousand_random_steps(redis: Redis) -> None:
    seen: Counter[str] = Counter()
    for seed in range(STORIES):
        seen += await _story(seed, redis)
    assert MUST_HAPPEN - seen.keys() == set()


async def _story(seed: int, redis: Redis) -> Counter[str]:
    clock = Clock()
    store = RedisStore(redis, redis.blocking, clock=clock)
    driver = Driver(seed, f"-{seed}", redis.blocking, store, clock)
    try:
        await driver.run(STEPS)
    except Exception as error:
        error.add_note(f"seed {seed}, after\n" + "\n".join(driver.history))
        raise
    return driver.seen
