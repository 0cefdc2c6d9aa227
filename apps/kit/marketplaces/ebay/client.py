"""eBay, spoken to over its Browse API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import httpx2
import structlog
from pydantic import BaseModel, SecretStr, ValidationError

from kit.marketplaces.ebay.errors import Gone, judge_in
from kit.marketplaces.ebay.token import ApplicationToken
from kit.marketplaces.ebay.wire import Found, Item, Token
from kit.marketplaces.port import Marketplace, Page, Product, Search, Sort
from kit.marketplaces.settings import MarketplaceSettings
from kit.platforms import FailPermanent, RefreshThenRetryOnce
from kit.platforms.api import Api, Call
from kit.platforms.http import Bearer

BROWSE = "/buy/browse/v1"
TOKEN = Call("POST", "/identity/v1/oauth2/token")
DEEPEST = 10_000
_SORTS = {Sort.CHEAPEST: "price", Sort.DEAREST: "-price", Sort.NEWEST: "newlyListed"}

M = TypeVar("M", bound=BaseModel)
_log = structlog.get_logger(__name__)


class EbayClient(Marketplace):
    """Search eBay. All its errors are ``kit.platforms.outcomes``.

    Example:
        ``await ebay.page(Search("linen jacket"))``
    """

    def __init__(self, http: httpx2.AsyncClient, settings: MarketplaceSettings) -> None:
        self._settings = settings
        judge = judge_in(settings.ebay_day_zone)
        self._api = Api("eBay", http, settings.ebay_base_url, judge)
        self._token = ApplicationToken(self._new_token)

    @property
    def page_size(self) -> int:
        """How many products a full page has: ``marketplaces.ebay_page_size``."""
        return self._settings.ebay_page_size

    async def page(self, search: Search, number: int = 0) -> Page:
        """Read one page of a search. eBay shows the first 10,000 of what it finds.

        An entry that cannot be read is left out and counted, its neighbours stay.

        Args:
            search: Words all have to be in the title.
            number: From 0.

        Raises:
            RetryAfter: The limit is reached; ``at`` is when eBay takes calls again.
            RetryBackoff: eBay was not reached, did not answer or failed inside.
            FailPermanent: The search is refused, or the app's id, secret or permission.
        """
        offset = number * self.page_size
        if not 0 <= offset < DEEPEST:
            raise FailPermanent(f"Page {number} begins at {offset}: eBay shows {DEEPEST}.")
        query = _query(search) | {"offset": offset, "limit": self.page_size}
        found = await self._get(Found, f"{BROWSE}/item_summary/search", query)
        products = _products(found.item_summaries)
        malformed = len(found.item_summaries) - len(products)
        if malformed:
            _log.warning("products left out that cannot be read", count=malformed, shop="ebay")
        end = offset + self.page_size
        return Page(products, found.total, malformed, end < min(found.total, DEEPEST))

    async def product(self, product_id: str) -> Product | None:
        """Look one product up, with its stock.

        Raises:
            FailPermanent: As ``page``; or the answer cannot be read.
            RetryAfter, RetryBackoff: As ``page``.
        """
        if not product_id.strip("."):
            raise FailPermanent(f"{product_id!r} is no eBay item id: it looks like v1|123|0.")
        try:
            path = f"{BROWSE}/item/{quote(product_id, safe='')}"
            return (await self._get(Item, path, {})).product()
        except Gone:
            return None

    async def _get(self, model: type[M], path: str, query: dict[str, str | int]) -> M:
        token = await self._token.get()
        try:
            return await self._ask(model, path, query, token)
        except RefreshThenRetryOnce:
            token = await self._token.get(refused=token)
        try:
            return await self._ask(model, path, query, token)
        except RefreshThenRetryOnce as error:
            raise FailPermanent(str(error), detail=error.detail) from error

    async def _ask(
        self, model: type[M], path: str, query: dict[str, str | int], token: SecretStr
    ) -> M:
        headers = {"X-EBAY-C-MARKETPLACE-ID": self._settings.ebay_marketplace}
        call = Call("GET", path)
        return await self._api.read(model, call, Bearer(token), params=query, headers=headers)

    async def _new_token(self) -> Token:
        client_id, secret = self._settings.ebay_client_id, self._settings.ebay_client_secret
        if not client_id or secret is None:
            raise FailPermanent(
                "eBay takes no call without an app: set marketplaces.ebay_client_id and "
                "marketplaces.ebay_client_secret."
            )
        form = {"grant_type": "client_credentials", "scope": self._settings.ebay_scope}
        auth = httpx2.BasicAuth(client_id, secret.get_secret_value())
        try:
            return await self._api.read(Token, TOKEN, auth, data=form)
        except RefreshThenRetryOnce as error:
            raise FailPermanent(str(error), detail=error.detail) from error


def _query(search: Search) -> dict[str, Any]:
    query: dict[str, Any] = {}
    if search.words.strip():
        query["q"] = search.words
    if search.category_ids:
        query["category_ids"] = ",".join(search.category_ids)
    if search.sort in _SORTS:
        query["sort"] = _SORTS[search.sort]
    return query


def _products(entries: Sequence[dict[str, Any]]) -> tuple[Product, ...]:
    found: list[Product] = []
    for entry in entries:
        try:
            found.append(Item.model_validate(entry).product())
        except ValidationError:
            continue
    return tuple(found)
