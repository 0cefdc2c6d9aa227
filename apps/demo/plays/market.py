"""The sandbox's eBay as somebody sees it who is not the app."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx2

from demo.plays.asking import answer_to

DAY = 86_400
BROWSE = "/buy/browse/v1/item_summary/search"
SCOPE = "https://api.ebay.com/oauth/api_scope"

Prices = dict[str, str]
"""Prices by the address of a product's page at the marketplace."""


@dataclass(slots=True)
class Market:
    """The marketplace, as somebody sees it who is not the app."""

    client: httpx2.AsyncClient
    url: str

    async def day(self) -> str:
        """Tell the marketplace's day."""
        state = await json_of(self.client, "GET", f"{self.url}/_sandbox/state")
        day: str = state["ebay"]["day"]
        return day

    async def tomorrow(self) -> None:
        """Let a day pass there, unless another play has let it pass already."""
        world = f"{self.url}/_sandbox/world"
        ahead = (await json_of(self.client, "GET", world))["ahead_seconds"]
        await json_of(self.client, "POST", world, json={"ahead_seconds": ahead + DAY})

    async def listed(self, categories: Iterable[str]) -> Prices:
        """List all that is for sale in some categories, with its price."""
        form = {"grant_type": "client_credentials", "scope": SCOPE}
        token_url = f"{self.url}/identity/v1/oauth2/token"
        token = await json_of(self.client, "POST", token_url, data=form, auth=("play", "play"))
        headers = {"authorization": f"Bearer {token['access_token']}"}
        pages = [await self._pages(ids, headers) for ids in categories]
        wares = [ware for found in pages for ware in found]
        return {ware["itemWebUrl"]: ware["price"]["value"] for ware in wares}

    async def _pages(self, ids: str, headers: dict[str, str]) -> list[dict[str, Any]]:
        wares: list[dict[str, Any]] = []
        while True:
            query = {"category_ids": ids, "limit": "200", "offset": str(len(wares))}
            url = f"{self.url}{BROWSE}"
            page = await json_of(self.client, "GET", url, params=query, headers=headers)
            wares += page.get("itemSummaries", [])
            if len(wares) >= page["total"]:
                return wares


async def json_of(client: httpx2.AsyncClient, method: str, url: str, **content: Any) -> Any:
    """Send a request, and read the JSON of its answer.

    Raises:
        httpx2.HTTPStatusError: It is no success.
        DemoError: Nobody answers.
    """
    return (await answer_to(client, method, url, **content)).raise_for_status().json()
