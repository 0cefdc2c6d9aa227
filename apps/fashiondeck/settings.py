"""Settings of fashiondeck."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hutch import Settings
from kit.zones import Zone

MARKETPLACES: tuple[Literal["ebay"], ...] = ("ebay",)
"""The marketplaces that there is a client for."""


CategoryName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
CategoryIds = Annotated[str, Field(pattern=r"^[0-9]+(,[0-9]+)*$")]


class FashiondeckSettings(Settings, section="fashiondeck"):
    """What is sold where, and how it is found."""

    categories: dict[Literal["ebay"], dict[CategoryName, CategoryIds]] = Field(
        default_factory=dict[Literal["ebay"], dict[CategoryName, CategoryIds]]
    )
    """What is refreshed: for each marketplace the categories by our name, with the marketplace's
    ids: {"ebay": {"dresses": "63861", "boots": "53557,11498"}}."""

    tz: Zone = "UTC"
    """The time zone of the daily refresh, at 2:00, and of analytics, at midnight."""

    least_score: float = Field(default=0.2, ge=-1, le=1)
    """How near to the prompt a product has to be, by cosine; it depends on the model."""

    picture_hosts: tuple[str, ...] = ("i.ebayimg.com",)
    """Hosts that pictures are fetched from, over https; those of this machine over http, too."""

    keep_products: int = Field(default=30, ge=1, le=3650)
    """Days for which products are kept that are not for sale any more."""

    keep_queries: int = Field(default=30, ge=1, le=3650)
    """Days for which single queries are kept; insights made of them stay."""
