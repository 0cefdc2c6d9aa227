"""Searching: products by what people write."""

from __future__ import annotations

from dataclasses import dataclass

from fashiondeck import figures
from fashiondeck.keys import PRODUCTS, generate_hash
from fashiondeck.schemas import ProductView, Prompt, SearchResult
from fashiondeck.services.aesthetics import Aesthetics
from fashiondeck.services.products import Products
from fashiondeck.services.prompts import Prompts
from fashiondeck.services.queries import Queries
from fashiondeck.services.vectors import ProductVectors
from fashiondeck.settings import FashiondeckSettings
from hutch_cache import Cache
from hutch_metrics import Metrics

PAGE = 24
"""How many products a page shows."""
MOST = 5 * PAGE
"""How many products one search finds."""
CANDIDATES = 1_000
"""How many of the nearest are looked through for the prices and condition of the prompt."""


@dataclass(frozen=True, slots=True)
class Searching:
    """Searches products; which were found is cached by the hash of the prompt."""

    cache: Cache
    prompts: Prompts
    aesthetics: Aesthetics
    vectors: ProductVectors
    products: Products
    queries: Queries
    metrics: Metrics
    settings: FashiondeckSettings

    async def search(self, text: str, page: int = 1) -> SearchResult:
        """Find the products that are nearest to a prompt, and note the query.

        Args:
            text: The prompt.
            page: From 1; only the first is noted as a query.

        Raises:
            NothingToLookFor: The prompt has no words.
            PlatformError: The model of the embeddings did not answer.
        """
        loads: list[str] = []

        async def load() -> list[str]:
            loads.append(text)
            return await self._find(await self.prompts.read(text))

        found = await self.cache.get_or_load(PRODUCTS.key(generate_hash(text)), load)
        hit = not loads
        if page == 1:
            await self._note(text, len(found), hit)
        return await self._page(text, found, page, hit)

    async def _page(self, text: str, found: list[str], page: int, hit: bool) -> SearchResult:
        products = await self.products.shown(found[(page - 1) * PAGE : page * PAGE])
        return SearchResult(
            query=text,
            page=page,
            pages=-(-len(found) // PAGE),
            total=len(found),
            hit=hit,
            products=[ProductView.of(product) for product in products],
        )

    async def _find(self, prompt: Prompt) -> list[str]:
        words = f"{prompt.words} {await self.aesthetics.words(prompt.aesthetics)}".strip()
        matches = await self.vectors.nearest(words, CANDIDATES, self.settings.least_score)
        return await self.products.chosen([match.id for match in matches], prompt, MOST)

    async def _note(self, text: str, found: int, hit: bool) -> None:
        outcome = "empty" if not found else "hit" if hit else "miss"
        self.metrics.add(figures.SEARCHES, outcome=outcome)
        await self.queries.note(text, found, hit)
