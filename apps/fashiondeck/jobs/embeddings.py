"""The ``embeddings`` queue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fashiondeck import figures
from fashiondeck.keys import FOUND
from fashiondeck.schemas import EmbedProduct
from fashiondeck.services.vectors import ProductVectors
from hutch import intercept
from hutch_cache import Cache
from hutch_metrics import Metrics
from hutch_queue import Call, ChunkItem, chunk, exponential, processor
from kit.platforms import FailPermanent, SnoozeWhenTold

QUEUE = "embeddings"
MEDIUM = 0
"""The priority of what searches need."""


@processor(QUEUE, concurrency=2)
@intercept(SnoozeWhenTold)
@dataclass
class EmbedJobs:
    """Makes the vectors of products, up to 32 in one call."""

    vectors: ProductVectors
    cache: Cache
    metrics: Metrics

    @chunk(
        name="embed-product",
        size=32,
        attempts=2,
        backoff=exponential(2),
        priority=MEDIUM,
        no_retry=(FailPermanent,),
    )
    async def embed(self, items: Sequence[ChunkItem[EmbedProduct, None]]) -> None:
        """Make the vectors of some products; one without a vector fails alone."""
        refused = await self.vectors.make([item.value for item in items])
        # Also where all have theirs: a run before this one may have died after it wrote.
        await self.cache.invalidate(FOUND)
        for item in items:
            why = refused.get(item.value.product_id)
            item.fail(why) if why else item.complete(None)
        self._count("made", len(items) - len(refused))
        self._count("refused", len(refused))

    def _count(self, outcome: str, number: int) -> None:
        if number:
            self.metrics.add(figures.VECTORS, number, outcome=outcome)


def embed_calls(products: Iterable[EmbedProduct]) -> list[Call[None]]:
    """Make the calls that embed products; while one of them waits there is no second."""
    return [EmbedJobs.embed(product).with_options(key=_key_of(product)) for product in products]


def _key_of(product: EmbedProduct) -> str:
    return f"{product.product_id}-{product.wanted[:16]}"
