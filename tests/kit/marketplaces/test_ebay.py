"""The client of eBay, over real sockets against the sandbox."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import httpx2
import pytest
import time_machine
from pydantic import SecretStr

import hutch.testing
from hutch import Module
from kit.marketplaces import (
    EbayClient,
    Marketplace,
    MarketplaceSettings,
    Money,
    Search,
    Sort,
    marketplaces_module,
    products,
)
from kit.platforms import FailPermanent, RetryAfter, RetryBackoff

LINEN = Search("linen")


def scripted(*answers: httpx2.Response) -> EbayClient:
    """EBay as a token and then these answers."""
    token = httpx2.Response(200, json={"access_token": "t", "expires_in": 7200})
    script = iter([token, *answers])
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: next(script)))
    return EbayClient(
        http, MarketplaceSettings(ebay_client_id="app", ebay_client_secret=SecretStr("secret"))
    )


@pytest.mark.req("FD-43")
async def test_a_page_has_products_with_their_price(ebay: EbayClient, market):
    page = await ebay.page(Search("green linen", sort=Sort.CHEAPEST))

    assert page.products
    assert page.malformed == 0
    assert all("green linen" in one.title.lower() for one in page.products)
    amounts = [one.price.amount for one in page.products]
    assert amounts == sorted(amounts)
    first = page.products[0]
    assert first.price == Money(first.price.amount, "USD")
    assert first.price.amount.as_tuple().exponent == -2
    assert first.url.startswith(f"{market.url}/itm/")
    assert first.stock is None


async def test_a_picture_is_a_picture(ebay: EbayClient, market):
    [first, *_] = (await ebay.page(LINEN)).products

    picture = await market.http.get(first.image_url)

    assert picture.content.startswith(b"\x89PNG")
    assert picture.headers["content-type"] == "image/png"


async def test_one_product_comes_with_its_stock(ebay: EbayClient, market):
    listing = market.state.ebay.for_sale()[7]

    product = await ebay.product(listing.item_id)

    assert product is not None
    assert (product.id, product.title) == (listing.item_id, listing.title)
    assert product.stock == listing.stock
    assert product.price == Money(Decimal(listing.cents) / 100, "USD")


async def test_what_is_sold_is_none(ebay: EbayClient, market):
    listing = market.state.ebay.for_sale()[0]
    market.state.ebay.sell(listing)

    assert await ebay.product(listing.item_id) is None


async def test_another_marketplace_has_its_currency(client: Callable[..., EbayClient]):
    page = await client(ebay_marketplace="EBAY_DE").page(LINEN)

    assert {one.price.currency for one in page.products} == {"EUR"}


async def test_a_marketplace_that_is_not_there_is_refused(client: Callable[..., EbayClient]):
    with pytest.raises(FailPermanent, match=r"409 \(error 12019\)"):
        await client(ebay_marketplace="EBAY_PL").page(LINEN)


async def test_all_pages_give_every_product_once(ebay: EbayClient):
    every = Search(category_ids=("101", "102", "103", "104", "105", "106"))

    found = [one.id async for one in products(ebay, every)]

    assert len(found) == len(set(found)) == 5_000


async def test_reading_stops_where_enough_is_read(client: Callable[..., EbayClient], market):
    ebay = client(ebay_page_size=50)

    found = [one async for one in products(ebay, LINEN, most=70)]

    assert len(found) == 70


async def test_what_moves_up_while_reading_is_not_missed(client: Callable[..., EbayClient], market):
    ebay = client(ebay_page_size=50)
    before = {one.item_id for one in market.state.ebay.for_sale() if "linen" in one.title}
    await market.fault("changing_page", times=3)

    found = [one.id async for one in products(ebay, LINEN)]

    assert len(found) == len(set(found))
    assert set(found) == before


async def test_a_malformed_item_leaves_its_neighbours(ebay: EbayClient, market):
    whole = await ebay.page(LINEN)
    await market.fault("malformed_item")

    page = await ebay.page(LINEN)

    assert page.malformed == 1
    assert page.products == whole.products[1:]


async def test_one_token_serves_many_calls(ebay: EbayClient, market):
    await asyncio.gather(*(ebay.page(LINEN, number) for number in range(3)))

    assert market.state.ebay.token_calls == 1


async def test_a_token_is_renewed_before_it_ends(ebay: EbayClient, market):
    await ebay.page(LINEN)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=116)):
        await ebay.page(LINEN)

    assert market.state.ebay.token_calls == 2


async def test_a_token_that_ended_early_is_renewed_once(ebay: EbayClient, market):
    await market.fault("expired_token")

    assert (await ebay.page(LINEN)).products
    assert market.state.ebay.token_calls == 2


async def test_a_token_that_is_never_accepted_fails(ebay: EbayClient, market):
    await market.fault("expired_token", times=2)

    with pytest.raises(FailPermanent, match=r"401 \(error 1001\).*ebay_client_id"):
        await ebay.page(LINEN)


async def test_a_limit_says_until_when(ebay: EbayClient, market):
    await market.fault("429", seconds=90)

    with pytest.raises(RetryAfter, match=r"429 \(error 2001\)") as refused:
        await ebay.page(LINEN)

    assert abs(refused.value.at - datetime.now(UTC) - timedelta(seconds=90)).total_seconds() < 5


async def test_a_limit_without_a_time_lasts_until_ebays_midnight():
    with (
        time_machine.travel(datetime(2026, 7, 1, 20, tzinfo=UTC), tick=False),
        pytest.raises(RetryAfter) as refused,
    ):
        await scripted(httpx2.Response(429)).page(LINEN)

    midnight = datetime(2026, 7, 2, tzinfo=ZoneInfo("America/Los_Angeles"))
    assert refused.value.at == midnight


async def test_a_failure_inside_may_be_tried_again(ebay: EbayClient, market):
    await market.fault("5xx")

    with pytest.raises(RetryBackoff, match=r"500 \(error 12000\)"):
        await ebay.page(LINEN)


async def test_a_slow_answer_may_be_tried_again(market):
    await market.fault("slow", seconds=0.3)
    async with httpx2.AsyncClient(timeout=0.1) as http:
        settings = MarketplaceSettings(
            ebay_base_url=market.url, ebay_client_id="app", ebay_client_secret=SecretStr("s")
        )
        with pytest.raises(RetryBackoff, match="ReadTimeout"):
            await EbayClient(http, settings).page(LINEN)


async def test_a_refused_connection_may_be_tried_again(client: Callable[..., EbayClient]):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(RetryBackoff, match="ConnectError"):
        await client(ebay_base_url=f"http://127.0.0.1:{port}").page(LINEN)


@pytest.mark.parametrize(
    ("answer", "outcome", "message"),
    [
        (httpx2.Response(403, json={"errors": [{"errorId": 1100}]}), FailPermanent, "Browse API"),
        (httpx2.Response(400, json={"errors": [{"errorId": 12001}]}), FailPermanent, "12001"),
        (httpx2.Response(503, text="<html>"), RetryBackoff, "503"),
        (httpx2.Response(408), RetryBackoff, "408"),
        (
            httpx2.Response(400, json={"errors": [{"errorId": 9, "category": "APPLICATION"}]}),
            RetryBackoff,
            "error 9",
        ),
        (httpx2.Response(200, json={"href": "?"}), FailPermanent, "without what was asked for"),
    ],
)
async def test_what_an_answer_means(
    answer: httpx2.Response, outcome: type[Exception], message: str
):
    with pytest.raises(outcome, match=message):
        await scripted(answer).page(LINEN)


@pytest.mark.parametrize("number", [11004, 11008])
async def test_a_listing_that_its_seller_changes_is_not_gone(number: int) -> None:
    with pytest.raises(RetryBackoff, match=str(number)):
        await scripted(
            httpx2.Response(404, json={"errors": [{"errorId": number, "category": "REQUEST"}]})
        ).product("v1|1|0")


async def test_a_search_for_nothing_finds_nothing(ebay: EbayClient):
    page = await ebay.page(Search("submarine"))

    assert (page.products, page.total, page.more) == ((), 0, False)


async def test_ten_thousand_is_the_deepest(ebay: EbayClient):
    with pytest.raises(FailPermanent, match=r"Page 50 begins at 10000"):
        await ebay.page(LINEN, 50)


async def test_without_an_app_nothing_is_sent(client: Callable[..., EbayClient]):
    with pytest.raises(FailPermanent, match=r"set marketplaces\.ebay_client_id"):
        await client(ebay_client_secret=None).page(LINEN)


async def test_a_wrong_secret_fails_and_is_not_quoted():
    refusal = httpx2.Response(401, json={"error": "invalid_client"})
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: refusal))
    settings = MarketplaceSettings(
        ebay_client_id="app", ebay_client_secret=SecretStr("very-secret")
    )

    with pytest.raises(FailPermanent, match="ebay_client_secret") as refused:
        await EbayClient(http, settings).page(LINEN)

    assert "very-secret" not in f"{refused.value!r} {settings!r}"


def test_a_search_needs_something_to_look_for():
    with pytest.raises(ValueError, match="give words or category_ids"):
        Search(" ")


async def test_the_module_provides_the_marketplace(market, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HUTCH_MARKETPLACES__EBAY_BASE_URL", market.url)
    monkeypatch.setenv("HUTCH_MARKETPLACES__EBAY_CLIENT_ID", "app")
    monkeypatch.setenv("HUTCH_MARKETPLACES__EBAY_CLIENT_SECRET", "secret")
    marketplaces = marketplaces_module()

    async with hutch.testing.testing(
        Module("app", imports=[marketplaces], exports=[marketplaces])
    ) as t:
        page = await t.get(Marketplace).page(LINEN)

    assert page.total > 0


def test_a_time_zone_that_is_none_is_refused_at_start():
    with pytest.raises(ValueError, match="'Mars/Crater' is no time zone"):
        MarketplaceSettings(ebay_day_zone="Mars/Crater")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "javascript:alert(1)", "//e.com/a", ""])
async def test_a_picture_that_is_no_web_address_is_malformed(address: str):
    entry = {
        "itemId": "v1|1|0",
        "title": "Shirt",
        "price": {"value": "1.00", "currency": "USD"},
        "itemWebUrl": "https://example.com/1",
        "image": {"imageUrl": address},
    }
    ebay = scripted(httpx2.Response(200, json={"total": 1, "itemSummaries": [entry]}))

    page = await ebay.page(LINEN)

    assert (page.products, page.malformed) == ((), 1)


@pytest.mark.parametrize(
    "broken",
    [
        {"itemId": "v1|1\0|0"},
        {"itemId": "1" * 3_000},
        {"title": "Shirt\0"},
        {"condition": "New\0"},
        {"itemWebUrl": "https://example.com/\0"},
        {"image": {"imageUrl": "https://example.com/\0.png"}},
        {"price": {"value": "92233720368547758.08", "currency": "USD"}},
        {"estimatedAvailabilities": [{"estimatedAvailableQuantity": 2**31}]},
    ],
)
async def test_what_no_database_takes_is_malformed_and_leaves_its_neighbours(
    broken: dict[str, object],
):
    whole = {
        "itemId": "v1|1|0",
        "title": "Shirt",
        "price": {"value": "1.00", "currency": "USD"},
        "itemWebUrl": "https://example.com/1",
    }
    body = {"total": 2, "itemSummaries": [whole | broken, whole]}

    page = await scripted(httpx2.Response(200, json=body)).page(LINEN)

    assert ([one.id for one in page.products], page.malformed) == (["v1|1|0"], 1)


@pytest.mark.parametrize("product_id", ["", ".", ".."])
async def test_an_id_leads_to_no_other_call(product_id: str):
    ebay = scripted()

    with pytest.raises(FailPermanent, match=r"is no eBay item id: it looks like v1\|123\|0"):
        await ebay.product(product_id)
