"""eBay, by its Browse API."""

from kit.marketplaces.ebay.client import EbayClient

__all__ = ["EbayClient"]
