"""Fashiondeck with a sandbox of eBay, as tests drive it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
from sqlalchemy import select, update

from fashiondeck.jobs.producers import ProductRefreshProducer
from fashiondeck.models import Product
from fashiondeck.schemas import RefreshProducts
from fashiondeck.services import services
from fashiondeck.services.vectors import ProductVectors
from hutch.testing import Testing
from hutch_database import Database
from hutch_queue import QueueAdmin
from kit.sandbox import Fault, FaultOrder, PlatformName, SandboxState
from kit.sandbox.ebay.listings import CATEGORIES, Listing

TOKEN = "the-operators-own-token"
BEARER = {"authorization": f"Bearer {TOKEN}"}
NAMES = {name.lower(): number for number, (name, _) in CATEGORIES.items()}
"""The sandbox's categories: bags, dresses, jackets, shirts, shoes, trousers."""


def environment(sandbox: str, database: str) -> dict[str, str]:
    """What fashiondeck is told of where everything is."""
    return {
        "DATABASE_URL": database,
        "HUTCH_DATABASE__UPGRADE_AT_START": "true",
        "HUTCH_AUTH__OPERATOR_TOKEN": TOKEN,
        "HUTCH_MARKETPLACES__EBAY_BASE_URL": sandbox,
        "HUTCH_MARKETPLACES__EBAY_CLIENT_ID": "deck",
        "HUTCH_MARKETPLACES__EBAY_CLIENT_SECRET": "secret",
        "HUTCH_FASHIONDECK__CATEGORIES": json.dumps({"ebay": NAMES}),
        "HUTCH_FASHIONDECK__PICTURE_HOSTS": httpx2.URL(sandbox).host,
    }


@dataclass(frozen=True)
class Ebay:
    """The sandbox's eBay."""

    url: str
    state: SandboxState

    def leave(self, category: str, count: int) -> list[Listing]:
        """Sell all of a category but so many; return these, newest first."""
        shelf = [one for one in self.listed() if one.category_id == NAMES[category]]
        for listing in shelf[count:]:
            self.state.ebay.sell(listing)
        return shelf[:count]

    def tomorrow(self) -> None:
        """Let a day pass at eBay: prices and stock move."""
        self.state.world.ahead += timedelta(days=1)

    def listed(self) -> list[Listing]:
        return self.state.ebay.for_sale()

    def fault(self, fault: Fault, **more: Any) -> None:
        self.state.faults.order(FaultOrder(platform=PlatformName.EBAY, fault=fault, **more))


@dataclass(frozen=True)
class Deck:
    """A started fashiondeck."""

    t: Testing
    client: httpx2.AsyncClient
    ebay: Ebay

    @property
    def producer(self) -> ProductRefreshProducer:
        return self.t.get(ProductRefreshProducer)

    async def ask(self, category: str, **more: Any) -> dict[str, Any]:
        """Enqueue the refresh of a category."""
        new = {"marketplace": "ebay", "category": category, **more}
        answer = await self.client.post("/api/refreshes", json=new)
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    async def refresh(self, *categories: str) -> None:
        """Refresh categories and make the vectors."""
        for category in categories:
            await self.ask(category)
        await self.t.drain()

    async def settled(self) -> None:
        """Wait until the workers have nothing more to do."""
        admin = self.t.get(QueueAdmin)

        async def idle() -> bool:
            found = [await admin.stats(name) for name in admin.names()]
            return not any(stats.waiting + stats.active + stats.delayed for stats in found)

        await until(idle)

    async def search(self, q: str, page: int = 1) -> dict[str, Any]:
        answer = await self.client.get("/api/search", params={"q": q, "page": page})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def prices(self, q: str) -> dict[str, str]:
        """The prices on the first page of a search, by the product's page at eBay."""
        return {product["url"]: product["price"] for product in (await self.search(q))["products"]}

    async def titles(self, q: str) -> list[str]:
        return [product["title"] for product in (await self.search(q))["products"]]

    async def catalogue(self) -> dict[str, Any]:
        return dict((await self.client.get("/api/catalogue")).raise_for_status().json())

    async def shelf(self, category: str) -> dict[str, Any]:
        [found] = [s for s in (await self.catalogue())["shelves"] if s["category"] == category]
        return dict(found)

    async def counts(self) -> tuple[int, int, int]:
        """Products, those with a vector, and vectors."""
        catalogue = await self.catalogue()
        known = self.t.get(ProductVectors)
        async with known.database.session() as session:
            vectors = await known.vectors.count(session, known.embeddings.space)
        return catalogue["products"], catalogue["embedded"], vectors

    async def rows(self) -> dict[str, Product]:
        """All products, by their ids at eBay."""
        async with self.t.app.get(Database, services).session() as session:
            return {row.remote_id: row for row in await session.scalars(select(Product))}

    async def picture_at(self, url: str | None) -> str:
        """Give a product another picture by hand; return its id."""
        [row, *_] = (await self.rows()).values()
        async with self.t.app.get(Database, services).session() as session:
            await session.execute(update(Product).where(Product.id == row.id).values(image_url=url))
        return row.id

    async def cache(self, name: str) -> dict[str, Any]:
        answer = (await self.client.get("/api/caches")).raise_for_status()
        [found] = [one for one in answer.json() if one["cache"] == name]
        return dict(found)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


def refresh_of(category: str, **more: Any) -> RefreshProducts:
    return RefreshProducts(marketplace="ebay", category=category, **more)
