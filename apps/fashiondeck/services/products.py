"""Products: reading the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select, true

from fashiondeck.models import Product, Refreshed
from fashiondeck.schemas import Prompt
from hutch_database import Database

Counts = dict[tuple[str, str], tuple[int, int]]


class ProductNotFound(LookupError):
    """There is no product of this id."""


@dataclass(frozen=True, slots=True)
class Products:
    """The product rows."""

    database: Database

    async def get(self, product_id: str) -> Product:
        """Read a product.

        Raises:
            ProductNotFound: There is none of this id.
        """
        async with self.database.session() as session:
            found = await session.get(Product, product_id)
        if found is None:
            raise ProductNotFound(f"There is no product {product_id!r}.")
        return found

    async def shown(self, ids: Sequence[str]) -> list[Product]:
        """Read those of some products that are for sale, in the order of their ids."""
        if not ids:
            return []
        query = select(Product).where(Product.id.in_(ids), Product.for_sale)
        async with self.database.session() as session:
            found = {product.id: product for product in await session.scalars(query)}
        return [found[id_] for id_ in ids if id_ in found]

    async def chosen(self, ids: Sequence[str], prompt: Prompt, most: int) -> list[str]:
        """Choose from some products those that are for sale and fit the prompt.

        Args:
            ids: In the order in which they are wanted.
            prompt: Its prices and condition narrow.
            most: How many to return.
        """
        query = select(Product.id).where(
            Product.id.in_(ids),
            Product.for_sale,
            true() if prompt.least is None else Product.price >= prompt.least,
            true() if prompt.most is None else Product.price <= prompt.most,
            true() if prompt.condition is None else Product.condition == prompt.condition,
        )
        async with self.database.session() as session:
            found = set(await session.scalars(query))
        return [id_ for id_ in ids if id_ in found][:most]

    async def counts(self) -> Counts:
        """Count what is for sale by marketplace and category: all, and those with a vector."""
        current = and_(Product.embedded.is_not(None), Product.embedded == Product.wanted)
        query = (
            select(
                Product.marketplace,
                Product.category,
                func.count(),
                func.count().filter(current),
            )
            .where(Product.for_sale)
            .group_by(Product.marketplace, Product.category)
        )
        async with self.database.session() as session:
            rows = await session.execute(query)
            return {(row[0], row[1]): (row[2], row[3]) for row in rows}

    async def refreshes(self) -> dict[tuple[str, str], Refreshed]:
        """Read the last refresh of each category."""
        async with self.database.session() as session:
            rows = await session.scalars(select(Refreshed))
            return {(row.marketplace, row.category): row for row in rows}
