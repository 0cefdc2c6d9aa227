"""The wares: clothes made of plain words, always the same ones. No brand, no person."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache

COUNT = 5_000
COLOURS = {
    "black": (34, 34, 38),
    "white": (240, 240, 236),
    "grey": (138, 140, 146),
    "red": (190, 44, 52),
    "orange": (222, 122, 40),
    "yellow": (232, 196, 64),
    "green": (60, 130, 76),
    "teal": (38, 128, 132),
    "blue": (46, 88, 170),
    "purple": (112, 66, 150),
    "pink": (226, 134, 164),
    "brown": (116, 78, 52),
}
MATERIALS = ("cotton", "linen", "wool", "silk", "denim", "leather", "velvet", "hemp")
PATTERNS = ("plain", "striped", "checked", "dotted")
CUTS = ("slim", "loose", "cropped", "long", "straight")
CATEGORIES = {
    "101": ("Shirts", ("shirt", "blouse", "polo shirt")),
    "102": ("Trousers", ("trousers", "shorts", "culottes")),
    "103": ("Jackets", ("jacket", "coat", "cardigan")),
    "104": ("Dresses", ("dress", "skirt", "tunic")),
    "105": ("Bags", ("handbag", "backpack", "tote bag")),
    "106": ("Shoes", ("boots", "sandals", "loafers")),
}
CONDITIONS = (("1000", "New"), ("3000", "Used"))


@dataclass(frozen=True, slots=True)
class Listing:
    """Something for sale; the price in hundredths of the marketplace's currency."""

    number: int
    title: str
    colour: str
    pattern: str
    category_id: str
    condition_id: str
    condition: str
    cents: int
    stock: int

    @property
    def item_id(self) -> str:
        """The id in eBay's form: version, number, variation."""
        return f"v1|{self.number}|0"

    @property
    def category(self) -> str:
        """The category's name."""
        return CATEGORIES[self.category_id][0]

    def matches(self, words: frozenset[str], category_ids: frozenset[str]) -> bool:
        """Tell whether its title has all the words and it lies in one of the categories."""
        fits = not category_ids or self.category_id in category_ids
        return fits and words <= set(self.title.lower().replace(",", "").split())


@cache
def all_listings() -> tuple[Listing, ...]:
    """Make the wares, newest first."""
    return tuple(_listing(index) for index in range(COUNT))


@lru_cache(maxsize=4)
def listings_on(day: date) -> tuple[Listing, ...]:
    """Tell what the wares cost and how many there are on a day, newest first.

    A price moves every one to seven days, by up to 15 %; the stock moves daily, and one ware
    of twenty is sold out.
    """
    return tuple(_on(one, day.toordinal()) for one in all_listings())


def _on(listing: Listing, day: int) -> Listing:
    step = (day + listing.number) // (listing.number % 7 + 1)
    percent = 85 + _die(f"price {listing.number} {step}") % 31
    stock = _die(f"stock {listing.number} {day}") % 20
    return replace(listing, cents=listing.cents * percent // 100, stock=stock)


def _die(what: str) -> int:
    return hashlib.sha256(what.encode()).digest()[0]


def _listing(index: int) -> Listing:
    dice = iter(hashlib.sha256(f"listing {index}".encode()).digest())
    colour = list(COLOURS)[index % len(COLOURS)]
    category_id = list(CATEGORIES)[next(dice) % len(CATEGORIES)]
    kinds = CATEGORIES[category_id][1]
    cut, material, pattern, kind = (
        words[next(dice) % len(words)] for words in (CUTS, MATERIALS, PATTERNS, kinds)
    )
    condition_id, condition = CONDITIONS[next(dice) % len(CONDITIONS)]
    return Listing(
        number=400_000_000_000 - index,
        title=f"{colour.capitalize()} {material} {kind}, {pattern}, {cut} cut",
        colour=colour,
        pattern=pattern,
        category_id=category_id,
        condition_id=condition_id,
        condition=condition,
        cents=900 + next(dice) * 100 + next(dice) % 100,
        stock=next(dice) % 20,
    )
