"""What fashiondeck does while Redis is away."""

from collections.abc import AsyncIterator

import pytest
from tests.fashiondeck.conftest import Start
from tests.fashiondeck.running import Deck


@pytest.fixture
async def alone(start: Start, on_redis: pytest.MonkeyPatch) -> AsyncIterator[Deck]:
    """Products in the database, and nothing where Redis should be."""
    async with start(services=True) as deck:
        deck.ebay.leave("bags", 5)
        await deck.ask("bags")
        await deck.settled()
    on_redis.setenv("REDIS_URL", "redis://127.0.0.1:1")
    async with start() as deck:
        yield deck


async def test_people_go_on_searching(alone: Deck) -> None:
    for _ in range(2):
        found = await alone.search("backpack tote handbag")
        assert (found["total"] > 0, found["hit"]) == (True, False)
    assert (await alone.client.get("/", params={"q": "backpack"})).status_code == 200
    assert (await alone.catalogue())["products"] == 5


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "/api/caches", "the cache's server did not do it"),
        ("GET", "/api/refreshes/stats", "Redis did not answer"),
        ("POST", "/api/insights", "1 job(s) may not be stored: enqueue again"),
        ("POST", "/operations/refresh/ebay", "6 job(s) may not be stored: enqueue again"),
        ("GET", "/operations", "did not answer"),
    ],
)
async def test_operators_are_told(alone: Deck, method: str, path: str, said: str) -> None:
    answer = await alone.client.request(method, path)
    assert answer.status_code == 503
    assert said in answer.json()["detail"]
