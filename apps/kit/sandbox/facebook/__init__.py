"""Facebook Pages as the sandbox plays them, in memory."""

from kit.sandbox.facebook.routes import facebook_routes
from kit.sandbox.facebook.state import FacebookState

__all__ = ["FacebookState", "facebook_routes"]
