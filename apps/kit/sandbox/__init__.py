"""A server that speaks the platforms' contracts, for demos and tests without accounts."""

from kit.sandbox.app import sandbox_app
from kit.sandbox.faults import Fault, FaultOrder, Faults, PlatformName
from kit.sandbox.server import serving
from kit.sandbox.state import SandboxState
from kit.sandbox.x import XState

__all__ = [
    "Fault",
    "FaultOrder",
    "Faults",
    "PlatformName",
    "SandboxState",
    "XState",
    "sandbox_app",
    "serving",
]
