"""Settings of the tallies."""

from __future__ import annotations

from hutch import Settings
from hutch_redis import Backend


class TalliesSettings(Settings, section="tallies"):
    """Counters that never end."""

    backend: Backend | None = None
    """redis or memory; by default memory in tests, else redis."""
