"""The main path on PostgreSQL, and on real processes of which one is killed."""

from pathlib import Path

import httpx2
import pytest
from tests.fashiondeck.conftest import Start
from tests.fashiondeck.processes import program
from tests.fashiondeck.running import NAMES, Deck, Ebay, environment, until
from tests.postgres import Server

from fashiondeck.services.queries import Queries
from fashiondeck.services.stock import Stock
from kit.sandbox import Fault


@pytest.mark.parametrize("vectors", ["exact", "pgvector"])
@pytest.mark.req("FD-42", "FD-44", "FD-45")
async def test_on_postgres_the_main_path(
    start: Start, told: pytest.MonkeyPatch, postgres: Server, vectors: str
) -> None:
    told.setenv("HUTCH_VECTORS__BACKEND", vectors)
    told.setenv("DATABASE_URL", await postgres.new_database())
    async with start() as deck:
        await main_path(deck)


@pytest.mark.req("FD-27")
async def test_on_redis_the_main_path_with_workers_in_the_app(
    start: Start, on_redis: pytest.MonkeyPatch
) -> None:
    async with start(services=True) as deck:
        deck.ebay.leave("bags", 45)
        await deck.ask("bags")
        await deck.settled()
        assert await deck.counts() == (45, 45, 45)
        await deck.search("backpack")
        await deck.client.post("/api/insights")
        await deck.settled()
        assert len(await deck.t.get(Queries).insights(1)) == 1


async def main_path(deck: Deck) -> None:
    deck.ebay.leave("bags", 45)
    await deck.refresh("bags")
    assert await deck.counts() == (45, 45, 45)
    before = await deck.prices("backpack tote bag")
    await deck.search("used backpack between 20 and 200")
    assert (await deck.search("zzzz\0qqqq"))["total"] == 0
    deck.ebay.tomorrow()
    deck.ebay.state.ebay.sell(deck.ebay.leave("bags", 45)[3])
    await deck.refresh("bags")
    assert (await deck.shelf("bags"))["gone"] == 1
    await deck.t.get(Stock).clear_out()
    assert len(await deck.rows()) == 45, "one is kept for a while"
    assert await deck.counts() == (44, 44, 44)
    assert await deck.prices("backpack tote bag") != before
    await deck.client.put("/api/aesthetics/nightfall", json={"words": "black"})
    await deck.client.post("/api/insights")
    await deck.t.drain()
    [insight] = (await deck.client.get("/api/insights")).json()
    assert (insight["searches"], insight["queries"]) == (4, 3)


@pytest.mark.slow
@pytest.mark.req("FD-27", "C-51")
async def test_a_worker_that_is_killed_half_way_changes_nothing_in_the_end(
    ebay: Ebay, tmp_path: Path, redis_url: str, redis_prefix: str
) -> None:
    listed = {name: len(ebay.leave(name, 120)) for name in NAMES}
    ebay.fault(Fault.SLOW, times=12, seconds=0.3)
    env = environment(ebay.url, f"sqlite:///{tmp_path / 'deck.db'}") | {
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": redis_prefix,
        "HUTCH_QUEUE__LEASE": "1.5",
        "HUTCH_MARKETPLACES__EBAY_PAGE_SIZE": "20",
    }
    log = tmp_path / "log"
    async with program(env, "web", log) as web:
        answer = await web.client.post("/api/refreshes/bulk", json={"marketplace": "ebay"})
        assert len(answer.json()) == len(NAMES)

        async def begun() -> bool:
            return 0 < await count(web.client, "products") < sum(listed.values())

        async def done() -> bool:
            stats = (await web.client.get("/api/refreshes/stats")).json()
            embedded = await count(web.client, "embedded")
            return bool(stats["completed"] == len(NAMES) and embedded == sum(listed.values()))

        async with program(env, "worker", log) as worker:
            await until(begun)
            worker.kill()
            assert not await done()
        async with program(env, "worker", log):
            await until(done, 60)
        shelves = (await web.client.get("/api/catalogue")).json()["shelves"]
    assert {one["category"]: (one["products"], one["embedded"]) for one in shelves} == {
        name: (number, number) for name, number in listed.items()
    }


async def count(client: httpx2.AsyncClient, figure: str) -> int:
    return int((await client.get("/api/catalogue")).json()[figure])
