"""eBay's answers, as far as we read them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import ConfigDict, Field, SecretStr
from pydantic.alias_generators import to_camel

from kit.marketplaces.port import Money, Product
from kit.platforms.wire import Wire

Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""What databases take: PostgreSQL refuses a NUL."""
Address = Annotated[str, Field(pattern=r"^https?://[^\x00]*$")]


class EbayWire(Wire):
    """Base of the answers that write their names as ``itemId``."""

    model_config = ConfigDict(alias_generator=to_camel)


class Amount(EbayWire):
    """A price."""

    value: Decimal = Field(ge=0, le=10**12, allow_inf_nan=False)
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Image(EbayWire):
    """A picture."""

    image_url: Address


class Availability(EbayWire):
    """How many there are."""

    estimated_available_quantity: int | None = Field(default=None, ge=0, le=1_000_000)


class Item(EbayWire):
    """A product, in a list (``leafCategoryIds``) or alone (``categoryId``, availability).

    What no database takes is refused here, where it costs this product alone.
    """

    item_id: Text = Field(min_length=1, max_length=200)
    title: Text = Field(min_length=1)
    price: Amount
    item_web_url: Address
    image: Image | None = None
    leaf_category_ids: tuple[str, ...] = ()
    category_id: str | None = None
    condition: Text = ""
    estimated_availabilities: tuple[Availability, ...] = Field(default=(), max_length=1_000)

    def product(self) -> Product:
        """The product of the port."""
        counts = [one.estimated_available_quantity for one in self.estimated_availabilities]
        known = [count for count in counts if count is not None]
        return Product(
            id=self.item_id,
            title=self.title,
            url=self.item_web_url,
            price=Money(self.price.value, self.price.currency),
            image_url=self.image.image_url if self.image else None,
            category_ids=self.leaf_category_ids
            or ((self.category_id,) if self.category_id else ()),
            condition=self.condition,
            stock=sum(known) if known else None,
        )


class Found(EbayWire):
    """A page of a search; its entries are read one by one, for one may be malformed."""

    total: int
    item_summaries: tuple[dict[str, Any], ...] = ()
    next: str | None = None


class Token(Wire):
    """The application token."""

    access_token: SecretStr
    expires_in: int


class Error(EbayWire):
    """One of eBay's numbered errors."""

    error_id: int = 0
    category: str = ""
    message: str = ""


class Errors(EbayWire):
    """The body of a refusal."""

    errors: tuple[Error, ...] = ()
