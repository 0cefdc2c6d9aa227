"""Stock: writing what a marketplace has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, and_, delete, select, update

from fashiondeck.models import Product, Refreshed
from fashiondeck.schemas import EmbedProduct
from fashiondeck.services.catalogue import Shelf
from fashiondeck.services.embeddings import Embeddings
from fashiondeck.services.vectors import ProductVectors
from fashiondeck.settings import FashiondeckSettings
from hutch_cache import hash_of
from hutch_database import Database, Session, insert
from kit.marketplaces import Product as Ware

MANY = 1_000
"""Products that one transaction deletes."""

_table = cast(Table, Product.__table__)


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of some products.

    Attributes:
        unembedded: Those whose vector is missing or of something else.
    """

    added: int
    changed: int
    unembedded: list[EmbedProduct]


@dataclass(frozen=True, slots=True)
class Stock:
    """Writes product rows, each call in one transaction."""

    database: Database
    vectors: ProductVectors
    embeddings: Embeddings
    settings: FashiondeckSettings

    async def keep(self, shelf: Shelf, wares: Sequence[Ware]) -> Kept:
        """Write what was found for sale; the same again changes nothing but when it was seen."""
        async with self.database.session() as session:
            ids = [_id_of(shelf.marketplace, ware.id) for ware in wares]
            query = select(Product).where(Product.id.in_(ids))
            known = {product.id: product for product in await session.scalars(query)}
            rows = {
                id_: self._row(shelf, id_, ware, known.get(id_))
                for id_, ware in zip(ids, wares, strict=True)
            }
            await session.execute(_upsert(session), list(rows.values()))
        changed = sum(rows[id_]["changed_at"] != old.changed_at for id_, old in known.items())
        return Kept(len(rows) - len(known), changed, _unembedded(rows, known))

    async def take_off(self, shelf: Shelf, before: datetime) -> int:
        """Note that what was not seen since an instant is not for sale any more; count it."""
        async with self.database.session() as session:
            gone = (Product.marketplace == shelf.marketplace, Product.category == shelf.category)
            query = update(Product).where(*gone, Product.for_sale, Product.seen_at < before)
            return await self._close(session, query)

    async def look(self, product: Product, ware: Ware | None) -> Kept:
        """Write one product as it is now; None is not for sale any more."""
        if ware is not None:
            return await self.keep(Shelf(product.marketplace, product.category, ()), [ware])
        async with self.database.session() as session:
            query = update(Product).where(Product.id == product.id, Product.for_sale)
            return Kept(0, await self._close(session, query), [])

    async def clear_out(self) -> None:
        """Delete what is not for sale for so long that the settings do not keep it.

        Raises:
            CacheUnavailable: The cache's server did not answer; what is left goes next time.
        """
        before = datetime.now(UTC) - timedelta(days=self.settings.keep_products)
        old = and_(~Product.for_sale, Product.changed_at < before)
        some = select(Product.id).where(old).limit(MANY)
        # Said twice, for one may be listed again between the choice and the deletion.
        query = delete(Product).where(old, Product.id.in_(some)).returning(Product.wanted)
        while await self._delete(query):
            pass

    async def ended(self, row: Refreshed) -> None:
        """Note that a refresh came to its end."""
        async with self.database.session() as session:
            await session.merge(row)

    async def _delete(self, query: Any) -> bool:
        async with self.database.session() as session:
            wanted = set(await session.scalars(query))
            if wanted:
                # Before the rows are gone for good: nobody else knows these keys.
                await self.embeddings.forget(wanted)
        return bool(wanted)

    async def _close(self, session: Session, query: Any) -> int:
        closed = query.values(for_sale=False, stock=0, embedded=None, changed_at=datetime.now(UTC))
        ids = list(await session.scalars(closed.returning(Product.id)))
        await self.vectors.forget(session, ids)
        return len(ids)

    def _row(self, shelf: Shelf, id_: str, ware: Ware, old: Product | None) -> dict[str, Any]:
        now = datetime.now(UTC)
        shown = _shown(ware)
        same = old is not None and not _differs(old, shown)
        return shown | {
            "id": id_,
            "marketplace": shelf.marketplace,
            "remote_id": ware.id,
            "category": shelf.category,
            "wanted": self.vectors.wanted(ware.title),
            "changed_at": old.changed_at if same and old else now,
            "seen_at": now,
        }


def _id_of(marketplace: str, remote_id: str) -> str:
    return hash_of([marketplace, remote_id])[:32]


def _shown(ware: Ware) -> dict[str, Any]:
    """What buyers see. Lists do not tell how many there are: what was told before may be wrong."""
    return {
        "title": ware.title,
        "condition": ware.condition,
        "price": round(ware.price.amount * 100),
        "currency": ware.price.currency,
        "url": ware.url,
        "image_url": ware.image_url,
        "stock": ware.stock,
        "for_sale": True,
    }


def _differs(old: Product, shown: dict[str, Any]) -> bool:
    return any(getattr(old, name) != value for name, value in shown.items())


def _unembedded(rows: dict[str, dict[str, Any]], known: dict[str, Product]) -> list[EmbedProduct]:
    made = {id_: product.embedded for id_, product in known.items()}
    return [
        EmbedProduct(product_id=id_, wanted=row["wanted"])
        for id_, row in rows.items()
        if made.get(id_) != row["wanted"]
    ]


def _upsert(session: Session) -> Any:
    statement = insert(session, _table)
    written = [column.name for column in _table.c if column.name not in ("id", "embedded")]
    replaced = {name: statement.excluded[name] for name in written}
    return statement.on_conflict_do_update(index_elements=["id"], set_=replaced)
