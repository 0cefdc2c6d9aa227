"""The port: what users inject."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from hutch_pause.state import Gate, Overview, PauseState
from hutch_ratelimit import FixedWindow


class PauseSwitch(Protocol):
    """Pauses one subject, or all.

    While the pauses cannot be reached, whoever asks hears within 0.25 s that the state is
    ``unknown``, which is not ``allowed``; whoever pauses or resumes gets ``PauseUnavailable``.
    Every method raises ``InvalidPause``, before anything is changed, for a subject that is
    empty, has a ``:`` or control characters, or is called ``ALL``.
    """

    async def pause(
        self,
        subject: str,
        *,
        duration: timedelta | None = None,
        until: datetime | None = None,
        reason: str | None = None,
        only_extend: bool = False,
    ) -> PauseState:
        """Pause a subject; return what holds then.

        Args:
            subject: Whom.
            duration: How long from now; by default ``HUTCH_PAUSE__SECONDS``.
            until: Until when, in its place.
            reason: Why; it stands in the event and in lists.
            only_extend: Leave a pause that ends later as it is; for pauses that are automatic.

        Raises:
            InvalidPause: The time has no time zone, is past or is no time at all.
            PauseUnavailable: The pauses cannot be reached; it may not be paused.
        """
        ...

    async def resume(self, subject: str, *, reason: str | None = None) -> bool:
        """End a subject's pause and let the gate count it anew; tell whether it was paused.

        Raises:
            PauseUnavailable: The pauses cannot be reached; it may still be paused.
        """
        ...

    async def pause_all(self, *, reason: str | None = None) -> PauseState:
        """Pause all, until ``resume_all``. A second time changes nothing but the reason.

        Raises:
            PauseUnavailable: The pauses cannot be reached; all may still be running.
        """
        ...

    async def resume_all(self, *, reason: str | None = None) -> bool:
        """End the pause of all; those of subjects stay. Tell whether there was one.

        Raises:
            PauseUnavailable: The pauses cannot be reached; all may still be paused.
        """
        ...

    async def state(self, subject: str) -> PauseState:
        """Tell whether something may be done for a subject: the pause of all comes first."""
        ...

    async def still_allowed(self, subject: str) -> bool:
        """Tell the same in a word; ask immediately before what cannot be undone."""
        ...

    async def gate(
        self,
        subject: str,
        limit: FixedWindow,
        *,
        duration: timedelta | None = None,
        reason: str = "rate_limit",
    ) -> Gate:
        """Count a message and tell whether it may pass, in one step.

        Paused messages are not counted. The first one over the limit pauses the subject and is
        told on the channel; those that follow change nothing.

        Args:
            subject: Whose message.
            limit: How many may pass in which time.
            duration: How long the pause is; by default ``HUTCH_PAUSE__SECONDS``.
            reason: What the event says.
        """
        ...

    async def list(self, *, limit: int = 500) -> Sequence[PauseState]:
        """List the pauses, that of all first, then those that end first.

        Raises:
            PauseUnavailable: The pauses cannot be reached.
        """
        ...

    async def overview(self) -> Overview:
        """Count the pauses.

        Raises:
            PauseUnavailable: The pauses cannot be reached.
        """
        ...

    async def announce(self) -> float | None:
        """Tell on the channel which pauses have run out; a running app does so by itself.

        However many processes do it, each is told once.

        Returns:
            Seconds until the next one runs out; None if there is none.

        Raises:
            PauseUnavailable: The pauses cannot be reached.
        """
        ...
