"""All that the sandbox remembers, until it ends."""

from __future__ import annotations

from dataclasses import dataclass, field

from kit.sandbox.faults import Faults
from kit.sandbox.x import XState


@dataclass(frozen=True, slots=True)
class SandboxState:
    """The platforms' states and the faults ordered."""

    x: XState = field(default_factory=XState)
    faults: Faults = field(default_factory=Faults)
