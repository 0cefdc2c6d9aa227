"""X (formerly Twitter)."""

from kit.platforms.x.client import XClient
from kit.platforms.x.text import weighted_length

__all__ = ["XClient", "weighted_length"]
