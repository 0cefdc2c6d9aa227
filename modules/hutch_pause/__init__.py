"""Pauses: of one subject or of all, with a gate that counts, pauses and tells in one step."""

from hutch_pause.errors import InvalidPause, PauseError, PauseUnavailable
from hutch_pause.event import PauseEvent
from hutch_pause.in_memory import MemorySwitch
from hutch_pause.module import pause_module
from hutch_pause.port import PauseSwitch
from hutch_pause.settings import PauseSettings
from hutch_pause.state import Gate, Overview, PauseState

__all__ = [
    "Gate",
    "InvalidPause",
    "MemorySwitch",
    "Overview",
    "PauseError",
    "PauseEvent",
    "PauseSettings",
    "PauseState",
    "PauseSwitch",
    "PauseUnavailable",
    "pause_module",
]
