"""Search: what is near to a prompt, from the cache where it was asked before."""

import asyncio
from collections import Counter

import pytest
from tests.fashiondeck.conftest import Start
from tests.fashiondeck.running import Deck

from hutch import bind
from kit.ai import Embedder, NgramEmbedder
from kit.platforms import RetryBackoff
from kit.vectors import Vector


@pytest.fixture
async def stocked(deck: Deck) -> Deck:
    """A deck with bags and shirts."""
    deck.ebay.leave("bags", 60)
    deck.ebay.leave("shirts", 60)
    await deck.refresh("bags", "shirts")
    return deck


async def test_what_has_the_words_comes_first(stocked: Deck) -> None:
    rows = [row.title for row in (await stocked.rows()).values()]
    [wanted] = [title for title, count in Counter(rows).items() if count == 1][:1]
    assert (await stocked.titles(wanted.replace(",", "")))[0] == wanted
    found = await stocked.search("backpack")
    assert all("backpack" in product["title"] for product in found["products"][:5])


@pytest.mark.req("FD-10", "FD-11", "C-49")
async def test_the_same_query_is_a_hit_also_where_nothing_is_found(stocked: Deck) -> None:
    for query in ("Linen shirt", "zzzz qqqq"):
        first, second = await stocked.search(query), await stocked.search(f" {query.upper()} ")
        assert (first["hit"], second["hit"]) == (False, True)
        assert first["products"] == second["products"]
    assert (await stocked.search("zzzz qqqq"))["total"] == 0
    figures = await stocked.cache("products")
    assert (figures["hits"], figures["misses"], figures["hitRate"]) == (3, 2, 60.0)


async def test_of_many_who_ask_at_once_one_looks(stocked: Deck) -> None:
    found = await asyncio.gather(*(stocked.search("linen shirt") for _ in range(10)))
    assert sorted(one["hit"] for one in found) == [False] + [True] * 9
    assert (await stocked.cache("prompts"))["misses"] == 1


async def test_prices_and_condition_narrow(stocked: Deck) -> None:
    found = await stocked.search("used bag backpack between 50 and 150")
    assert found["products"]
    for product in found["products"]:
        assert 50 <= float(product["price"]) <= 150
        assert product["condition"] == "Used"


async def test_pages_follow_on_one_another(stocked: Deck) -> None:
    first = await stocked.search("shirt blouse bag backpack")
    assert (first["page"], len(first["products"])) == (1, 24)
    pages = [first] + [
        await stocked.search("shirt blouse bag backpack", page + 2)
        for page in range(first["pages"] - 1)
    ]
    ids = [product["id"] for page in pages for product in page["products"]]
    assert len(ids) == len(set(ids)) == first["total"] <= 120
    beyond = await stocked.search("shirt blouse bag backpack", first["pages"] + 1)
    assert beyond["products"] == []


async def test_an_aesthetic_means_what_operators_say(stocked: Deck) -> None:
    known = {one["name"] for one in (await stocked.client.get("/api/aesthetics")).json()}
    assert known == {"boho", "classic", "minimalist", "romantic", "utility"}
    before = await stocked.titles("nightfall shirt")
    body = {"words": "black velvet"}
    answer = await stocked.client.put("/api/aesthetics/nightfall", json=body)
    assert answer.json() == {"name": "nightfall", "words": "black velvet"}
    after = await stocked.titles("nightfall shirt")
    assert after != before, "what was cached with the old words is gone"
    assert "Black" in after[0] or "velvet" in after[0]
    wrong = await stocked.client.put("/api/aesthetics/nightfall", json={"words": "  "})
    assert wrong.status_code == 422
    del stocked.client.headers["authorization"]
    assert (await stocked.client.put("/api/aesthetics/x", json=body)).status_code == 401


async def test_a_prompt_that_cannot_be_searched_is_refused(deck: Deck) -> None:
    answer = await deck.client.get("/api/search", params={"q": "under 40"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("'under 40' names nothing to look for: write what")
    for query in ({"q": ""}, {"q": "x" * 201}, {}, {"q": "x", "page": 0}):
        assert (await deck.client.get("/api/search", params=query)).status_code == 422  # type: ignore[arg-type]


async def test_a_model_that_is_away_is_told(start: Start) -> None:
    class Away(NgramEmbedder):
        async def embed(self, texts: object) -> list[Vector]:
            raise RetryBackoff("The model's server did not answer: try again later.")

    async with start(bind(Embedder).value(Away())) as deck:
        answer = await deck.client.get("/api/search", params={"q": "shirt"})
        assert answer.status_code == 503
        assert answer.json()["detail"] == (
            "Nothing can be searched now: The model's server did not answer: try again later."
        )


async def test_one_client_searches_so_often_and_no_more(deck: Deck) -> None:
    del deck.client.headers["authorization"]
    for _ in range(120):
        assert (await deck.client.get("/api/search", params={"q": "x"})).status_code == 200
    refused = await deck.client.get("/api/search", params={"q": "x"})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) <= 60


async def test_a_search_is_in_no_log(deck: Deck, capsys: pytest.CaptureFixture[str]) -> None:
    await deck.search("a gift for marianne")
    assert "marianne" not in "".join(capsys.readouterr())
