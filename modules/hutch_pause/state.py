"""What the switch answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["running", "paused", "all", "unknown"]
"""Not paused; the subject is; all are; or nobody knows, which counts as paused."""


@dataclass(frozen=True, slots=True)
class PauseState:
    """Whether something may be done for a subject.

    Attributes:
        kind: Why it may or may not.
        subject: For whom; None for the pause of all.
        until: When the subject's pause ends, in UTC; None where it has no end or is not known.
        since: When all were paused, in UTC.
        reason: What whoever paused it said.
    """

    kind: Kind
    subject: str | None = None
    until: datetime | None = None
    since: datetime | None = None
    reason: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether it may be done: only where nobody paused it, and that is certain."""
        return self.kind == "running"

    def __bool__(self) -> bool:
        raise TypeError("a PauseState is neither true nor false; ask .allowed or .kind.")


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate decided for one message.

    Attributes:
        state: Whether it may pass, and if not, why.
        remaining: How many more may pass in this window.
        tripped: Whether this very message was one too many, and began the pause.
    """

    state: PauseState
    remaining: int = 0
    tripped: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the message may pass."""
        return self.state.allowed

    def __bool__(self) -> bool:
        raise TypeError("a Gate is neither true nor false; ask .allowed.")


@dataclass(frozen=True, slots=True)
class Overview:
    """All pauses in figures.

    Attributes:
        all_since: When all were paused, in UTC; None if they are not.
        subjects: How many subjects are paused.
    """

    all_since: datetime | None
    subjects: int
