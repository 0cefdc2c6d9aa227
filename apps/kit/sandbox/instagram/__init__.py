"""Instagram as the sandbox plays it, in memory."""

from kit.sandbox.instagram.routes import instagram_routes
from kit.sandbox.instagram.state import InstagramState

__all__ = ["InstagramState", "instagram_routes"]
