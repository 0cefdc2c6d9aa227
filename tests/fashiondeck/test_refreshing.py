"""A refresh brings what the marketplace has, however often it runs and wherever it dies."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.fashiondeck.conftest import Start, Travel
from tests.fashiondeck.running import NAMES, Deck, refresh_of

from fashiondeck.jobs import jobs as jobs_module
from fashiondeck.jobs.refresh import RefreshJobs
from fashiondeck.keys import EMBEDDINGS
from fashiondeck.schemas import RefreshProducts
from fashiondeck.services import services
from fashiondeck.services.refreshing import Refresher
from hutch_cache import Cache
from hutch_lock import Locks
from hutch_queue import JobInfo, Queue, QueueAdmin
from kit.marketplaces import EbayClient, Page, Search
from kit.sandbox import Fault
from kit.sandbox.ebay.listings import Listing


async def jobs(deck: Deck, state: str, queue: str = "product-refresh") -> Sequence[JobInfo]:
    return await deck.t.get(QueueAdmin).jobs(queue, state)  # type: ignore[arg-type]


def price_of(listing: Listing) -> str:
    return f"{listing.cents // 100}.{listing.cents % 100:02}"


def shelf_of(deck: Deck, category: str) -> list[Listing]:
    return [one for one in deck.ebay.listed() if one.category_id == NAMES[category]]


@pytest.mark.req("FD-22")
async def test_a_refresh_reads_all_pages_of_a_category(deck: Deck) -> None:
    listings = deck.ebay.leave("bags", 55)
    asked = await deck.ask("bags")
    assert asked == {"queue": "product-refresh", "id": "ebay-bags", "created": True}
    await deck.t.drain()
    assert deck.ebay.state.ebay.calls == 3
    assert await deck.counts() == (55, 55, 55)
    shelf = await deck.shelf("bags")
    assert (shelf["seen"], shelf["added"], shelf["changed"], shelf["gone"]) == (55, 55, 0, 0)
    one = listings[7]
    [found] = [p for p in await all_found(deck, one.title) if is_of(p, one)]
    assert (found["title"], found["price"], found["currency"]) == (one.title, price_of(one), "USD")
    assert (found["condition"], found["category"]) == (one.condition, "bags")


def is_of(product: dict[str, str], listing: Listing) -> bool:
    return product["url"].endswith(f"/{listing.number}")


async def all_found(deck: Deck, q: str) -> list[dict[str, str]]:
    pages = (await deck.search(q))["pages"]
    return [p for page in range(pages) for p in (await deck.search(q, page + 1))["products"]]


async def test_the_same_refresh_again_changes_nothing(deck: Deck) -> None:
    deck.ebay.leave("bags", 30)
    await deck.refresh("bags")
    done = await jobs(deck, "completed", "embeddings")
    await deck.refresh("bags")
    shelf = await deck.shelf("bags")
    assert (shelf["seen"], shelf["added"], shelf["changed"], shelf["gone"]) == (30, 0, 0, 0)
    assert [j.id for j in await jobs(deck, "completed", "embeddings")] == [j.id for j in done]
    assert await deck.counts() == (30, 30, 30)


@pytest.mark.req("FD-44")
async def test_tomorrows_prices_are_shown_although_todays_were_cached(deck: Deck) -> None:
    today = deck.ebay.leave("bags", 20)
    await deck.refresh("bags")
    before = await deck.prices("handbag backpack tote")
    assert before == await deck.prices("handbag backpack tote")
    assert (await deck.cache("products"))["hits"] == 1
    deck.ebay.tomorrow()
    now = {str(one.number): price_of(one) for one in shelf_of(deck, "bags")}
    assert before == await deck.prices("handbag backpack tote"), "cached for six hours"
    await deck.refresh("bags")
    after = await deck.prices("handbag backpack tote")
    assert after == {url: now[url.rpartition("/")[2]] for url in before}
    assert after != before
    moved = [one for one in today if price_of(one) != now[str(one.number)]]
    assert (await deck.shelf("bags"))["changed"] == len(moved)


@pytest.mark.req("FD-44")
async def test_one_product_is_looked_up_with_its_stock(deck: Deck) -> None:
    [listing] = deck.ebay.leave("bags", 1)
    await deck.refresh("bags")
    [product] = (await deck.search(listing.title))["products"]
    assert product["stock"] is None
    deck.ebay.tomorrow()
    [listing] = shelf_of(deck, "bags")
    asked = await deck.client.post(f"/api/products/{product['id']}/refresh")
    assert (asked.status_code, asked.json()["created"]) == (202, True)
    await deck.t.drain()
    seen = (await deck.client.get(f"/api/products/{product['id']}")).json()
    assert (seen["stock"], seen["price"]) == (listing.stock, price_of(listing))
    assert (await deck.search(listing.title))["products"] == [seen]


@pytest.mark.req("FD-44")
async def test_a_refresh_that_is_not_told_the_stock_shows_none(deck: Deck) -> None:
    [listing] = deck.ebay.leave("bags", 1)
    await deck.refresh("bags")
    [product] = (await deck.search(listing.title))["products"]
    await deck.producer.add_product_job(product["id"])
    await deck.t.drain()
    told = (await deck.client.get(f"/api/products/{product['id']}")).json()
    assert told["stock"] == listing.stock
    await deck.refresh("bags")
    shown = (await deck.client.get(f"/products/{product['id']}")).text
    assert not re.search("in stock|sold out", shown)
    assert (await deck.search(listing.title))["products"] == [product]


async def test_what_is_sold_is_taken_off_and_comes_back_when_it_is_listed_again(
    deck: Deck,
) -> None:
    first, *_ = deck.ebay.leave("bags", 25)
    await deck.refresh("bags")
    deck.ebay.state.ebay.sell(first)
    assert first.title in await deck.titles(first.title)
    await deck.refresh("bags")
    assert (await deck.shelf("bags"))["gone"] == 1
    assert await deck.counts() == (24, 24, 24)
    assert not (await deck.rows())[first.item_id].for_sale
    assert not [p for p in await all_found(deck, first.title) if is_of(p, first)]
    deck.ebay.state.ebay._sold.discard(first.number)
    await deck.refresh("bags")
    assert await deck.counts() == (25, 25, 25)
    assert (await deck.shelf("bags"))["changed"] == 1


async def test_what_is_long_gone_is_deleted_with_its_cached_vector(
    deck: Deck, travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fashiondeck.services.stock.MANY", 1)
    for name in NAMES:
        deck.ebay.leave(name, 4 if name == "bags" else 1)
    await deck.refresh("bags")
    rows = await deck.rows()
    kept, late, *gone = shelf_of(deck, "bags")

    async def cached() -> set[str]:
        cache = deck.t.app.get(Cache, services)
        keys = {id_: EMBEDDINGS.key(row.wanted) for id_, row in rows.items()}
        return {id_ for id_, key in keys.items() if await cache.get(key, None) is not None}

    async def night() -> set[str]:
        await deck.t.get(Queue).enqueue(RefreshJobs.refresh_everything())
        await deck.t.drain()
        return (await deck.rows()).keys() & rows.keys()

    assert await cached() == rows.keys()
    for listing in gone:
        deck.ebay.state.ebay.sell(listing)
    assert await night() == rows.keys(), "not for sale, and kept for a while"
    travel(timedelta(days=29))
    deck.ebay.state.ebay.sell(late)
    assert await night() == rows.keys()
    travel(timedelta(days=2))
    assert await night() == {kept.item_id, late.item_id} == await cached()


async def test_a_product_that_is_looked_up_and_gone_is_taken_off(deck: Deck) -> None:
    [listing, _] = deck.ebay.leave("bags", 2)
    await deck.refresh("bags")
    [product] = [p for p in await all_found(deck, listing.title) if is_of(p, listing)]
    deck.ebay.state.ebay.sell(listing)
    await deck.client.post(f"/api/products/{product['id']}/refresh")
    await deck.t.drain()
    seen = (await deck.client.get(f"/api/products/{product['id']}")).json()
    assert (seen["forSale"], seen["stock"]) == (False, 0)
    assert await deck.counts() == (1, 1, 1)


async def test_a_limit_takes_so_many_and_takes_nothing_off(deck: Deck) -> None:
    deck.ebay.leave("bags", 50)
    await deck.refresh("bags")
    for listing in shelf_of(deck, "bags")[:5]:
        deck.ebay.state.ebay.sell(listing)
    await deck.ask("bags", limit=10)
    await deck.t.drain()
    shelf = await deck.shelf("bags")
    assert (shelf["seen"], shelf["gone"], shelf["products"]) == (10, None, 50)


async def test_a_category_larger_than_its_marketplace_shows_loses_nothing(
    deck: Deck, monkeypatch: pytest.MonkeyPatch
) -> None:
    deck.ebay.leave("bags", 50)
    await deck.refresh("bags")
    deck.ebay.state.ebay.sell(shelf_of(deck, "bags")[0])
    page = EbayClient.page
    totals = iter((60_000, 60_000, 9_000))  # counts of eBay go up and down

    async def counting(self: EbayClient, search: Search, number: int = 0) -> Page:
        return replace(await page(self, search, number), total=next(totals, 9_000))

    monkeypatch.setattr(EbayClient, "page", counting)
    await deck.refresh("bags")
    shelf = await deck.shelf("bags")
    assert (shelf["gone"], shelf["products"]) == (None, 50)


async def test_a_small_refresh_that_waits_keeps_no_whole_one_back(deck: Deck) -> None:
    deck.ebay.leave("bags", 30)
    small, whole = await deck.ask("bags", limit=1), await deck.ask("bags")
    assert (small["created"], whole["created"]) == (True, True)
    assert (await deck.ask("bags", limit=1))["created"] is False
    await deck.t.drain()
    assert await deck.counts() == (30, 30, 30)


async def test_where_an_entry_cannot_be_read_nothing_is_taken_off(deck: Deck) -> None:
    deck.ebay.leave("bags", 30)
    await deck.refresh("bags")
    deck.ebay.fault(Fault.MALFORMED_ITEM)
    await deck.refresh("bags")
    shelf = await deck.shelf("bags")
    assert (shelf["seen"], shelf["gone"], shelf["products"]) == (29, None, 30)


async def test_what_is_sold_between_two_pages_hides_nothing(deck: Deck) -> None:
    deck.ebay.leave("bags", 45)
    deck.ebay.fault(Fault.CHANGING_PAGE)
    await deck.refresh("bags")
    assert {one.item_id for one in shelf_of(deck, "bags")} <= (await deck.rows()).keys()


@pytest.mark.req("FD-13")
async def test_a_refresh_that_fails_is_tried_again_and_ends_the_same(
    deck: Deck, capsys: pytest.CaptureFixture[str]
) -> None:
    deck.ebay.leave("bags", 50)
    deck.ebay.fault(Fault.SERVER_ERROR, times=2)
    await deck.refresh("bags")
    [done] = await jobs(deck, "completed")
    assert [failure.attempt for failure in done.failures] == [1, 2]
    assert (done.attempt, done.attempts) == (3, 3)
    assert re.findall(r"delay=(\d+)", capsys.readouterr().out) == ["2", "4"]
    assert await deck.counts() == (50, 50, 50)


async def test_a_refresh_that_always_fails_is_kept_and_can_be_run_again(deck: Deck) -> None:
    deck.ebay.leave("bags", 5)
    deck.ebay.fault(Fault.SERVER_ERROR, times=3)
    await deck.refresh("bags")
    [failed] = await jobs(deck, "failed")
    assert "eBay answered 500" in failed.failures[-1].error
    assert await deck.t.get(QueueAdmin).replay("product-refresh", failed.id) == [failed.id]
    await deck.t.drain()
    assert await deck.counts() == (5, 5, 5)


async def test_a_worker_that_dies_after_a_page_is_written_loses_no_vector(deck: Deck) -> None:
    deck.ebay.leave("bags", 50)
    run = deck.t.get(Refresher).begin(refresh_of("bags"))
    pages = run.pages()
    assert len(await anext(pages)) == 20
    await pages.aclose()  # its jobs were never enqueued
    assert await deck.counts() == (20, 0, 0)
    await deck.refresh("bags")
    assert await deck.counts() == (50, 50, 50)
    assert (await deck.shelf("bags"))["added"] == 30


async def test_a_worker_that_dies_before_the_cache_is_expired_leaves_nothing_stale(
    deck: Deck,
) -> None:
    deck.ebay.leave("bags", 10)
    await deck.refresh("bags")
    before = await deck.prices("bag backpack")
    deck.ebay.tomorrow()
    refresher = deck.t.get(Refresher)
    run = refresher.begin(refresh_of("bags"))
    page = await run.client.page(run.shelf.search)
    await refresher.stock.keep(run.shelf, page.products)
    assert (await deck.search("bag backpack"))["hit"], "by the prices of yesterday"
    assert await deck.prices("bag backpack") != before, "which nobody is shown"
    await deck.refresh("bags")
    assert (await deck.shelf("bags"))["changed"] == 0
    assert not (await deck.search("bag backpack"))["hit"]


async def test_one_run_at_a_time_for_each_category(deck: Deck, travel: Travel) -> None:
    deck.ebay.leave("bags", 5)
    async with deck.t.app.get(Locks, jobs_module).hold("ebay-bags", ttl=timedelta(minutes=1)):
        await deck.refresh("bags")
        [waiting] = await jobs(deck, "delayed")
        assert waiting.attempt == 0, "waiting costs no attempt"
        assert deck.ebay.state.ebay.calls == 0
    travel(timedelta(seconds=1))
    await deck.t.drain()
    assert await deck.counts() == (5, 5, 5)


async def test_a_single_product_waits_for_the_refresh_of_its_category(
    deck: Deck, travel: Travel
) -> None:
    [listing] = deck.ebay.leave("bags", 1)
    await deck.refresh("bags")
    [product] = (await deck.rows()).values()
    async with deck.t.app.get(Locks, jobs_module).hold("ebay-bags", ttl=timedelta(minutes=1)):
        await deck.producer.add_product_job(product.id)
        await deck.t.drain()
        assert [job.attempt for job in await jobs(deck, "delayed")] == [0]
    travel(timedelta(seconds=1))
    await deck.t.drain()
    assert (await deck.rows())[listing.item_id].stock == listing.stock


async def test_a_marketplace_that_refuses_for_now_is_asked_again_when_it_says(
    deck: Deck, travel: Travel
) -> None:
    deck.ebay.leave("bags", 5)
    deck.ebay.fault(Fault.RATE_LIMITED, seconds=120)
    await deck.refresh("bags")
    [waiting] = await jobs(deck, "delayed")
    assert waiting.attempt == 0
    assert waiting.due is not None
    assert timedelta(seconds=110) < waiting.due - datetime.now(UTC) <= timedelta(seconds=121)
    travel(timedelta(seconds=121))
    await deck.t.drain()
    assert await deck.counts() == (5, 5, 5)


async def test_the_days_calls_are_not_exceeded(start: Start, told: pytest.MonkeyPatch) -> None:
    told.setenv("HUTCH_RATELIMIT__LIMITS", '{"ebay": 2}')
    async with start() as deck:
        deck.ebay.leave("bags", 50)
        await deck.refresh("bags")
        assert deck.ebay.state.ebay.calls == 2
        [waiting] = await jobs(deck, "delayed")
        assert waiting.attempt == 0
        assert waiting.due is not None
        assert waiting.due > datetime.now(UTC)
        assert (await deck.counts())[0] == 40


async def test_an_expired_token_is_renewed_in_the_middle(deck: Deck) -> None:
    deck.ebay.leave("bags", 30)
    deck.ebay.fault(Fault.EXPIRED_TOKEN)
    await deck.refresh("bags")
    assert await deck.counts() == (30, 30, 30)
    assert deck.ebay.state.ebay.token_calls == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            {"marketplace": "amazon", "category": "top", "limit": 100},
            "There is no marketplace 'amazon'; choose one of: ebay.",
        ),
        (
            {"marketplace": "ebay", "category": "hats"},
            "ebay has no category 'hats'; choose one of: bags, dresses, jackets, shirts, shoes, "
            "trousers. Categories are set in HUTCH_FASHIONDECK__CATEGORIES.",
        ),
    ],
)
async def test_an_unknown_shelf_is_refused_with_those_that_there_are(
    deck: Deck, body: dict[str, object], said: str
) -> None:
    answer = await deck.client.post("/api/refreshes", json=body)
    assert (answer.status_code, answer.json()["detail"]) == (422, said)
    assert deck.t.enqueued == []


async def test_a_category_that_is_gone_from_the_settings_fails_at_once(deck: Deck) -> None:
    await deck.t.get(Queue).enqueue(RefreshJobs.refresh(refresh_of("hats")))
    await deck.t.drain()
    [failed] = await jobs(deck, "failed")
    assert failed.attempt == 1
    assert "ebay has no category 'hats'" in failed.failures[0].error


@pytest.mark.parametrize("limit", [0, -1, 10_001, "many"])
async def test_a_limit_that_makes_no_sense_is_refused(deck: Deck, limit: object) -> None:
    body = {"marketplace": "ebay", "category": "bags", "limit": limit}
    answer = await deck.client.post("/api/refreshes", json=body)
    assert answer.status_code == 422
    assert "limit" in answer.text
    assert deck.t.enqueued == []


async def test_a_payload_of_a_newer_version_is_read() -> None:
    data = refresh_of("bags").model_dump() | {"depth": 3}
    assert RefreshProducts.model_validate(data) == refresh_of("bags")


async def test_all_categories_are_enqueued_together(deck: Deck) -> None:
    answer = await deck.client.post("/api/refreshes/bulk", json={"marketplace": "ebay"})
    assert answer.status_code == 202
    assert [(one["id"], one["created"]) for one in answer.json()] == [
        (f"ebay-{name}", True) for name in sorted(NAMES)
    ]
    again = await deck.producer.add_bulk_refresh_jobs("ebay")
    assert [handle.created for handle in again] == [False] * len(NAMES)
    assert (await deck.client.get("/api/refreshes/stats")).json() == {
        "waiting": len(NAMES), "active": 0, "completed": 0, "failed": 0
    }  # fmt: skip
    unknown = await deck.client.post("/api/refreshes/bulk", json={"marketplace": "amazon"})
    assert unknown.status_code == 422


async def test_without_categories_it_is_told_where_they_are_set(
    start: Start, told: pytest.MonkeyPatch
) -> None:
    told.delenv("HUTCH_FASHIONDECK__CATEGORIES")
    async with start() as deck:
        answer = await deck.client.post("/api/refreshes/bulk", json={"marketplace": "ebay"})
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith(
            "There is nothing to refresh at ebay: name its categories in "
            "HUTCH_FASHIONDECK__CATEGORIES"
        )
        assert (await deck.catalogue())["shelves"] == []


async def test_operators_alone_refresh(deck: Deck) -> None:
    del deck.client.headers["authorization"]
    body = {"marketplace": "ebay", "category": "bags"}
    assert (await deck.client.post("/api/refreshes", json=body)).status_code == 401
    assert (await deck.client.get("/api/catalogue")).status_code == 401
    assert deck.t.enqueued == []
