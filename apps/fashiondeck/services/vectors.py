"""Vectors of products: made of their titles, kept beside their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_, update

from fashiondeck.models import Product
from fashiondeck.schemas import EmbedProduct
from fashiondeck.services.embeddings import Embeddings
from hutch_database import Database, Session
from kit.platforms import FailPermanent
from kit.vectors import Entry, Match, Vectors

Refusals = dict[str, FailPermanent]
"""Why products have no vector, by their ids."""


@dataclass(frozen=True, slots=True)
class ProductVectors:
    """The vectors of products."""

    database: Database
    vectors: Vectors
    embeddings: Embeddings

    def wanted(self, title: str) -> str:
        """Return what stands for the vector that a product of this title has to have."""
        return self.embeddings.hash(title)

    async def make(self, products: Sequence[EmbedProduct]) -> Refusals:
        """Make the vectors of products, those that can be made; what has one is left alone.

        Raises:
            PlatformError: What concerns all of them: a limit, a model that is away.
        """
        titles = await self._titles([product.product_id for product in products])
        made = await self.embeddings.many(list(titles.values()))
        outcomes = dict(zip(titles, made, strict=True))
        good = {id_: vector for id_, vector in outcomes.items() if isinstance(vector, list)}
        if good:
            async with self.database.session() as session:
                await self._keep(session, good, titles)
        return {id_: why for id_, why in outcomes.items() if isinstance(why, FailPermanent)}

    async def forget(self, session: Session, ids: Sequence[str]) -> None:
        """Remove the vectors of products, in the transaction that takes those off."""
        await self.vectors.delete(session, self.embeddings.space, ids)

    async def nearest(self, text: str, most: int, least: float) -> list[Match]:
        """Find products by a text, the nearest first.

        Args:
            text: What they should be like.
            most: How many.
            least: The lowest score.

        Raises:
            PlatformError: As ``Embedder.embed``.
        """
        vector = await self.embeddings.query(text)
        async with self.database.session() as session:
            space = self.embeddings.space
            return await self.vectors.nearest(session, space, vector, most, least=least)

    async def _titles(self, ids: Sequence[str]) -> dict[str, str]:
        stale = Product.embedded.is_distinct_from(Product.wanted)
        query = select(Product.id, Product.title).where(
            Product.id.in_(ids), Product.for_sale, stale
        )
        async with self.database.session() as session:
            return {row.id: row.title for row in await session.execute(query)}

    async def _keep(
        self, session: Session, vectors: dict[str, list[float]], titles: dict[str, str]
    ) -> None:
        """Keep vectors of what is still for sale under the title that they are made of."""
        pairs = [(id_, self.wanted(titles[id_])) for id_ in vectors]
        same = tuple_(Product.id, Product.wanted).in_(pairs)
        noted = update(Product).where(same, Product.for_sale).values(embedded=Product.wanted)
        ids = await session.scalars(noted.returning(Product.id))
        entries = [Entry(id_, vectors[id_]) for id_ in ids]
        await self.vectors.upsert(session, self.embeddings.space, entries)
