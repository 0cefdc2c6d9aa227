"""LinkedIn: members and organizations."""

from kit.platforms.linkedin.client import LinkedInClient

__all__ = ["LinkedInClient"]
