"""Wares in the shapes of eBay's answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.datastructures import URL

from kit.sandbox.ebay.listings import Listing
from kit.sandbox.ebay.picture import SIDE
from kit.sandbox.ebay.requests import DEEPEST, Search

BROWSE = "/buy/browse/v1"


def summary(listing: Listing, base: str, currency: str) -> dict[str, Any]:
    """Show a ware in a list."""
    return {
        "itemId": listing.item_id,
        "title": listing.title,
        "leafCategoryIds": [listing.category_id],
        "categories": [{"categoryId": listing.category_id, "categoryName": listing.category}],
        "image": _image(listing, base),
        "price": {"value": f"{listing.cents / 100:.2f}", "currency": currency},
        "itemHref": f"{base}{BROWSE}/item/{quote(listing.item_id)}",
        "itemWebUrl": f"{base}/itm/{listing.number}",
        "condition": listing.condition,
        "conditionId": listing.condition_id,
        "buyingOptions": ["FIXED_PRICE"],
    }


def item(listing: Listing, base: str, currency: str) -> dict[str, Any]:
    """Show one ware, with how many there are."""
    status = "IN_STOCK" if listing.stock else "OUT_OF_STOCK"
    return {
        "itemId": listing.item_id,
        "title": listing.title,
        "categoryId": listing.category_id,
        "categoryPath": listing.category,
        "image": _image(listing, base),
        "price": {"value": f"{listing.cents / 100:.2f}", "currency": currency},
        "itemWebUrl": f"{base}/itm/{listing.number}",
        "condition": listing.condition,
        "conditionId": listing.condition_id,
        "color": listing.colour,
        "pattern": listing.pattern,
        "estimatedAvailabilities": [
            {
                "estimatedAvailabilityStatus": status,
                "estimatedAvailableQuantity": listing.stock,
            }
        ],
    }


def page(search: Search, found: list[dict[str, Any]], total: int, href: str) -> dict[str, Any]:
    """Show a page of a search; an empty list is left out, as the contract wants it."""
    body: dict[str, Any] = {
        "href": href,
        "total": total,
        "limit": search.limit,
        "offset": search.offset,
    }
    if found:
        body["itemSummaries"] = found
    if (after := search.offset + search.limit) < min(total, DEEPEST):
        body["next"] = _moved(href, search, after)
    if search.offset:
        body["prev"] = _moved(href, search, search.offset - search.limit)
    return body


def _moved(href: str, search: Search, offset: int) -> str:
    """Write the address of another page of the same search."""
    return str(URL(href).include_query_params(limit=search.limit, offset=offset))


def _image(listing: Listing, base: str) -> dict[str, Any]:
    url = f"{base}/ebay-pictures/{listing.number}.png"
    return {"imageUrl": url, "width": SIDE, "height": SIDE}
