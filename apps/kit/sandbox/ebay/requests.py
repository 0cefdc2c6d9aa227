"""What the sandbox understands of a search; anything else is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kit.sandbox.ebay.errors import invalid, refusal
from kit.sandbox.ebay.listings import CATEGORIES, Listing

CURRENCIES = {"EBAY_US": "USD", "EBAY_GB": "GBP", "EBAY_DE": "EUR"}
PLAYED = frozenset({"q", "category_ids", "limit", "offset", "sort"})
DEEPEST = 10_000
SORTS: dict[str, Callable[[Listing], tuple[int, int]]] = {
    "price": lambda one: (one.cents, -one.number),
    "-price": lambda one: (-one.cents, -one.number),
    "newlyListed": lambda one: (0, -one.number),
}


@dataclass(frozen=True, slots=True)
class Search:
    """The query of ``GET /item_summary/search``."""

    words: frozenset[str]
    category_ids: frozenset[str]
    limit: int
    offset: int
    sort: str

    def choose(self, listings: list[Listing]) -> list[Listing]:
        """List what matches, in the order asked for."""
        found = [one for one in listings if one.matches(self.words, self.category_ids)]
        return sorted(found, key=SORTS[self.sort]) if self.sort else found


def read_search(query: Mapping[str, str]) -> Search:
    """Read a query.

    Raises:
        Refusal: It breaks the contract; the numbers are those of the contract.
    """
    if unknown := sorted(query.keys() - PLAYED):
        raise invalid(12001, f"{', '.join(unknown)}: not played here.")
    if not (query.get("q") or query.get("category_ids")):
        raise invalid(12001, "Give q or category_ids.")
    category_ids = frozenset(filter(None, query.get("category_ids", "").split(",")))
    if not category_ids <= CATEGORIES.keys():
        raise invalid(12009, "category_ids names a category that is not here.")
    sort = query.get("sort", "")
    if sort and sort not in SORTS:
        raise invalid(12008, "sort has a value that is not known.")
    words = frozenset(query.get("q", "").lower().split())
    return Search(words, category_ids, *_window(query), sort)


def currency(marketplace: str | None) -> str:
    """Name the currency of a marketplace.

    Raises:
        Refusal: It is not played here.
    """
    found = CURRENCIES.get(marketplace or "EBAY_US")
    if found is None:
        raise refusal(409, 12019, f"Marketplaces here: {', '.join(CURRENCIES)}.")
    return found


def _window(query: Mapping[str, str]) -> tuple[int, int]:
    limit = _integer(query.get("limit", "50"), 12007, "limit")
    offset = _integer(query.get("offset", "0"), 12005, "offset")
    if not 1 <= limit <= 200:
        raise invalid(12006, "limit is from 1 to 200.")
    if offset < 0:
        raise invalid(12004, "offset is not negative.")
    if offset >= DEEPEST:
        raise invalid(12029, f"offset is less than {DEEPEST}.")
    if offset % limit:
        raise invalid(12515, "offset is a multiple of limit.")
    return limit, offset


def _integer(text: str, number: int, name: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise invalid(number, f"{name} is a whole number.") from error
