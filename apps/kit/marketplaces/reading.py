"""Read a search to its end, though the marketplace changes meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator

from kit.marketplaces.port import Marketplace, Page, Product, Search


async def products(
    marketplace: Marketplace, search: Search, most: int | None = None
) -> AsyncIterator[Product]:
    """Yield what a search finds, each product once, page by page.

    Where the total shrinks between two pages, something was sold and what came behind it
    has moved up, unseen, to the page before: that one is read again. What is listed anew
    meanwhile shows products twice; they are yielded once. A marketplace that lists and
    sells as much in the same moment cannot be noticed: the next refresh finds the rest.

    Args:
        marketplace: Where to search.
        search: What for.
        most: Stop after so many.

    Raises:
        PlatformError: As ``Marketplace.page``. What was yielded before is still good.
    """
    seen = set[str]()
    async for page in _pages(marketplace, search):
        for product in page.products:
            if most is not None and len(seen) >= most:
                return
            if product.id not in seen:
                seen.add(product.id)
                yield product


async def _pages(marketplace: Marketplace, search: Search) -> AsyncIterator[Page]:
    number, total = 0, 0
    while True:
        page = await marketplace.page(search, number)
        if number and page.total < total:
            yield await marketplace.page(search, number - 1)
        yield page
        if not page.more:
            return
        number, total = number + 1, page.total
