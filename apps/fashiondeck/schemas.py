"""Payloads: what comes over HTTP, travels in jobs and lies in the cache."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints

from fashiondeck.models import Product
from hutch_queue import Handle
from kit.asked import Asked
from kit.payloads import Payload

MOST_PRODUCTS = 10_000
"""As many of one category as a marketplace shows."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class RefreshProducts(Payload):
    """The payload of a refresh: a category of a marketplace, and how many products at most."""

    marketplace: str
    category: str
    limit: int = Field(default=MOST_PRODUCTS, ge=1, le=MOST_PRODUCTS)


class EmbedProduct(Payload):
    """The payload of an embedding: a product, and what its vector has to be made of."""

    product_id: str
    wanted: str


class NewRefresh(RefreshProducts, Asked):
    """A refresh that an operator asks for."""


class NewBulkRefresh(Asked):
    """A refresh of all categories of a marketplace."""

    marketplace: str


class Enqueued(Payload):
    """A job that was asked for; not created where the same one waits or runs already."""

    queue: str
    id: str
    created: bool

    @classmethod
    def of(cls, handle: Handle[Any]) -> Self:
        """Show a job."""
        return cls(queue=handle.queue, id=handle.id, created=handle.created)


class ProductView(Payload):
    """A product as people see it.

    Attributes:
        price: In the currency's main unit, with two digits behind the point.
        picture: Where this app shows it, below its own address; None without one.
    """

    id: str
    marketplace: str
    category: str
    title: str
    condition: str
    price: str
    currency: str
    stock: int | None
    for_sale: bool
    url: str
    picture: str | None

    @classmethod
    def of(cls, product: Product) -> Self:
        """Show a row."""
        return cls(
            id=product.id,
            marketplace=product.marketplace,
            category=product.category,
            title=product.title,
            condition=product.condition,
            price=f"{product.price // 100}.{product.price % 100:02}",
            currency=product.currency,
            stock=product.stock,
            for_sale=product.for_sale,
            url=product.url,
            picture=f"/pictures/{product.id}" if product.image_url else None,
        )


class Prompt(Payload):
    """What a prompt asks for.

    Attributes:
        words: What products have to be like.
        aesthetics: Names of aesthetics among the words.
        least: The lowest price, in hundredths; None is any.
        most: The highest price, in hundredths; None is any.
        condition: ``New`` or ``Used``; None is any.
    """

    words: str
    aesthetics: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    condition: str | None = None


class SearchResult(Payload):
    """One page of what a search found.

    Attributes:
        total: How many products there are on all pages.
        hit: Whether the answer was cached.
    """

    query: str
    page: int
    pages: int
    total: int
    hit: bool
    products: list[ProductView]


class AestheticView(Payload):
    """A name that people use, and the words that products of it have."""

    name: str
    words: str


class NewAesthetic(Asked):
    """The words of an aesthetic."""

    words: Words
