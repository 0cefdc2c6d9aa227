"""X as the sandbox plays it: API v2, in memory."""

from kit.sandbox.x.routes import x_routes
from kit.sandbox.x.state import XState

__all__ = ["XState", "x_routes"]
