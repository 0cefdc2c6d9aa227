"""Instagram: professional accounts."""

from kit.platforms.instagram.client import InstagramClient
from kit.platforms.instagram.container import ContainerState
from kit.platforms.instagram.errors import ContainerGone

__all__ = ["ContainerGone", "ContainerState", "InstagramClient"]
