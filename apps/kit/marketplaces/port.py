"""What a refresh job needs of a marketplace, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class Sort(StrEnum):
    """In which order a search answers."""

    BEST = "best"
    CHEAPEST = "cheapest"
    DEAREST = "dearest"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount.

    Attributes:
        currency: Three letters, ISO 4217.
    """

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Product:
    """Something for sale, as the marketplace shows it now.

    Attributes:
        id: The marketplace's id of it.
        url: Where people buy it.
        image_url: A picture; None where it has none.
        category_ids: The marketplace's ids, the narrowest first.
        stock: How many there are; None where the marketplace does not say.
    """

    id: str
    title: str
    url: str
    price: Money
    image_url: str | None = None
    category_ids: tuple[str, ...] = ()
    condition: str = ""
    stock: int | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: words, categories, or both.

    Raises:
        ValueError: Neither is given.
    """

    words: str = ""
    category_ids: tuple[str, ...] = ()
    sort: Sort = Sort.BEST

    def __post_init__(self) -> None:
        if not (self.words.strip() or self.category_ids):
            raise ValueError("Search(): give words or category_ids; nobody lists everything.")


@dataclass(frozen=True, slots=True)
class Page:
    """A part of what a search finds.

    Attributes:
        total: How many there are in all, by the marketplace's count at this moment.
        malformed: How many entries of this page could not be read and are left out.
        more: Whether another page follows.
    """

    products: tuple[Product, ...]
    total: int
    malformed: int
    more: bool


class Marketplace(Protocol):
    """A marketplace. Every method raises the errors of ``kit.platforms.outcomes``."""

    @property
    def page_size(self) -> int:
        """How many products a full page has."""
        ...

    async def page(self, search: Search, number: int = 0) -> Page:
        """Read one page of a search, the first by default."""
        ...

    async def product(self, product_id: str) -> Product | None:
        """Look one product up; None if it is not for sale any more."""
        ...
