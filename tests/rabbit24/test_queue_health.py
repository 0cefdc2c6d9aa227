"""The health of the queues, and the API while they are loaded."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.rabbit24.conftest import Start
from tests.rabbit24.running import Account, Person, Rabbit

from hutch_queue import QueueAdmin
from kit.publishing import Network
from kit.sandbox import Fault

DISPATCH = "/api/admin/distribution/dispatch"
HEALTH = "/api/queue/health"
COUNTS = {"waiting": 0, "active": 0, "completed": 0, "failed": 0, "delayed": 0}


async def ordered(house: Person, number: int, *accounts: Account, **more: Any) -> dict[str, Any]:
    order = {"postId": number, "connectionIds": [one.connection for one in accounts]} | more
    return dict(await house.ask("POST", DISPATCH, 202, json=order))


async def numbered(house: Person, content: str = "Hello") -> tuple[str, int]:
    post = await house.write(content)
    return post, (await house.read(post))["number"]


@pytest.mark.req("SD-33", "SD-41")
async def test_the_health_of_the_queues_is_as_documented(rabbit: Rabbit, house: Person) -> None:
    shown = await house.ask("GET", HEALTH)
    assert shown["status"] == "healthy"
    assert shown["queues"] == dict.fromkeys(("dispatch", "scheduled", "tokenRefresh"), COUNTS)
    told = datetime.fromisoformat(shown["timestamp"])
    assert abs(told - datetime.now(UTC)) < timedelta(seconds=5)
    x = await house.connect()
    _, number = await numbered(house)
    await ordered(house, number, x)
    shown = await house.ask("GET", HEALTH)
    assert (shown["status"], shown["queues"]["dispatch"]["waiting"]) == ("degraded", 1)
    await rabbit.drain()
    assert (await house.ask("GET", HEALTH))["queues"]["dispatch"]["completed"] == 1


@pytest.mark.req("SD-34", "SD-35")
async def test_health_needs_a_token_and_is_503_without_redis(
    start: Start, on_redis: pytest.MonkeyPatch
) -> None:
    on_redis.setenv("REDIS_URL", "redis://127.0.0.1:1")
    async with start() as rabbit:
        answer = await rabbit.operator.get(HEALTH)
        assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
        assert answer.json()["error"]
        del rabbit.operator.headers["authorization"]
        assert (await rabbit.operator.get(HEALTH)).status_code == 401


async def test_a_worker_that_lives_makes_it_healthy(
    start: Start, on_redis: pytest.MonkeyPatch
) -> None:
    async with start(services=True) as rabbit:
        assert (await rabbit.operator.get(HEALTH)).json()["status"] == "healthy"


@pytest.mark.slow
@pytest.mark.req("SD-38")
async def test_the_api_answers_in_time_while_the_queue_is_loaded(
    start: Start, on_redis: pytest.MonkeyPatch
) -> None:
    async with start(services=True) as rabbit, rabbit.user() as ada:
        x, admin = await ada.connect(Network.LINKEDIN), rabbit.t.get(QueueAdmin)
        posts = [await ada.write(f"Load {n}", x) for n in range(80)]
        x.fault(Fault.SLOW, times=80, seconds=1)
        for post in posts:
            await ada.approve(post)
        seconds: list[float] = []
        clock = asyncio.get_running_loop().time
        for n in range(40):
            began = clock()
            await ada.write(f"Post {n}")
            await ada.ask("GET", f"/api/posts?brandProfileId={ada.brand}&limit=20")
            seconds.append((clock() - began) / 2)
        assert (await admin.stats("publish")).waiting > 0, "the queue is loaded to the end"
        p95 = sorted(seconds)[int(len(seconds) * 0.95)]
        print(f"p95 {p95 * 1000:.0f} ms")
        assert p95 <= 0.3
        x.drop_faults()
