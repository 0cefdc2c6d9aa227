"""The sandbox keeps eBay's contract; asked in plain HTTP, without the client."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from PIL import Image

SEARCH = "/buy/browse/v1/item_summary/search"
FORM = {
    "grant_type": "client_credentials",
    "scope": "https://api.ebay.com/oauth/api_scope",
}


async def token(market, form: dict[str, str] = FORM, auth: Any = ("app", "secret")):
    return await market.http.post(f"{market.url}/identity/v1/oauth2/token", data=form, auth=auth)


async def get(market, path: str, **query: Any) -> httpx2.Response:
    given = (await token(market)).json()["access_token"]
    headers = {"Authorization": f"Bearer {given}"}
    return await market.http.get(f"{market.url}{path}", params=query, headers=headers)


async def test_an_application_token_is_given(market):
    answer = await token(market)

    assert answer.status_code == 200
    assert answer.json().keys() == {"access_token", "expires_in", "token_type"}
    assert answer.json()["expires_in"] == 7200


@pytest.mark.parametrize(
    ("form", "auth", "status", "error"),
    [
        (FORM, None, 401, "invalid_client"),
        (FORM, ("app", ""), 401, "invalid_client"),
        (FORM | {"grant_type": "password"}, ("a", "b"), 400, "unsupported_grant_type"),
        (FORM | {"scope": "everything"}, ("a", "b"), 400, "invalid_scope"),
    ],
)
async def test_a_wrong_token_request_is_refused(
    market, form: dict[str, str], auth: Any, status: int, error: str
):
    answer = await token(market, form, auth)

    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_a_page_follows_the_contract(market):
    body = (await get(market, SEARCH, q="linen", limit="10", offset="20")).json()

    assert body.keys() == {"href", "total", "limit", "offset", "next", "prev", "itemSummaries"}
    assert (body["limit"], body["offset"], len(body["itemSummaries"])) == (10, 20, 10)
    item = body["itemSummaries"][0]
    assert re.fullmatch(r"v1\|\d+\|0", item["itemId"])
    assert re.fullmatch(r"\d+\.\d\d", item["price"]["value"])
    assert item["price"]["currency"] == "USD"
    assert item["image"]["imageUrl"].startswith(market.url)


async def test_nothing_found_has_no_list(market):
    body = (await get(market, SEARCH, q="submarine")).json()

    assert body["total"] == 0
    assert "itemSummaries" not in body
    assert "next" not in body


@pytest.mark.parametrize(
    ("query", "status", "number"),
    [
        ({}, 400, 12001),
        ({"q": "linen", "limit": "0"}, 400, 12006),
        ({"q": "linen", "limit": "201"}, 400, 12006),
        ({"q": "linen", "limit": "ten"}, 400, 12007),
        ({"q": "linen", "offset": "-1"}, 400, 12004),
        ({"q": "linen", "offset": "a"}, 400, 12005),
        ({"q": "linen", "limit": "10", "offset": "5"}, 400, 12515),
        ({"q": "linen", "limit": "200", "offset": "10000"}, 400, 12029),
        ({"q": "linen", "sort": "nicest"}, 400, 12008),
        ({"category_ids": "999"}, 400, 12009),
        ({"q": "linen", "fieldgroups": "FULL"}, 400, 12001),
    ],
)
async def test_what_breaks_the_contract_is_refused(
    market, query: dict[str, str], status: int, number: int
):
    answer = await get(market, SEARCH, **query)

    assert answer.status_code == status
    [error] = answer.json()["errors"]
    assert (error["errorId"], error["category"]) == (number, "REQUEST")


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic YTpi", "Bearer"])
async def test_a_bad_token_is_refused(market, header: str | None):
    headers = {"Authorization": header} if header else {}

    answer = await market.http.get(f"{market.url}{SEARCH}?q=linen", headers=headers)

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["errorId"] == 1001


async def test_an_unknown_item_is_not_found(market):
    answer = await get(market, "/buy/browse/v1/item/v1%7C1%7C0")

    assert (answer.status_code, answer.json()["errors"][0]["errorId"]) == (404, 11001)


async def test_there_are_five_thousand_wares_always_the_same(market):
    wares = market.state.ebay.for_sale()

    assert len({one.number for one in wares}) == 5_000
    assert wares[0].title == "Black hemp polo shirt, checked, slim cut"
    assert len({one.title for one in wares}) > 1_500


async def test_a_picture_shows_the_colour(market):
    red = next(one for one in market.state.ebay.for_sale() if one.title.startswith("Red"))

    answer = await market.http.get(f"{market.url}/ebay-pictures/{red.number}.png")

    image = Image.open(io.BytesIO(answer.content))
    assert image.size == (96, 96)
    assert len(answer.content) < 4_000
    colours = image.convert("RGB").getcolors(96 * 96)
    assert colours is not None
    assert (190, 44, 52) in {colour for _, colour in colours}


async def test_a_ware_has_a_page(market):
    ware = market.state.ebay.for_sale()[0]

    answer = await market.http.get(f"{market.url}/itm/{ware.number}")

    assert ware.title in answer.text
    assert (await market.http.get(f"{market.url}/itm/1")).status_code == 404


async def test_a_fault_that_ebay_does_not_play_is_refused(market):
    order = {"platform": "ebay", "fault": "duplicate"}

    answer = await market.http.post(f"{market.url}/_sandbox/faults", json=order)

    assert answer.status_code == 400


async def test_the_next_page_is_a_page_of_the_same_search(market):
    first = (await get(market, SEARCH, q="linen", limit="200", sort="price")).json()
    given = (await token(market)).json()["access_token"]
    headers = {"Authorization": f"Bearer {given}"}
    found, body = [one["itemId"] for one in first["itemSummaries"]], first
    while "next" in body:
        body = (await market.http.get(body["next"], headers=headers)).json()
        found += [one["itemId"] for one in body["itemSummaries"]]
    back = (await market.http.get(body["prev"], headers=headers)).json()

    assert len(found) == len(set(found)) == first["total"]
    assert back["offset"] == body["offset"] - 200
    assert "prev" not in first


@pytest.mark.req("FD-44")
async def test_prices_and_stock_change_from_day_to_day(market):
    today = {one.number: one for one in market.state.ebay.for_sale()}
    same = {one.number: one for one in market.state.ebay.for_sale()}
    market.state.ebay.world.ahead = timedelta(days=1)
    tomorrow = {one.number: one for one in market.state.ebay.for_sale()}

    assert same == today
    assert tomorrow.keys() == today.keys()
    dearer = [number for number, one in tomorrow.items() if one.cents != today[number].cents]
    moved = [number for number, one in tomorrow.items() if one.stock != today[number].stock]
    assert 1_000 < len(dearer) < 3_000
    assert len(moved) > 4_000
    assert 100 < sum(one.stock == 0 for one in tomorrow.values()) < 500
    number = dearer[0]
    item = (await get(market, f"/buy/browse/v1/item/v1%7C{number}%7C0")).json()
    assert item["price"]["value"] == f"{tomorrow[number].cents / 100:.2f}"
