"""The app of the package."""

from bookshop import app as app
