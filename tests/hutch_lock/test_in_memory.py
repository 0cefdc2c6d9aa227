"""What only the memory backend can show: the clock moves as the test says."""

from dataclasses import dataclass
from datetime import timedelta

from hutch_lock.claims import Taken
from hutch_lock.in_memory import MemoryClaims

MINUTE = timedelta(minutes=1)


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


async def test_a_claim_runs_out_at_its_time() -> None:
    clock = Clock()
    claims = MemoryClaims(clock)
    assert await claims.claim(["a"], "x", MINUTE) == 1
    clock.now += 59
    assert await claims.claim(["b", "a"], "y", MINUTE) == Taken("a", "x", timedelta(seconds=1))
    clock.now += 1
    assert not await claims.extend(["a"], "x", MINUTE)
    assert not await claims.drop(["a"], "x")
    assert await claims.claim(["b", "a"], "y", MINUTE) == 2


async def test_only_who_claimed_can_change_it() -> None:
    claims = MemoryClaims(Clock())
    await claims.claim(["a", "b"], "x", MINUTE)
    assert not await claims.extend(["a"], "y", MINUTE)
    assert not await claims.finish({"a": MINUTE}, "y", "done")
    assert not await claims.drop(["a", "b"], "y")
    assert await claims.finish({"a": MINUTE, "b": 2 * MINUTE}, "x", "done")
    assert await claims.claim(["b"], "y", MINUTE) == Taken("b", "done", 2 * MINUTE)


async def test_what_ran_out_is_forgotten() -> None:
    clock = Clock()
    claims = MemoryClaims(clock)
    for number in range(5_000):
        await claims.claim([str(number)], "x", MINUTE)
        clock.now += 1
    assert len(claims._values) < 1200
