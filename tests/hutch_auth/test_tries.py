"""What right tries give back, and when."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from starlette.requests import HTTPConnection
from tests.hutch_auth.conftest import Clock

from hutch.http import TooManyRequests, Unauthorized
from hutch_auth.tries import Tries
from hutch_ratelimit import MemoryLimiter
from hutch_ratelimit.on_redis import RedisLimiter
from hutch_ratelimit.tally import Tally
from hutch_redis import Redis


@dataclass
class Lab:
    """Tries on a backend, and what moves its time."""

    tries: Tries
    forward: Callable[[int], Awaitable[None]]


def in_memory() -> Lab:
    clock = Clock()

    async def forward(seconds: int) -> None:
        clock.advance(seconds)

    return Lab(Tries(MemoryLimiter(clock=clock)), forward)


def on_redis(redis: Redis) -> Lab:
    async def forward(seconds: int) -> None:
        """Let the keys end earlier; a window on the server ends with its key."""
        async for key in redis.state.scan_iter(redis.key("x")[:-1] + "*"):
            left = await redis.state.pttl(key) - seconds * 1000
            await (redis.state.pexpire(key, left) if left > 0 else redis.state.delete(key))

    return Lab(Tries(RedisLimiter(redis, Tally())), forward)


@pytest.fixture(params=["memory", "redis"])
def lab(request: pytest.FixtureRequest) -> Lab:
    return in_memory() if request.param == "memory" else on_redis(request.getfixturevalue("redis"))


@pytest.fixture
def tries(lab: Lab) -> Tries:
    return lab.tries


def sent_from(host: str) -> HTTPConnection:
    return HTTPConnection({"type": "http", "headers": [], "client": (host, 1)})


async def wrong(tries: Tries, host: str, name: str) -> bool:
    """Try in vain; tell whether it was judged."""
    try:
        async with tries.one(sent_from(host), name):
            raise Unauthorized("wrong")
    except TooManyRequests:
        return False
    except Unauthorized:
        return True


async def test_a_right_try_gives_nothing_back_to_a_later_window(lab: Lab) -> None:
    judged = [asyncio.Event() for _ in range(5)]
    hashed = asyncio.Event()

    async def right(begun: asyncio.Event) -> None:
        async with lab.tries.one(sent_from("192.0.2.1"), "own"):
            begun.set()
            await hashed.wait()

    under_way = [asyncio.create_task(right(begun)) for begun in judged]
    await asyncio.gather(*(begun.wait() for begun in judged))
    await lab.forward(61)
    assert [await wrong(lab.tries, "192.0.2.1", "ada") for _ in range(6)] == [True] * 5 + [False]
    hashed.set()
    await asyncio.gather(*under_way)
    assert not await wrong(lab.tries, "192.0.2.1", "ada")


async def test_a_right_try_gives_back_what_it_took(tries: Tries) -> None:
    for _ in range(12):
        async with tries.one(sent_from("192.0.2.1"), "ada"):
            pass
    assert [await wrong(tries, "192.0.2.1", "ada") for _ in range(6)] == [True] * 5 + [False]


async def test_a_try_refused_by_name_is_none_of_the_address(tries: Tries) -> None:
    for host in ("192.0.2.1", "192.0.2.2"):
        assert [await wrong(tries, host, "ada") for _ in range(5)] == [True] * 5
    assert [await wrong(tries, "192.0.2.3", "ada") for _ in range(6)] == [False] * 6
    assert await wrong(tries, "192.0.2.3", "bea")
