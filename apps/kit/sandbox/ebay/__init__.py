"""eBay as the sandbox plays it: application tokens and the Browse API, with made-up wares."""

from kit.sandbox.ebay.routes import ebay_routes
from kit.sandbox.ebay.state import EbayState

__all__ = ["EbayState", "ebay_routes"]
