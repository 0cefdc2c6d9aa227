"""Tables: products, refreshes, aesthetics, the query log and what was learnt of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from hutch_database import metadata
from kit.columns import COLUMNS, new_id


class Base(DeclarativeBase):
    """Base of fashiondeck's tables."""

    metadata = metadata()
    type_annotation_map = COLUMNS


class Product(Base):
    """Something for sale at a marketplace, as it was seen last.

    Attributes:
        id: Made of the marketplace and its id there, so that it is never given twice.
        price: In hundredths of the currency.
        stock: How many there were when it was seen last; None where that was not told.
        for_sale: Whether the marketplace still lists it.
        wanted: Stands for the text and the model that its vector has to be made of.
        embedded: Stands for what its vector was made of; None where it has none.
        changed_at: When something that buyers see was last found to be different.
        seen_at: When it was last found for sale.
    """

    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("marketplace", "remote_id"),
        Index(None, "marketplace", "category"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    marketplace: Mapped[str] = mapped_column(String(40))
    remote_id: Mapped[str]
    category: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(Text)
    condition: Mapped[str]
    price: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    url: Mapped[str] = mapped_column(Text)
    image_url: Mapped[str | None] = mapped_column(Text)
    stock: Mapped[int | None]
    for_sale: Mapped[bool]
    wanted: Mapped[str] = mapped_column(String(64))
    embedded: Mapped[str | None] = mapped_column(String(64))
    changed_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class Refreshed(Base):
    """The last refresh of a category that came to its end.

    Attributes:
        seen: How many products it found.
        gone: How many it did not find any more; None where it did not look at all of them.
    """

    __tablename__ = "refreshed"

    marketplace: Mapped[str] = mapped_column(String(40), primary_key=True)
    category: Mapped[str] = mapped_column(String(40), primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    seen: Mapped[int]
    added: Mapped[int]
    changed: Mapped[int]
    gone: Mapped[int | None]


class Aesthetic(Base):
    """A name that people use, and the words that products of it have."""

    __tablename__ = "aesthetic"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    words: Mapped[str] = mapped_column(Text)


class Query(Base):
    """A search that somebody made.

    Attributes:
        hash: The same for the same words.
        found: How many products it showed.
        hit: Whether the answer was cached.
    """

    __tablename__ = "query"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(index=True)
    hash: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    found: Mapped[int]
    hit: Mapped[bool]


class Insight(Base):
    """What the searches of one day tell.

    Attributes:
        day: In the time zone of the settings.
        made_at: Before the day's end it was made of a part of it, and is made again.
        top: The most frequent queries and those that found nothing, with their counts.
    """

    __tablename__ = "insight"

    day: Mapped[date] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    searches: Mapped[int]
    queries: Mapped[int]
    hits: Mapped[int]
    empty: Mapped[int]
    top: Mapped[dict[str, Any]]
