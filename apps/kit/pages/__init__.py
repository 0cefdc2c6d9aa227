"""Pages: small server-rendered pages with one look, for the apps' own screens."""

from kit.pages.module import pages_module
from kit.pages.pages import Pages
from kit.pages.place import PagesAt

__all__ = ["Pages", "PagesAt", "pages_module"]
