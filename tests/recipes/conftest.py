"""What the tests of the recipes share: a browser's page."""

from tests.browser.conftest import chromium, complaints, page

__all__ = ["chromium", "complaints", "page"]
