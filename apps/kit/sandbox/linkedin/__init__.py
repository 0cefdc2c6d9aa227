"""LinkedIn as the sandbox plays it: the versioned REST API, in memory."""

from kit.sandbox.linkedin.routes import linkedin_routes
from kit.sandbox.linkedin.state import LinkedInState

__all__ = ["LinkedInState", "linkedin_routes"]
