"""All that the sandbox knows of eBay: what is for sale, and the tokens it gave."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from kit.sandbox.ebay.listings import Listing, all_listings

LIFETIME = timedelta(hours=2)


class EbayState:
    """eBay in memory."""

    def __init__(self) -> None:
        self._tokens: dict[str, datetime] = {}
        self._sold: set[int] = set()
        self.token_calls = 0
        """How many tokens were asked for."""

    def for_sale(self) -> list[Listing]:
        """List what is for sale, newest first."""
        return [one for one in all_listings() if one.number not in self._sold]

    def find(self, item_id: str) -> Listing | None:
        """Find what is for sale by its id."""
        return next((one for one in self.for_sale() if one.item_id == item_id), None)

    def sell(self, listing: Listing) -> None:
        """Take something off the market: what comes behind it moves up."""
        self._sold.add(listing.number)

    def new_token(self) -> str:
        """Give an application token."""
        self.token_calls += 1
        token = secrets.token_urlsafe(48)
        self._tokens[token] = datetime.now(UTC) + LIFETIME
        return token

    def accepts(self, token: str) -> bool:
        """Tell whether a token was given here and lasts."""
        until = self._tokens.get(token)
        return until is not None and datetime.now(UTC) < until

    def expire(self, token: str) -> None:
        """Let a token end now."""
        self._tokens.pop(token, None)
