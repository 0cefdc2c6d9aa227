"""Marketplaces: search what is for sale, whichever shop it is."""

from kit.marketplaces.ebay import EbayClient
from kit.marketplaces.module import marketplaces_module
from kit.marketplaces.port import Marketplace, Money, Page, Product, Search, Sort
from kit.marketplaces.reading import products
from kit.marketplaces.settings import MarketplaceSettings

__all__ = [
    "EbayClient",
    "Marketplace",
    "MarketplaceSettings",
    "Money",
    "Page",
    "Product",
    "Search",
    "Sort",
    "marketplaces_module",
    "products",
]
