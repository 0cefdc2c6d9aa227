"""Tallies: counters that never end, moved in steps of which each counts once."""

from kit.tallies.errors import TalliesUnavailable
from kit.tallies.module import tallies_module
from kit.tallies.port import Name, Step, Tallies
from kit.tallies.settings import TalliesSettings

__all__ = ["Name", "Step", "Tallies", "TalliesSettings", "TalliesUnavailable", "tallies_module"]
