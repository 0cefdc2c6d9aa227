"""The catalogue: which categories of which marketplaces are refreshed."""

from __future__ import annotations

from dataclasses import dataclass

from fashiondeck.schemas import RefreshProducts
from fashiondeck.settings import MARKETPLACES, FashiondeckSettings
from kit.marketplaces import Search


class UnknownMarketplace(LookupError):
    """There is no client for this marketplace."""


class UnknownCategory(LookupError):
    """The settings name no such category."""


class NoCategories(LookupError):
    """The settings name no category at all."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category of a marketplace.

    Attributes:
        ids: The marketplace's ids of it.
    """

    marketplace: str
    category: str
    ids: tuple[str, ...]

    @property
    def search(self) -> Search:
        """What to ask the marketplace for."""
        return Search(category_ids=self.ids)

    @property
    def everything(self) -> RefreshProducts:
        """The refresh of all that is in it."""
        return RefreshProducts(marketplace=self.marketplace, category=self.category)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The shelves of the settings."""

    settings: FashiondeckSettings

    def shelf(self, marketplace: str, category: str) -> Shelf:
        """Find a shelf.

        Raises:
            UnknownMarketplace: There is no client for the marketplace.
            UnknownCategory: The settings name no such category.
        """
        known = {shelf.category: shelf for shelf in self.of(marketplace)}
        if category not in known:
            raise UnknownCategory(
                f"{marketplace} has no category {category[:60]!r}; choose one of: "
                f"{', '.join(known) or 'none yet'}. Categories are set in "
                "HUTCH_FASHIONDECK__CATEGORIES."
            )
        return known[category]

    def of(self, marketplace: str) -> list[Shelf]:
        """List the shelves of a marketplace, by name.

        Raises:
            UnknownMarketplace: There is no client for it.
        """
        for known in MARKETPLACES:
            if known == marketplace:
                named = self.settings.categories.get(known, {})
                return [Shelf(known, n, tuple(ids.split(","))) for n, ids in sorted(named.items())]
        raise UnknownMarketplace(
            f"There is no marketplace {marketplace[:60]!r}; choose one of: "
            f"{', '.join(MARKETPLACES)}."
        )

    def filled(self, marketplace: str) -> list[Shelf]:
        """List the shelves of a marketplace, at least one.

        Raises:
            UnknownMarketplace: There is no client for it.
            NoCategories: The settings name none for it.
        """
        shelves = self.of(marketplace)
        if not shelves:
            raise NoCategories(
                f"There is nothing to refresh at {marketplace}: name its categories in "
                "HUTCH_FASHIONDECK__CATEGORIES, e.g. "
                f'{{"{marketplace}": {{"dresses": "63861"}}}}.'
            )
        return shelves

    def all(self) -> list[Shelf]:
        """List the shelves of all marketplaces."""
        return [shelf for marketplace in MARKETPLACES for shelf in self.of(marketplace)]
