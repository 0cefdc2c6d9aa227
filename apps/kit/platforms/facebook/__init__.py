"""Facebook Pages."""

from kit.platforms.facebook.client import FacebookClient

__all__ = ["FacebookClient"]
