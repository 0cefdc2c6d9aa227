"""FashionDeck's play: refresh, search, wait for tomorrow's prices, and read what was learnt."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2

from demo.plays.asking import answer_to
from demo.plays.market import Market, Prices, json_of
from demo.plays.play import Progress, Scene
from demo.verdict import Finding

CATEGORIES = {
    "shirts": "101",
    "trousers": "102",
    "jackets": "103",
    "dresses": "104",
    "bags": "105",
    "shoes": "106",
}
"""All that the sandbox sells: 5,000 wares."""
QUERIES = (
    "red leather backpack",
    "boho sandals",
    "minimalist tote bag under 120",
    "used boots between 30 and 150",
    "silk handbag striped",
    "loafers",
)
LOOK = 0.2
"""Seconds between two looks at what the app does meanwhile."""
PICTURES = 4
"""How many pictures of each search are looked at."""


@dataclass(frozen=True, slots=True)
class View:
    """What marketplace and app showed on one day.

    Attributes:
        listed: All that the marketplace sells in our categories.
        found: What the searches found in the app.
        twice: How many products one search showed twice.
        pictures: How many pictures were asked for.
        seen: How many of them came.
    """

    listed: Prices
    found: Prices
    twice: int
    pictures: int
    seen: int


@dataclass(slots=True)
class FashiondeckPlay:
    """An operator refreshes, people search, a day passes, and the operator refreshes again."""

    app: str = "fashiondeck"
    does: str = "Finds products of a marketplace by what people write, with prices of today."
    embedded: int = 0
    products: int = 0
    searches: int = 0
    hits: int = 0
    again: int = 0
    known: tuple[int, int] = (0, 0)
    views: list[View] = field(default_factory=list[View])

    async def environment(self, sandbox: str, client: httpx2.AsyncClient) -> dict[str, str]:
        """Tell the app who it is to the marketplace, and which categories to take."""
        return {
            "HUTCH_MARKETPLACES__EBAY_CLIENT_ID": "demo",
            "HUTCH_MARKETPLACES__EBAY_CLIENT_SECRET": "demo",
            "HUTCH_FASHIONDECK__CATEGORIES": json.dumps({"ebay": CATEGORIES}),
            "HUTCH_FASHIONDECK__PICTURE_HOSTS": httpx2.URL(sandbox).host,
        }

    async def run(self, scene: Scene) -> None:
        """Use the app on two days."""
        await self._search(scene, QUERIES[0])  # so that there is something to learn from
        self.known = await self._insights(scene)
        self.searches = self.hits = 0
        async with httpx2.AsyncClient(timeout=10) as client:
            market = Market(client, scene.sandbox)
            self.views.append(await self._look(scene, market))
            for query in QUERIES:
                self.again += await self._ask_again(scene, query)
            await market.tomorrow()
            self.views.append(await self._look(scene, market))

    def progress(self) -> Progress:
        """Count vectors and searches."""
        total = max(self.products, 1) + 3 * len(QUERIES)
        done = min(self.embedded + self.searches, total)
        detail = f"{self.embedded} of {self.products} products embedded, {self.searches} searches"
        return Progress(done, total, detail)

    async def judge(self, scene: Scene) -> list[Finding]:
        """Compare the app with the marketplace, and the insights with what was asked."""
        catalogue = await json_of(scene.client, "GET", "/api/catalogue")
        searches, hits = await self._insights(scene)
        if len(self.views) < 2:
            return [Finding("days played", 2, len(self.views))]
        return [
            *_products(catalogue, *self.views),
            *_prices(*self.views),
            Finding("queries answered from the cache when asked again", len(QUERIES), self.again),
            Finding("searches in the insights", self.searches, searches - self.known[0]),
            Finding("... of them cached", self.hits, hits - self.known[1]),
        ]

    async def _look(self, scene: Scene, market: Market) -> View:
        """Refresh and search; again, if the marketplace's day ended meanwhile."""
        while True:
            day = await market.day()
            await self._refresh(scene)
            listed = await market.listed(CATEGORIES.values())
            view = await self._search_all(scene, listed)
            if await market.day() == day:
                return view

    async def _refresh(self, scene: Scene) -> None:
        """Refresh all categories, from now on, and wait until everything has a vector."""
        while True:
            before = _ends(await self._catalogue(scene))
            body = {"marketplace": "ebay"}
            jobs = await json_of(scene.client, "POST", "/api/refreshes/bulk", json=body)
            while True:
                catalogue = await self._catalogue(scene)
                ends = _ends(catalogue)
                fresh = all(ends[name] not in (None, before[name]) for name in CATEGORIES)
                if fresh and catalogue["embedded"] == catalogue["products"]:
                    break
                await asyncio.sleep(LOOK)
            if all(job["created"] for job in jobs):
                return

    async def _catalogue(self, scene: Scene) -> dict[str, Any]:
        catalogue: dict[str, Any] = await json_of(scene.client, "GET", "/api/catalogue")
        self.products, self.embedded = catalogue["products"], catalogue["embedded"]
        return catalogue

    async def _search_all(self, scene: Scene, listed: Prices) -> View:
        found: Prices = {}
        twice = pictures = seen = 0
        for query in QUERIES:
            products = (await self._search(scene, query))["products"]
            prices = {product["url"]: product["price"] for product in products}
            found |= prices
            twice += len(products) - len(prices)
            for product in products[:PICTURES]:
                pictures += 1
                seen += await _has_picture(scene.client, product["picture"])
        return View(listed, found, twice, pictures, seen)

    async def _search(self, scene: Scene, query: str) -> dict[str, Any]:
        answer: dict[str, Any] = await json_of(
            scene.client, "GET", "/api/search", params={"q": query}
        )
        self.searches += 1
        self.hits += answer["hit"]
        return answer

    async def _ask_again(self, scene: Scene, query: str) -> bool:
        """Ask until the answer is cached: a job that runs again expires it meanwhile."""
        for _ in range(5):
            if (await self._search(scene, query))["hit"]:
                return True
        return False

    async def _insights(self, scene: Scene) -> tuple[int, int]:
        """Let the insights be made from now on, and count searches and hits of all days."""
        before = _made_at(await self._read_insights(scene))
        asked = {"created": False}
        while not asked["created"]:
            await asyncio.sleep(LOOK)
            asked = await json_of(scene.client, "POST", "/api/insights")
        made = await self._read_insights(scene)
        while _made_at(made) == before:
            await asyncio.sleep(LOOK)
            made = await self._read_insights(scene)
        return sum(one["searches"] for one in made), sum(one["hits"] for one in made)

    async def _read_insights(self, scene: Scene) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = await json_of(
            scene.client, "GET", "/api/insights", params={"days": "366"}
        )
        return made


def _products(catalogue: dict[str, Any], first: View, second: View) -> Iterator[Finding]:
    listed = len(second.listed)
    shelves = [one for one in catalogue["shelves"] if one["category"] in CATEGORIES]
    yield Finding("products in the app", listed, sum(one["products"] for one in shelves))
    yield Finding("products with a vector", listed, sum(one["embedded"] for one in shelves))
    strange = sum(len(view.found.keys() - view.listed.keys()) for view in (first, second))
    yield Finding("products found that the marketplace lacks", 0, strange)
    yield Finding("products found twice by one search", 0, first.twice + second.twice)
    yield Finding("pictures shown", first.pictures + second.pictures, first.seen + second.seen)


def _prices(first: View, second: View) -> Iterator[Finding]:
    both = first.found.keys() & second.found.keys()
    wrong = [url for url in both if first.found[url] != first.listed[url]]
    yield Finding("prices that were not today's", 0, len(wrong), ", ".join(wrong[:5]))
    moved = [url for url in second.found if first.listed.get(url) != second.listed.get(url)]
    shown = [url for url in moved if second.found[url] == second.listed[url]]
    yield Finding("prices that moved overnight and are shown", len(moved), len(shown))
    kept = second.found.keys() - set(moved)
    same = [url for url in kept if second.found[url] == second.listed[url]]
    yield Finding("prices that did not, and are shown", len(kept), len(same))


def _ends(catalogue: dict[str, Any]) -> dict[str, str | None]:
    ends = dict.fromkeys(CATEGORIES)
    return ends | {one["category"]: one["refreshedAt"] for one in catalogue["shelves"]}


def _made_at(insights: list[dict[str, Any]]) -> str:
    return max((one["madeAt"] for one in insights), default="")


async def _has_picture(client: httpx2.AsyncClient, path: str | None) -> bool:
    if path is None:
        return False
    answer = await answer_to(client, "GET", path)
    return answer.status_code == 200 and answer.headers["content-type"].startswith("image/")
