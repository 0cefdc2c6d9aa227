"""Where the marketplaces are and who we are to them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

from hutch import Settings
from kit.platforms.settings import BaseUrl
from kit.zones import Zone


class MarketplaceSettings(Settings, section="marketplaces"):
    """Settings of the marketplace clients."""

    read_timeout: float = Field(default=30.0, gt=0)
    """Seconds to wait for an answer."""

    ebay_base_url: BaseUrl = "https://api.ebay.com"
    """Where eBay's APIs are served, without a closing slash."""

    ebay_client_id: str = ""
    """The app's id at eBay; needed for every call."""

    ebay_client_secret: SecretStr | None = None
    """The app's secret at eBay; needed for every call."""

    ebay_marketplace: Annotated[str, Field(pattern=r"^EBAY_[A-Z]{2}(_[A-Z]+)?$")] = "EBAY_US"
    """Which of eBay's marketplaces is searched."""

    ebay_scope: str = "https://api.ebay.com/oauth/api_scope"
    """What the application token is asked for."""

    ebay_day_zone: Zone = "America/Los_Angeles"
    """The time zone whose midnight renews eBay's daily limit, where a refusal names no time."""

    ebay_page_size: int = Field(default=200, ge=1, le=200)
    """How many products are read at once."""
