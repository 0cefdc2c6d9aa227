"""The pages: they work without JavaScript, wherever the app is mounted."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
from httpx2 import ASGITransport
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from tests.browser.serving import serving
from tests.fashiondeck.conftest import Start
from tests.fashiondeck.running import NAMES, Deck, refresh_of

from fashiondeck.jobs.analytics import AnalyticsJobs
from fashiondeck.jobs.refresh import RefreshJobs
from fashiondeck.services.pictures import LARGEST, PictureMissing, Pictures

PAGE = {"accept": "text/html"}


@pytest.fixture
async def stocked(deck: Deck) -> Deck:
    """A deck with bags."""
    deck.ebay.leave("bags", 60)
    await deck.refresh("bags")
    return deck


async def show(deck: Deck, path: str, **query: str) -> str:
    answer = await deck.client.get(path, params=query, headers=PAGE)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_a_search_shows_pictures_and_prices_page_by_page(stocked: Deck) -> None:
    query = "handbag backpack tote bag"
    found = await stocked.search(query)
    first = await show(stocked, "/", q=query)
    assert f"{found['total']} found for" in first
    for product in found["products"]:
        assert f'<img src="{product["picture"]}"' in first
        assert f'href="/products/{product["id"]}"' in first
        assert f"{product['price']} USD" in first
    assert first.count("<li ") == 24
    assert f"Page 1 of {found['pages']}" in first
    [more] = re.findall(r'<a rel="next" href="([^"]+)"', first)
    second = (await stocked.client.get(more.replace("&amp;", "&"))).text
    assert f"Page 2 of {found['pages']}" in second
    assert 'rel="prev"' in second


async def test_what_is_written_is_escaped(deck: Deck) -> None:
    text = await show(deck, "/", q="<script>alert(1)</script> bag")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


async def test_a_search_for_nothing_says_what_to_write(deck: Deck) -> None:
    assert "What are you looking for?" in await show(deck, "/")
    told = await show(deck, "/", q="under 40")
    assert "names nothing to look for: write what it is" in told
    assert "Nothing of that kind is for sale now." in await show(deck, "/", q="umbrella")
    assert (await deck.cache("products"))["misses"] == 2


async def test_a_page_beyond_the_last_says_so(stocked: Deck) -> None:
    assert "There is no page 900." in await show(stocked, "/", q="bag", page="900")


async def test_a_product_has_a_page(stocked: Deck) -> None:
    [product, *_] = (await stocked.search("backpack"))["products"]
    shown = await show(stocked, f"/products/{product['id']}")
    assert f"<h1>{product['title']}</h1>" in shown
    assert f'<a href="{product["url"]}" rel="noreferrer nofollow">See it at ebay</a>' in shown
    missing = await stocked.client.get(f"/products/{'0' * 32}")
    assert missing.status_code == 404
    assert missing.json()["detail"] == f"There is no product '{'0' * 32}'."
    assert (await stocked.client.get("/products/1")).status_code in (404, 422)


async def test_pictures_are_served_by_us(stocked: Deck) -> None:
    [product, *_] = (await stocked.search("backpack"))["products"]
    picture = await stocked.client.get(product["picture"])
    assert picture.status_code == 200
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert picture.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert picture.headers["cache-control"] == "public, max-age=86400"


async def test_one_client_looks_at_so_many_pictures_and_no_more(deck: Deck) -> None:
    path = f"/pictures/{'0' * 32}"
    for _ in range(600):
        assert (await deck.client.get(path)).status_code == 404
    assert (await deck.client.get(path)).status_code == 429


@pytest.fixture
async def elsewhere() -> AsyncIterator[str]:
    """A server of pictures that are none."""

    async def svg(request: Request) -> Response:
        return Response("<svg onload='alert(1)'/>", media_type="image/svg+xml")

    async def huge(request: Request) -> Response:
        return Response(b"0" * (LARGEST + 1), media_type="image/png")

    async def moved(request: Request) -> Response:
        return Response(status_code=302, headers={"location": "/text"})

    async def text(request: Request) -> Response:
        return PlainTextResponse("no picture")

    async def drip(request: Request) -> Response:
        async def drops() -> AsyncIterator[bytes]:
            while True:
                yield b"0"
                await asyncio.sleep(0.02)

        return StreamingResponse(drops(), media_type="image/png")

    routes = [Route(f"/{f.__name__}", f) for f in (svg, huge, moved, text, drip)]
    async with serving(Starlette(routes=routes)) as url:
        yield url


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/svg", "DecodingError"),
        ("/huge", "DecodingError"),
        ("/moved", "HTTPStatusError"),
        ("/text", "DecodingError"),
        ("/missing", "HTTPStatusError"),
    ],
)
async def test_what_is_no_picture_is_not_served(
    stocked: Deck, elsewhere: str, path: str, why: str
) -> None:
    product = await stocked.picture_at(f"{elsewhere}{path}")
    answer = await stocked.client.get(f"/pictures/{product}")
    assert answer.status_code == 404
    assert answer.json()["detail"] == (
        f"ebay did not give the picture of {product!r} ({why}): try again later."
    )


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        ("127.0.0.1", "http://169.254.169.254/latest/meta-data/"),
        ("127.0.0.1", "http://localhost/picture"),
        ("127.0.0.1", "http://127.0.0.1@localhost/picture"),
        ("i.ebayimg.com", "http://127.0.0.1/picture"),
        ("i.ebayimg.com", "http://i.ebayimg.com/picture"),
    ],
)
async def test_a_seller_sends_us_to_no_other_host(
    start: Start, told: pytest.MonkeyPatch, hosts: str, url: str
) -> None:
    told.setenv("HUTCH_FASHIONDECK__PICTURE_HOSTS", hosts)
    asked: list[httpx2.Request] = []

    async def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, headers={"content-type": "image/png"}, content=b"PNG")

    async with start() as deck:
        deck.ebay.leave("bags", 1)
        await deck.refresh("bags")
        product = await deck.picture_at(url)
        pictures = deck.t.get(Pictures)
        async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as http:
            with pytest.raises(PictureMissing, match="none of HUTCH_FASHIONDECK__PICTURE_HOSTS"):
                await replace(pictures, http=http).get(product)
        assert asked == []
        refused = await deck.client.get(f"/pictures/{product}")
        assert (refused.status_code, "PICTURE_HOSTS" in refused.text) == (404, True)


async def test_a_picture_that_does_not_end_is_given_up(
    stocked: Deck, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fashiondeck.services.pictures.PATIENCE", 0.1)
    product = await stocked.picture_at(f"{elsewhere}/drip")
    async with asyncio.timeout(5):
        answer = await stocked.client.get(f"/pictures/{product}")
    assert (answer.status_code, "(TimeoutError)" in answer.json()["detail"]) == (404, True)


async def test_a_missing_picture_is_told(stocked: Deck) -> None:
    product = await stocked.picture_at("http://127.0.0.1:1/away.png")
    answer = await stocked.client.get(f"/pictures/{product}")
    assert (answer.status_code, "ConnectError" in answer.text) == (404, True)
    product = await stocked.picture_at(None)
    answer = await stocked.client.get(f"/pictures/{product}")
    assert answer.json()["detail"] == f"The product {product!r} has no picture."
    assert (await stocked.client.get(f"/api/products/{product}")).json()["picture"] is None
    assert "<img" not in await show(stocked, f"/products/{product}")


async def test_operators_see_and_do(stocked: Deck) -> None:
    for name in NAMES.keys() - {"bags"}:
        stocked.ebay.leave(name, 1)
    await stocked.search("backpack")
    shown = await show(stocked, "/operations")
    assert '<div class="figure" data-figure="products">60</div>' in shown
    assert "ebay: bags" in shown
    assert "There are none yet." in shown
    for path in ("/refresh/ebay", "/refresh/ebay/bags", "/insights"):
        answer = await stocked.client.post(f"/operations{path}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/operations")
    assert AnalyticsJobs.digest() in stocked.t.enqueued
    assert RefreshJobs.refresh(refresh_of("bags")) in stocked.t.enqueued
    assert len(stocked.t.enqueued) == len(NAMES) + 1
    await stocked.t.drain()
    assert "1 searches of 1 different queries" in await show(stocked, "/operations")
    unknown = await stocked.client.post("/operations/refresh/amazon", headers=PAGE)
    assert unknown.status_code == 422
    assert "There is no marketplace &#39;amazon&#39;; choose one of: ebay." in unknown.text


async def test_others_are_led_to_the_login(deck: Deck) -> None:
    del deck.client.headers["authorization"]
    answer = await deck.client.get("/operations", headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/monitor/login?next=/operations"
    assert (await deck.client.post("/operations/insights")).status_code == 401
    assert deck.t.enqueued == []


async def test_another_site_does_nothing_in_an_operators_name(deck: Deck) -> None:
    token = deck.client.headers.pop("authorization").removeprefix("Bearer ")
    login = await deck.client.post(
        "/monitor/login", data={"token": token}, headers={"sec-fetch-site": "same-origin"}
    )
    assert login.status_code == 303
    path = "/operations/insights"
    foreign = await deck.client.post(path, headers={"sec-fetch-site": "cross-site"})
    assert (foreign.status_code, list(deck.t.enqueued)) == (403, [])
    own = await deck.client.post(path, headers={"sec-fetch-site": "same-origin"})
    assert own.status_code == 303


async def test_all_works_below_a_path(start: Start) -> None:
    async with start() as deck:
        deck.ebay.leave("bags", 30)
        await deck.refresh("bags")
        house = Starlette(routes=[Mount("/fashiondeck", app=deck.t.app.http)])
        client = httpx2.AsyncClient(transport=ASGITransport(house), base_url="http://house")
        async with client:
            client.headers.update(deck.client.headers)
            for path in ("/", "/?q=backpack", "/operations"):
                page = await client.get(f"/fashiondeck{path}", headers=PAGE)
                assert page.status_code == 200, path
                places = re.findall(r'(?:href|src|action|data-catalogue)="(/[^"]*)"', page.text)
                assert len(places) > 4
                assert [place for place in places if not place.startswith("/fashiondeck/")] == []
                for place in places:
                    if place.startswith(("/fashiondeck/static", "/fashiondeck/pictures")):
                        assert (await client.get(place)).status_code == 200, place
            back = await client.post("/fashiondeck/operations/insights")
            assert back.headers["location"] == "/fashiondeck/operations"
