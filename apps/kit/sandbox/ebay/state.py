"""All that the sandbox knows of eBay: what is for sale, and the tokens it gave."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from kit.sandbox.ebay.listings import Listing, listings_on
from kit.sandbox.world import World

LIFETIME = timedelta(hours=2)


class EbayState:
    """eBay in memory."""

    def __init__(self) -> None:
        self._tokens: dict[str, datetime] = {}
        self._sold: set[int] = set()
        self.world = World()
        self.token_calls = 0
        """How many tokens were asked for."""
        self.calls = 0
        """How many searches and looks at one ware there were."""

    def for_sale(self) -> list[Listing]:
        """List what is for sale, as it is today, newest first."""
        today = listings_on(self.world.now().date())
        return [one for one in today if one.number not in self._sold]

    def plain(self) -> dict[str, Any]:
        """Tell how it stands, for the page."""
        return {
            "posts": [],
            "for_sale": len(self.for_sale()),
            "sold": len(self._sold),
            "calls": self.calls,
            "token_calls": self.token_calls,
            "day": self.world.now().date().isoformat(),
        }

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
